//! What a signature costs beside a bare HTTP echo: `cargo bench -p sail-cargo-server --bench oracle`.
//!
//! The server and an actix echo of the same sizes run as processes on core 0, the load on core 1 (Linux).
//! All modes take turns in rounds, so that what else the machine does falls on all of them. The table
//! shows the median of the rounds, and the median of each round's ratio to the echo's.
//!
//! `-- --help` lists the options. `--grants 1000000 --only sign` measures memory with a million grants.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

#[path = "../load/connection.rs"]
mod connection;
mod cores;
mod echo;
mod figures;
mod load;
#[path = "../../tests/api/harness/other_key.rs"]
#[allow(dead_code, unreachable_pub, reason = "what the tests need of it")]
mod other_key;
mod process;
mod project;
mod requests;
#[path = "../../tests/served/mod.rs"]
#[allow(dead_code, reason = "what the tests need of it")]
mod served;
mod servers;
#[path = "../../tests/api/harness/signing_key.rs"]
#[allow(dead_code, unreachable_pub, reason = "what the tests need of it")]
mod signing_key;
#[path = "../../tests/api/harness/token.rs"]
#[allow(dead_code, unreachable_pub, reason = "what the tests need of it")]
mod token;

use std::time::Duration;

use clap::Parser;

use figures::Table;
use servers::Servers;

#[derive(Debug, Parser)]
struct Options {
    /// The binary to measure [default: the one built for this bench]
    #[arg(long, value_name = "PATH")]
    binary: Option<String>,
    /// Seconds of each turn
    #[arg(long, default_value_t = 3, value_name = "N")]
    seconds: u64,
    /// Rounds
    #[arg(long, default_value_t = 5, value_name = "N")]
    rounds: usize,
    /// Concurrent connections in the closed loop
    #[arg(long, default_value_t = 32, value_name = "N")]
    clients: usize,
    /// Grants of the project, 100 for each user
    #[arg(long, default_value_t = 100_000, value_name = "N")]
    grants: usize,
    /// Only the modes whose names begin with this; the echo always runs
    #[arg(long, default_value = "", value_name = "NAME")]
    only: String,
    /// Serve the echo: this program starts itself so
    #[arg(long, hide = true)]
    echo: bool,
    /// Accepted because `cargo bench` passes it to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let options = Options::parse();
    if options.echo {
        return echo::serve();
    }
    cores::pin_this(cores::LOAD);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(measure(&options));
}

async fn measure(options: &Options) {
    let servers = Servers::start(options).await;
    println!("{}", servers.memory());
    let modes = servers.modes(&options.only);
    let lasts = Duration::from_secs(options.seconds);
    let mut table = Table::new(&modes);
    for mode in &modes {
        load::closed(mode, options.clients, Duration::from_millis(500)).await; // warm-up
    }
    for _ in 0..options.rounds {
        for (number, mode) in modes.iter().enumerate() {
            let closed = load::closed(mode, options.clients, lasts).await;
            let open = load::open(mode, closed.rate() / 2.0, lasts).await;
            table.note(number, &closed, &open);
        }
    }
    table.print();
    println!("{}", servers.memory());
}
