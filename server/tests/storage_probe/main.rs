//! Tests of the storage probe, with a storage that refuses unsigned headers and one that accepts
//! them.
#![cfg(feature = "dev")]
#![allow(missing_docs, clippy::unwrap_used)]

mod command;
#[path = "../api/harness/database.rs"]
#[allow(dead_code, unreachable_pub)]
mod database;
mod findings;
mod folding;
mod probe_server;
mod proxy;
mod record;
mod shifted;
mod storage;
#[path = "../storages/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what the other tests need of it")]
mod storages;
mod table;
mod writes;
