//! The command line as people and scripts use it: the real binary, against a real server.
#![allow(missing_docs, clippy::unwrap_used)]

mod access_log;
mod accounts;
mod audit;
mod auth_ca;
mod auth_keys;
mod commands;
#[path = "../api/harness/database.rs"]
#[allow(dead_code, unreachable_pub)]
mod database;
#[cfg(feature = "dev")]
#[path = "../dev_issuer/mod.rs"]
#[allow(dead_code, reason = "what the other tests need of it")]
mod dev_issuer;
#[path = "../faults/mod.rs"]
#[allow(dead_code, reason = "what the other tests need of it")]
mod faults;
#[cfg(feature = "dev")]
mod files;
mod first_contact;
mod guesses;
mod handwritten;
mod issuers;
#[cfg(feature = "dev")]
mod login;
#[cfg(feature = "dev")]
mod memory_storage;
#[cfg(feature = "dev")]
mod objects;
mod opening;
mod private;
#[cfg(feature = "dev")]
mod project_template;
mod proxy;
#[cfg(feature = "dev")]
mod runs;
#[path = "../served/mod.rs"]
mod served;
mod spool;
mod stopping;
#[cfg(feature = "dev")]
mod stub;
mod test_stack;
mod tls;
mod town;
mod words;
