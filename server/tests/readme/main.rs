//! Runs the README and `docker/` as a reader would: every block of the README is executed, or
//! compared with real output.
#![cfg(feature = "dev")]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]

mod blocks;
mod compose;
mod crates;
#[path = "../api/harness/database.rs"]
#[allow(dead_code, unreachable_pub)]
mod database;
mod dev_shell;
mod documented;
mod examples;
mod output;
#[path = "../served/mod.rs"]
#[allow(dead_code, reason = "what the other tests need of it")]
mod served;
mod shell;
mod team;
