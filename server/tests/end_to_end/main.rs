//! End to end: the stock SDK, the middleware, the server, and storages that verify signatures.
#![cfg(feature = "dev")]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

#[path = "../dev_issuer/mod.rs"]
#[allow(dead_code, reason = "what the other tests need of it")]
mod dev_issuer;
mod paging;
mod presign;
mod rebinding;
mod refusals;
mod reservations;
mod round_trip;
mod sdk_operations;
mod stock_sdk;
mod storage;
#[path = "../storages/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what the other tests need of it")]
mod storages;
mod tenants;
mod test_stack;
mod unproved;
