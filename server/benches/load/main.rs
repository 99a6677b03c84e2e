//! The behaviour of an overloaded server: `cargo bench -p sail-cargo-server --bench load`.
//!
//! First one request after the other: the unloaded latency. Then as fast as answers come (closed
//! loop): the capacity. Then at fixed multiples of the capacity, whether or not it answers (open
//! loop): there a latency counts from the time a request is due, not from the time it is sent.
//! After each rate: the time to recover.
//!
//! The server is a process on the same machine and shares its cores: absolute figures mean little.
//! `-- --help` lists the options; for PostgreSQL run `scripts/postgres run cargo bench -p
//! sail-cargo-server --bench load -- --postgres`.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod attempts;
mod connection;
#[path = "../../tests/api/harness/database.rs"]
#[allow(dead_code, unreachable_pub, reason = "what the tests need of it")]
mod database;
#[path = "../../tests/dice/mod.rs"]
#[allow(dead_code, reason = "what the tests need of it")]
mod dice;
mod figures;
mod loops;
#[path = "../../tests/served/mod.rs"]
#[allow(dead_code, reason = "what the tests need of it")]
mod served;
mod test_stack;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use attempts::Attempts;
use figures::{Figures, Row};
use test_stack::TestStack;
use watch::Watch;

#[derive(Debug, Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag")]
struct Options {
    /// The binary to load [default: the one built for this bench]
    #[arg(long, value_name = "PATH")]
    binary: Option<String>,
    /// Use the PostgreSQL of TEST_POSTGRES_URL instead of SQLite
    #[arg(long)]
    postgres: bool,
    /// Wait for the commit of each audit event, without a spool
    #[arg(long)]
    commit: bool,
    /// An argument to `serve`, such as --serve=--workers=1; may be repeated
    #[arg(long, value_name = "ARGUMENT")]
    serve: Vec<String>,
    /// Send /livez to a separate address (`serve --ops`) instead of the main one
    #[arg(long)]
    ops: bool,
    /// Seconds of each load
    #[arg(long, default_value_t = 10, value_name = "N")]
    seconds: u64,
    /// Concurrent clients in the closed loop
    #[arg(long, default_value_t = 32, value_name = "N")]
    workers: usize,
    /// The rates of the open loop, as multiples of the capacity
    #[arg(long, default_value = "0.5,1,2", value_delimiter = ',', value_name = "FACTORS")]
    rates: Vec<f64>,
    /// The most requests under way; more are not sent (`unsent/s`)
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    at_once: usize,
    /// The percentage of requests in the open loop that hang up before they are answered
    #[arg(long, default_value_t = 0, value_name = "PERCENT")]
    hang_up: usize,
    /// Accepted because `cargo bench` passes it to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    allow_connections();
    let stack = TestStack::set(&options);
    println!("{}", stack.title(&options));
    println!("{}", Row::HEADING);

    let load = Arc::new(Attempts::new(stack.target(), stack.sign_request(), options.at_once));
    let lasts = Duration::from_secs(options.seconds);
    loops::closed(&load, 1, Duration::from_secs(1)).await;
    let watch = Watch::begin(&stack);
    let unloaded = Figures::of(loops::closed(&load, 1, lasts.min(Duration::from_secs(5))).await);
    Row::new("unloaded", &unloaded, &unloaded, &watch.end().await).print();

    let watch = Watch::begin(&stack);
    let closed = Figures::of(loops::closed(&load, options.workers, lasts).await);
    let name = format!("closed, {} at a time", options.workers);
    Row::new(&name, &closed, &unloaded, &watch.end().await).print();

    for factor in &options.rates {
        let watch = Watch::begin(&stack);
        let rate = factor * closed.goodput();
        let open = Figures::of(loops::open(&load, rate, lasts, options.hang_up).await);
        let recovery = loops::recovery(&load, unloaded.p99()).await;
        let seen = watch.end().await;
        Row::new(&format!("open, {factor} × capacity"), &open, &unloaded, &seen).print();
        println!("{:24}recovers in {recovery}", "");
    }
    let signed = load.signed();
    let recorded = stack.end();
    println!("{signed} signatures were answered, {recorded} are on record");
    assert!(recorded >= i64::try_from(signed).unwrap(), "a signature without a record");
}

/// Raises the limit of open files to the system's maximum, for this process and the server.
fn allow_connections() {
    let files = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: files.maximum, ..files }).unwrap();
}
