//! The real SDK with the middleware, a signing authority, and a storage that verifies signatures.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

mod bypass;
mod connections;
mod credentials;
mod deletions;
mod harness;
mod identical;
mod operations;
mod refusals;
mod retries;
mod round_trip;
mod storm;
mod wire;
mod wire_record;
