//! The command line as people and scripts use it: the real binary, against a real server.
#![allow(missing_docs, clippy::unwrap_used)]

mod access_log;
mod audit;
mod auth_ca;
mod auth_keys;
mod commands;
#[path = "../api/harness/database.rs"]
#[allow(dead_code, unreachable_pub)]
mod database;
#[path = "../faults/mod.rs"]
#[allow(dead_code, reason = "what the other tests need of it")]
mod faults;
#[cfg(all(feature = "dev", feature = "objects"))]
mod files;
#[cfg(all(feature = "dev", feature = "objects"))]
mod objects;
mod opening;
mod private;
mod proxy;
#[cfg(all(feature = "dev", feature = "objects"))]
mod runs;
#[path = "../served/mod.rs"]
mod served;
#[cfg(all(feature = "dev", feature = "objects"))]
mod shelf;
mod spool;
mod stage;
mod stopping;
#[cfg(all(feature = "dev", feature = "objects"))]
mod stub;
mod town;
