//! What a signature costs beside a bare HTTP echo: `cargo bench -p sail-cargo-server --bench oracle`.
//!
//! The server and an actix echo of the same sizes run as processes on core 0, the load on core 1 (Linux).
//! All modes take turns in rounds, so that what else the machine does falls on all of them. The table
//! shows the median of the rounds, and the median of each round's ratio to the echo's. Beside the server run
//! an echo on bare hyper, and authentication and the pipeline alone (`core`) on actix-web and on hyper.
//!
//! `-- --help` lists the options. `--grants 1000000 --only sign` measures memory with a million grants,
//! `--logins` signatures while many sign in. `--prepare` and `--in-process` are for counts of instructions.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod application;
#[path = "../load/connection.rs"]
mod connection;
mod core_only;
mod cores;
mod echo;
mod figures;
mod in_process;
mod listener;
mod load;
mod logins;
#[path = "../../tests/api/harness/other_key.rs"]
#[allow(dead_code, unreachable_pub, reason = "what the tests need of it")]
mod other_key;
mod process;
mod project;
mod requests;
mod role;
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

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use figures::Table;
use role::Role;
use servers::Servers;

/// As the server's program does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    /// Only measure signatures alone, and while so many a second try to sign in; 0 for not
    #[arg(long, default_value_t = 0, num_args = 0..=1, default_missing_value = "200", value_name = "N")]
    logins: u32,
    /// Only make keys, a project and tokens in this directory, for `--in-process`
    #[arg(long, value_name = "DIR")]
    prepare: Option<PathBuf>,
    /// Only answer so many requests within this process; `--only echo` by an echo
    #[arg(long, value_name = "N", requires = "directory")]
    in_process: Option<usize>,
    /// The directory of `--in-process`
    #[arg(long, value_name = "DIR")]
    directory: Option<PathBuf>,
    /// This program starts itself so
    #[arg(long, hide = true)]
    serve: Option<Role>,
    /// Accepted because `cargo bench` passes it to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() {
    let options = Options::parse();
    if let Some(role) = options.serve {
        return role.serve();
    }
    if let (Some(count), Some(directory)) = (options.in_process, &options.directory) {
        return in_process::run(directory, count, options.only == "echo");
    }
    cores::pin_this(cores::LOAD);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        match &options.prepare {
            Some(directory) => in_process::prepare(directory, &options).await,
            None if options.logins > 0 => logins::measure(&options).await,
            None => measure(&options).await,
        }
    });
}

async fn measure(options: &Options) {
    let servers = Servers::start(options).await;
    println!("{}", servers.memory());
    let modes = servers.modes();
    let lasts = Duration::from_secs(options.seconds);
    let mut table = Table::new(&modes);
    for mode in &modes {
        load::ready(mode).await;
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
