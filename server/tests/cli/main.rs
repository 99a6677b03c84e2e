//! The command line as people and scripts use it: the real binary, against a real server.
#![allow(missing_docs, clippy::unwrap_used)]

mod access_log;
mod audit;
mod auth_ca;
mod auth_keys;
mod commands;
#[cfg(all(feature = "dev", feature = "objects"))]
mod objects;
mod private;
mod proxy;
#[path = "../served/mod.rs"]
mod served;
mod spool;
mod stage;
