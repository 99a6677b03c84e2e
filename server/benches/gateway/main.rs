//! What the gateway costs: `cargo bench -p sail-cargo-server --bench gateway`.
//!
//! Objects of 4 KB, 64 KB and 8 MiB are read and written in SeaweedFS (a) directly, (b) through nginx
//! (`proxy_pass`, one worker, the cookbook's configuration), (c) through the gateway, by 16 connections
//! that send the next request when the last one is answered (8 for 8 MiB). Each request is signed as a
//! stock client signs it over http: with the body's hash. The ways take turns within each round, so that
//! other load on the machine affects all of them alike. A figure is the median of the rounds, a ratio the
//! median of the rounds' ratios; client, proxy and storage share the cores, so that absolute figures mean
//! little.
//!
//! `TEST_SEAWEEDFS` and `TEST_NGINX` name the binaries. A build without link-time optimization will do
//! (`--profile quick`). `-- --help` lists the options.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

#[path = "../load/connection.rs"]
mod connection;
mod figures;
mod load;
mod request;
#[path = "../../tests/served/mod.rs"]
#[allow(dead_code, reason = "what the tests need of it")]
mod served;
#[path = "../../tests/storages/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what the tests need of it")]
mod storages;
mod ways;

use std::time::Duration;

use clap::Parser;

use figures::{Figures, print};
use load::Load;
use request::Task;
use ways::Ways;

#[derive(Debug, Parser)]
struct Options {
    /// Seconds of each load
    #[arg(long, default_value_t = 3, value_name = "N")]
    seconds: u64,
    /// Rounds, in each of which every way has its turn
    #[arg(long, default_value_t = 3, value_name = "N")]
    rounds: usize,
    /// The tasks to measure, such as `GET 4` or `PUT`: those whose name begins so
    #[arg(long, default_value = "", value_name = "TEXT")]
    only: String,
    /// Another binary in the place of the one built for this bench
    #[arg(long, value_name = "PATH")]
    binary: Option<String>,
    /// Accepted because `cargo bench` passes it to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    let Some(ways) = Ways::start(options.binary.as_deref()).await else { return };
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    println!("{cores} cores for all sides, {} rounds of {} s", options.rounds, options.seconds);
    for task in Task::ALL.iter().filter(|task| task.to_string().starts_with(&options.only)) {
        ways.prepare(task).await;
        let load = Load { task: *task, lasts: Duration::from_secs(options.seconds) };
        let mut rounds: Vec<Vec<Figures>> = Vec::new();
        for _ in 0..options.rounds {
            let mut round = Vec::new();
            for way in ways.all() {
                round.push(load.run(way).await);
            }
            rounds.push(round);
        }
        print(task, &ways.all().map(|way| way.name), &rounds);
    }
}
