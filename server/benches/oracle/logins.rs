//! Signatures while many sign in: each attempt has the right password, so each that is let in hashes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Stdio;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::connection::Connection;
use crate::load::{self, Made};
use crate::project::BUCKETS;
use crate::served::{BINARY, Said, Server, command_of};
use crate::{Options, requests, servers};

/// The server's options, beside a spool.
const ACCOUNTS: [&str; 3] = ["--audit-spool=.", "--accounts", "--public-url=https://cargo.example"];
const PASSWORD: &str = "a lamp and seven pears";

/// Measures signatures at half of the capacity, alone and beside the attempts, in rounds.
pub(crate) async fn measure(options: &Options) {
    let binary = options.binary.as_deref().unwrap_or(BINARY);
    let directory = tempfile::tempdir().unwrap();
    servers::prepare(binary, directory.path(), options.grants).await;
    let command = || command_of(binary, directory.path());
    let key = command().args(["keys", "create", "sail", "--name", "root"]).output().unwrap();
    std::fs::write(directory.path().join("root.key"), Said::of(&key).ok().out).unwrap();
    let server = servers::serve(binary, directory.path(), &ACCOUNTS);
    let mut create = command();
    create.args([
        "accounts",
        "create",
        "ada",
        "--password-stdin",
        "--must-change-password",
        "false",
    ]);
    create.env("SAIL_CARGO_URL", &server.url).env("SAIL_CARGO_API_KEY_FILE", "root.key");
    create_account(create);

    let signs = Rc::new(requests::signs(&requests::tokens(options.grants / BUCKETS)));
    let mode = servers::of("sign", &server, &signs);
    let lasts = Duration::from_secs(options.seconds);
    let login = Arc::new(requests::login("ada", PASSWORD));
    load::ready(&mode).await;
    load::closed(&mode, options.clients, Duration::from_secs(3)).await; // warm-up
    let rate = load::closed(&mode, options.clients, Duration::from_secs(3)).await.rate() / 2.0;
    println!("{rate:.0} signatures/s, half of the capacity; {} sign-ins/s tried", options.logins);
    for _ in 0..options.rounds {
        let alone = load::open(&mode, rate, lasts).await;
        let until = Instant::now() + lasts;
        let trying = tokio::spawn(log_in(address(&server), login.clone(), options.logins, until));
        let beside = load::open(&mode, rate, lasts).await;
        let answers = trying.await.unwrap();
        println!("{}", line(&alone, &beside, &answers));
    }
}

fn create_account(mut create: std::process::Command) {
    let create = create.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut created = create.spawn().unwrap();
    created.stdin.take().unwrap().write_all(PASSWORD.as_bytes()).unwrap();
    Said::of(&created.wait_with_output().unwrap()).ok();
}

fn address(server: &Server) -> SocketAddr {
    server.url.trim_start_matches("http://").parse().unwrap()
}

/// Tries `rate` sign-ins a second, each on a connection of its own. Returns how often each status was answered.
async fn log_in(
    to: SocketAddr,
    request: Arc<Vec<u8>>,
    rate: u32,
    until: Instant,
) -> BTreeMap<u16, usize> {
    let (mut due, mut trying) = (Instant::now(), JoinSet::new());
    while due < until {
        sleep(due.saturating_duration_since(Instant::now())).await;
        let request = request.clone();
        trying.spawn(async move {
            let mut line = Connection::open(to).await.unwrap();
            line.say(&request).await.unwrap();
            line.hear().await.unwrap()
        });
        due += Duration::from_secs(1) / rate;
    }
    let mut answers = BTreeMap::new();
    for status in trying.join_all().await {
        *answers.entry(status).or_default() += 1;
    }
    answers
}

fn line(alone: &Made, beside: &Made, answers: &BTreeMap<u16, usize>) -> String {
    let mut line = String::new();
    for (name, part) in [("p50", 500), ("p99", 990), ("p99.9", 999)] {
        let (one, two) = (alone.part(part) * 1e6, beside.part(part) * 1e6);
        write!(line, "{name} alone {one:.0} µs, beside {two:.0} µs ({:.2}); ", two / one).unwrap();
    }
    write!(line, "sign-ins by status: {answers:?}").unwrap();
    line
}
