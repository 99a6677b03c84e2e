//! The store probe, on a storage that refuses what was not signed and on one that does not.
#![cfg(feature = "dev")]
#![allow(missing_docs, clippy::unwrap_used)]

mod command;
#[path = "../api/harness/database.rs"]
#[allow(dead_code, unreachable_pub)]
mod database;
mod desk;
mod findings;
mod record;
mod storage;
mod writes;
