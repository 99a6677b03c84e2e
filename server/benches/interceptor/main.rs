//! The time that the interceptor adds to a request to S3: `cargo bench -p sail-cargo-server --bench
//! interceptor`.
//!
//! The stock SDK reads 64 KiB, one request after the other on one keep-alive connection, signed (a)
//! locally, (b) by a process with a fixed answer, the cost of any round trip here, (c) by an
//! authority in memory, (d) by the server on SQLite with an audit spool, over TCP, (e) by the same
//! server over a Unix domain socket, (f) by a server whose every signature waits until its audit
//! event is committed and synced. The variants take turns within each round, so that other load on
//! the machine affects all of them alike. A ratio is the median of the rounds' ratios; the absolute
//! times mean little.
//!
//! A second table compares the signatures alone with a GET that is signed locally.
//!
//! With `-- --pinned` the application has one core and the signers another, as on a machine with
//! enough cores (Linux).
//!
//! `TEST_SEAWEEDFS` and `TEST_NGINX` name the binaries of the storage: SeaweedFS behind nginx.
//! Without them the embedded storage is read.
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

mod authority;
mod canned;
mod cores;
#[path = "../../tests/dev_issuer/mod.rs"]
#[allow(dead_code, reason = "what the tests need of it")]
mod dev_issuer;
mod rounds;
#[path = "../../tests/storages/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what the tests need of it")]
mod storages;

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Builder as Config, Credentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use sail_cargo_client::protocol::{Permission, SignRequest};
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};
use sail_cargo_client::{Client, Credentials as Identity, StaticToken};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt as _};
use tokio::runtime::{Builder, Runtime};

use authority::{Authority, Record};
use canned::Canned;
use rounds::{First, Rounds, Variant};
use storages::{ACCESS_KEY_ID, Kind, REGION, SECRET, Storage};

const BUCKET: &str = "photos";
const KEY: &str = "2026/cat.png";
const USER: &str = "ada";
const SIZE: usize = 64 * 1024;

/// The name of the application's threads.
const APPLICATION: &str = "application";

const LOCALLY: &str = "(a) signed locally";
const CANNED: &str = "(b) always the same answer, TCP";
const IN_MEMORY: &str = "(c) an authority in memory, TCP";
const SERVER: &str = "(d) the server, TCP";
const SOCKET: &str = "(e) the server, Unix socket";
const SYNCED: &str = "(f) the server, TCP, records synced";

