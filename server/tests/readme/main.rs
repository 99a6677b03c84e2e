//! What README and `docker/` say is done, as whoever reads them would do it: every block of README
//! is run, or held against what is printed.
#![cfg(feature = "dev")]
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout, clippy::disallowed_methods)]

mod blocks;
mod compose;
mod crates;
#[path = "../api/harness/database.rs"]
#[allow(dead_code, unreachable_pub)]
mod database;
mod dev_shell;
mod examples;
mod output;
#[path = "../served/mod.rs"]
#[allow(dead_code, reason = "what the other tests need of it")]
mod served;
mod shell;
