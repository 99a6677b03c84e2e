//! The memory of the gateway under many streams: `cargo bench -p sail-cargo-server --bench gateway_memory`.
//!
//! Prints the resident memory of the server when idle, and at its highest while so many clients upload and as
//! many download. The storage takes and gives bytes and stores nothing. `-- --help` lists the options.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

#[path = "../../tests/gateway/raw/mod.rs"]
#[allow(dead_code, unreachable_pub, unused_imports, reason = "what the tests need of it")]
mod raw;
#[path = "../../tests/served/mod.rs"]
#[allow(dead_code, reason = "what the tests need of it")]
mod served;
mod storage;
mod watch;

use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Parser;
use futures_util::future::join_all;
use sail_cargo_client::protocol::{CreateAccessKey, PutBucket};
use sail_cargo_client::{Client, Credentials, Key};

use raw::{Connection, Signer, Wire};
use served::{BINARY, Said, Server, command_of, set_up};
use watch::Watch;

const UNLIMITED: [&str; 6] = [
    "--gateway=127.0.0.1:0",
    "--rate-per-address=0",
    "--rate-per-key=0",
    "--rate-per-user=0",
    "--rate-per-project=0",
    "--audit-spool=.",
];
const MIB: u64 = 1 << 20;
/// The bytes that a client sends at a time.
static PIECE: [u8; 64 * 1024] = [b'a'; 64 * 1024];

#[derive(Debug, Parser)]
struct Options {
    /// The binary to measure [default: the one built for this bench]
    #[arg(long, value_name = "PATH")]
    binary: Option<String>,
    /// Uploads at a time, and downloads at a time
    #[arg(long, default_value_t = 50, value_name = "N")]
    streams: usize,
    /// The size of each object in MiB
    #[arg(long, default_value_t = 1024, value_name = "N")]
    mib: u64,
    /// Accepted because `cargo bench` passes it to every bench
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    let size = options.mib * MIB;
    let directory = tempfile::tempdir().unwrap();
    let url = storage::start(size).await;
    let server = start(&options, directory.path(), &url);
    let gateway = gateway(directory.path()).await;
    // One key gets a quarter of the connections to a storage.
    let up = signer(&server, directory.path(), gateway).await;
    let down = signer(&server, directory.path(), gateway).await;
    upload(gateway, &up, "warm", MIB).await;
    let idle = watch::resident(server.process.id());
    let watch = Watch::start(server.process.id());
    let begun = Instant::now();
    let uploads = (0..options.streams).map(|number| {
        let (up, key) = (up.clone(), format!("up-{number}"));
        tokio::spawn(async move { upload(gateway, &up, &key, size).await })
    });
    let downloads = (0..options.streams).map(|number| {
        let (down, key) = (down.clone(), format!("down-{number}"));
        tokio::spawn(async move { download(gateway, &down, &key, size).await })
    });
    for ended in join_all(uploads.chain(downloads).collect::<Vec<_>>()).await {
        ended.unwrap();
    }
    let (took, highest) = (begun.elapsed(), watch.highest());
    let moved = 2 * options.streams as u64 * options.mib;
    println!(
        "{} uploads and {} downloads of {} MiB",
        options.streams, options.streams, options.mib
    );
    println!(
        "took     {:>8.1} s, {:.0} MiB/s",
        took.as_secs_f64(),
        mib(moved * MIB) / took.as_secs_f64()
    );
    println!("idle     {:>8.1} MiB", mib(idle));
    println!("highest  {:>8.1} MiB, {:+.1} MiB", mib(highest), mib(highest) - mib(idle));
}

#[expect(clippy::cast_precision_loss, reason = "for people")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / MIB as f64
}

fn start(options: &Options, directory: &Path, storage: &str) -> Server {
    let binary = options.binary.as_deref().unwrap_or(BINARY);
    let command = || command_of(binary, directory);
    set_up(directory, command);
    let store = ["stores", "put", "main", "--no-probe", "--endpoint", storage];
    let account = ["--access-key-id", "AKIA1", "--secret-file", "secret"];
    Said::of(&command().args([&store[..], &account].concat()).output().unwrap()).ok();
    let log = File::create(directory.join("log")).unwrap();
    Server::start(command(), &UNLIMITED, log).unwrap()
}

/// The gateway's address, as the log says it.
async fn gateway(directory: &Path) -> SocketAddr {
    loop {
        let log = std::fs::read_to_string(directory.join("log")).unwrap();
        if let Some((_, rest)) = log.split_once("S3 gateway on http://") {
            let address: String =
                rest.chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect();
            return address.parse().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// A key of the application.
async fn signer(server: &Server, directory: &Path, gateway: SocketAddr) -> Signer {
    let key = std::fs::read_to_string(directory.join("root.key")).unwrap();
    let credentials = Credentials::api_key(Key::new(key.trim()));
    let root = Client::builder(&server.url).credentials(credentials).build().unwrap();
    root.put_bucket("photos", &PutBucket::default()).await.unwrap();
    let new = CreateAccessKey { name: "bench".to_owned(), ..CreateAccessKey::default() };
    Signer::new(&root.create_access_key(&new).await.unwrap(), &gateway.to_string())
}

async fn upload(gateway: SocketAddr, by: &Signer, key: &str, size: u64) {
    let wire = by.ask("PUT", &format!("/photos/{key}"));
    let wire = wire.changed("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    let mut connection = begin(gateway, wire.with("Content-Length", &size.to_string())).await;
    let mut left = size;
    while left > 0 {
        let piece = PIECE.len().min(usize::try_from(left).unwrap_or(PIECE.len()));
        connection.say(&PIECE[..piece]).await;
        left -= piece as u64;
    }
    let answer = connection.answer("PUT").await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn download(gateway: SocketAddr, by: &Signer, key: &str, size: u64) {
    let mut connection = begin(gateway, by.ask("GET", &format!("/photos/{key}"))).await;
    assert_eq!(connection.head().await.unwrap().status, 200);
    assert_eq!(connection.skip(size).await, size);
}

async fn begin(gateway: SocketAddr, wire: Wire) -> Connection {
    let mut connection = Connection::open(gateway).await;
    connection.say(&wire.signed().head()).await;
    connection
}