fn main() {
    if canned::serve() {
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    // The application has a runtime of its own, like a process of its own. The server is a process.
    let (elsewhere, application) = (runtime("elsewhere"), runtime(APPLICATION));
    let (storage, memory, authority, synced) = elsewhere.block_on(async {
        let storage = storage().await;
        let memory = FakeStorage::at(&storage.url, ACCESS_KEY_ID, SECRET);
        let memory = FakeAuthority::start(memory).await.unwrap();
        memory.bucket(BUCKET);
        memory.grant(USER, BUCKET, [Permission::Read]);
        let spooled = Authority::start(directory.path(), &storage.url, Record::Spool).await;
        let synced = Authority::start(directory.path(), &storage.url, Record::Commit).await;
        (storage, memory, spooled, synced)
    });
    let bench = Arc::new(Bench { storage, memory, authority, synced });
    // Run on a worker thread, next to its connections: the main thread would have to be woken.
    let measured = Arc::clone(&bench);
    application.block_on(application.spawn(async move { measured.run().await })).unwrap();
}

/// The storage to read from.
async fn storage() -> Storage {
    match Storage::start(Kind::Proxied).await {
        Some(storage) => storage,
        None => Storage::start(Kind::Embedded).await.unwrap(),
    }
}

/// A runtime whose threads are named `name`, for profilers.
fn runtime(name: &str) -> Runtime {
    Builder::new_multi_thread().thread_name(name).enable_all().build().unwrap()
}

/// The storage and the authorities.
struct Bench {
    storage: Storage,
    memory: FakeAuthority,
    authority: Authority,
    synced: Authority,
}

impl Bench {
    async fn run(&self) {
        let local = self.local();
        local.create_bucket().bucket(BUCKET).send().await.unwrap();
        let body = ByteStream::from(vec![7; SIZE]);
        local.put_object().bucket(BUCKET).key(KEY).body(body).send().await.unwrap();

        let memory = self.memory.user(USER).unwrap();
        let server = user(&self.authority, &self.authority.url);
        let socket = user(&self.authority, &self.authority.socket);
        let synced = user(&self.synced, &self.synced.url);
        let remote = |client: &Client| self.remote(client.clone());
        get(IN_MEMORY, remote(&memory)).once().await;
        // The same request that the interceptor sends to the authority.
        let asked = self.memory.asked().into_iter().next().unwrap().request;
        let canned = Canned::start(&server.sign(&asked).await.unwrap());
        let same = user(&self.authority, &canned.url);
        println!("on {}", self.storage.kind.name());
        if cores::wanted() {
            let processes = [self.authority.id(), self.synced.id(), canned.id()];
            cores::pin(processes, APPLICATION);
            println!("those who sign on one core, the application on another");
        }

        let gets = Rounds {
            title: "GetObject of 64 KiB",
            first: First::Same,
            each: 200,
            at_most: secs(60),
        };
        gets.run(&[
            get(LOCALLY, local.clone()),
            get(CANNED, remote(&same)),
            get(IN_MEMORY, remote(&memory)),
            get(SERVER, remote(&server)),
            get(SOCKET, remote(&socket)),
            get(SYNCED, remote(&synced)),
        ])
        .await;
        let heads =
            Rounds { title: "HeadObject", first: First::Same, each: 100, at_most: secs(15) };
        heads
            .run(&[
                head(LOCALLY, local.clone()),
                head(IN_MEMORY, remote(&memory)),
                head(SERVER, remote(&server)),
                head(SYNCED, remote(&synced)),
            ])
            .await;
        let title = "Client::sign by itself, as part of (a)";
        let signs = Rounds { title, first: First::Whole, each: 100, at_most: secs(30) };
        signs
            .run(&[
                get(LOCALLY, local),
                sign(CANNED, same, &asked),
                sign(IN_MEMORY, memory, &asked),
                sign(SERVER, server, &asked),
                sign(SOCKET, socket, &asked),
                sign(SYNCED, synced, &asked),
                self.synced.record("    of (f), the record"),
            ])
            .await;
    }

    fn local(&self) -> S3 {
        let keys = Credentials::new(ACCESS_KEY_ID, SECRET, None, None, "bench");
        S3::from_conf(self.config().credentials_provider(keys).build())
    }

    fn remote(&self, client: Client) -> S3 {
        S3::from_conf(self.config().remote_signing(RemoteSigner::new(client)).build())
    }

    fn config(&self) -> Config {
        Config::new()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(&self.storage.url)
            .force_path_style(true)
    }
}

fn user(authority: &Authority, url: &str) -> Client {
    let token = StaticToken::new(authority.token.as_str());
    Client::builder(url).credentials(Identity::user(token)).build().unwrap()
}

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A GET that reads the object to its end.
fn get(name: &'static str, s3: S3) -> Variant {
    Variant::new(name, move || {
        let operation = s3.get_object().bucket(BUCKET).key(KEY);
        async move {
            let body = operation.send().await.unwrap().body.collect().await.unwrap();
            assert_eq!(body.into_bytes().len(), SIZE);
        }
    })
}

fn head(name: &'static str, s3: S3) -> Variant {
    Variant::new(name, move || {
        let operation = s3.head_object().bucket(BUCKET).key(KEY);
        async move { drop(operation.send().await.unwrap()) }
    })
}

/// A request for a signature, which is not used.
fn sign(name: &'static str, client: Client, request: &SignRequest) -> Variant {
    let request = Arc::new(request.clone());
    Variant::new(name, move || {
        let (client, request) = (client.clone(), Arc::clone(&request));
        async move { drop(client.sign(&request).await.unwrap()) }
    })
}
