//! The real binary with a gateway, with settings that `dev` does not have.

use std::fs::Permissions;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rcgen::{CertifiedKey, KeyPair};
use sail_cargo_client::protocol::{
    CreateAccessKey, CreatedAccessKey, Permission, PutBucket, PutGrant,
};
use sail_cargo_client::{Client, Credentials, Key};
use sail_cargo_database::DatabaseUrl;
use tempfile::TempDir;

use super::fake_storage::{FakeStorage, Reply, answer, fine};
use crate::database::{self, TestDatabase};
use crate::gateway_stack::BUCKET;
use crate::raw::{Answer, Connection, Signer, Wire};
use crate::served::{self, Server};

/// How long a test waits for the server.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) struct Process {
    server: Server,
    directory: TempDir,
    log: Log,
    database: Option<TestDatabase>,
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A command of the binary on the database of a test.
fn command(directory: &TempDir, database: Option<&TestDatabase>) -> Command {
    let mut command = served::command(directory.path());
    if let Some(DatabaseUrl::Postgres(url)) = database.map(TestDatabase::url) {
        command.env("DATABASE_URL", url);
    }
    command
}

impl Process {
    /// A server whose storage is at `storage`.
    pub(super) async fn start(storage: &str, more: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        Self::start_in(directory, storage, more).await
    }

    /// The same, with a database of this kind.
    pub(super) async fn start_on(kind: database::Kind, storage: &str, more: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let database = (kind == database::Kind::Postgres).then(|| TestDatabase::create(kind));
        Self::set_up(directory, database, storage, more).await
    }

    async fn start_in(directory: TempDir, storage: &str, more: &[&str]) -> Self {
        Self::set_up(directory, None, storage, more).await
    }

    async fn set_up(
        directory: TempDir,
        database: Option<TestDatabase>,
        storage: &str,
        more: &[&str],
    ) -> Self {
        let command = || command(&directory, database.as_ref());
        served::set_up(directory.path(), command);
        let store = ["stores", "put", "main", "--no-probe", "--endpoint", storage];
        let account = ["--access-key-id", "AKIA1", "--secret-file", "secret"];
        let said = command().args([&store[..], &account].concat()).output().unwrap();
        served::Said::of(&said).ok();
        Self::serve(directory, database, more).await
    }

    async fn serve(directory: TempDir, database: Option<TestDatabase>, more: &[&str]) -> Self {
        let (log, command) = (Log::default(), command(&directory, database.as_ref()));
        let gateway = ["--gateway", "127.0.0.1:0"];
        let server = Server::start(command, &[&gateway, more].concat(), log.clone()).unwrap();
        let process = Self { server, directory, log, database };
        process.said("S3 gateway on").await;
        process
    }

    /// Sends the server a signal.
    pub(super) fn signal(&self, signal: &str) {
        let id = self.server.process.id().to_string();
        Command::new("kill").args([signal, &id]).status().unwrap();
    }

    /// Waits until the server ended, and starts another one on its database.
    pub(super) async fn restarted(mut self, more: &[&str]) -> Self {
        let deadline = Instant::now() + PATIENCE;
        while self.server.process.try_wait().unwrap().is_none() {
            assert!(Instant::now() < deadline, "the server does not end");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let Self { directory, database, .. } = self;
        Self::serve(directory, database, more).await
    }

    /// The first line of the log with this text, once it is there.
    pub(super) async fn said(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let log = String::from_utf8_lossy(&self.log.0.lock().unwrap()).into_owned();
            if let Some(line) = log.lines().find(|line| line.contains(text)) {
                return line.to_owned();
            }
            assert!(Instant::now() < deadline, "the server does not say {text:?}: {log}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    pub(super) async fn gateway(&self) -> SocketAddr {
        let line = self.said("S3 gateway on").await;
        let port = line.rsplit("127.0.0.1:").next().unwrap();
        let port: String = port.chars().take_while(char::is_ascii_digit).collect();
        SocketAddr::from(([127, 0, 0, 1], port.parse().unwrap()))
    }

    pub(super) fn root(&self) -> Client {
        let key = std::fs::read_to_string(self.directory.path().join("root.key")).unwrap();
        let credentials = Credentials::api_key(Key::new(key.trim()));
        Client::builder(&self.server.url).credentials(credentials).build().unwrap()
    }

    async fn key(&self, user: Option<&str>) -> CreatedAccessKey {
        let (user, name) = (user.map(str::to_owned), "a test's".to_owned());
        let new = CreateAccessKey { user, name, ..CreateAccessKey::default() };
        self.root().create_access_key(&new).await.unwrap()
    }

    /// A key of a user who may do everything in the bucket.
    pub(super) async fn signer(&self) -> Signer {
        let (root, query) = (self.root(), sail_cargo_client::protocol::GrantQuery::default());
        root.put_bucket(BUCKET, &PutBucket::default()).await.unwrap();
        let permissions = [Permission::Read, Permission::Write, Permission::Delete];
        let grant =
            PutGrant { permissions: permissions.into_iter().collect(), ..PutGrant::default() };
        root.put_grant(BUCKET, "ada", &query, &grant).await.unwrap();
        let key = self.key(Some("ada")).await;
        Signer::new(&key, &self.gateway().await.to_string())
    }

    pub(super) async fn send(&self, wire: &Wire) -> Answer {
        Connection::send(self.gateway().await, wire).await
    }
}

#[tokio::test]
async fn g6_only_its_own_regions_are_taken_but_where_a_region_is_found_out() {
    let storage = FakeStorage::start(|_| fine()).await;
    let regions = ["--gateway-region", "eu-central-1", "--gateway-region-alias", "auto,eu"];
    let process = Process::start(&storage.url, &regions).await;
    let ada = process.signer().await;
    let at = |region: &str| Signer { region: region.to_owned(), ..ada.clone() };
    let object = "/photos/x";
    for (region, target, taken) in [
        ("eu-central-1", object, true),
        ("auto", object, true),
        ("eu", object, true),
        ("us-east-1", object, false),
        ("us-east-1", "/photos?location", true),
        ("us-east-1", "/", true),
        ("us-east-1", "/photos?list-type=2", false),
        ("eu-west-1", object, false),
        ("eu-west-1", "/", false),
        ("EU", object, false),
    ] {
        for wire in
            [at(region).ask("GET", target).signed(), at(region).bare("GET", target).presigned("60")]
        {
            let answer = process.send(&wire).await;
            assert_eq!(answer.status == 200, taken, "{region} {target}: {}", answer.text());
            if !taken {
                assert_eq!(answer.element("Region"), "eu-central-1", "{}", answer.text());
                assert_eq!(answer.header("x-amz-bucket-region"), Some("eu-central-1"));
            }
        }
    }
    let head = process.send(&at("us-east-1").ask("HEAD", "/photos").signed()).await;
    assert_eq!((head.status, head.header("x-amz-bucket-region")), (200, Some("eu-central-1")));
    // Only `dev` says what it hashed.
    let wrong = at("eu").ask("GET", object).signed().aimed("/photos/y");
    let wrong = process.send(&wrong).await;
    assert_eq!(wrong.said(), (403, "SignatureDoesNotMatch".to_owned()));
    assert_eq!(wrong.element("CanonicalRequest") + &wrong.element("StringToSign"), "");
}

#[tokio::test]
async fn g27_a_storage_that_is_down_silent_or_talks_nonsense_is_a_503() {
    let nonsense = |text: &str| Reply::Last(text.to_owned());
    let storage = FakeStorage::start(move |asked| match asked.path() {
        "/photos/silence" => Reply::Silence,
        "/photos/hang-up" => Reply::HangUp,
        "/photos/nothing" => nonsense(""),
        "/photos/nonsense" => nonsense("SSH-2.0-OpenSSH_9.6\r\n"),
        "/photos/half-a-head" => nonsense("HTTP/1.1 200 OK\r\ncontent-le"),
        "/photos/two-lengths" => {
            nonsense("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab")
        }
        "/photos/switch" => nonsense("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\n"),
        "/photos/long-head" => {
            Reply::Last(answer("200 OK", &format!("x-a: {}\r\n", "a".repeat(1 << 20)), ""))
        }
        _ => fine(),
    })
    .await;
    let more = ["--upstream-answer-seconds", "1", "--upstream-idle-seconds", "1"];
    let process = Process::start(&storage.url, &more).await;
    let ada = process.signer().await;
    for name in [
        "silence",
        "hang-up",
        "nothing",
        "nonsense",
        "half-a-head",
        "two-lengths",
        "switch",
        "long-head",
    ] {
        let target = format!("/photos/{name}");
        for wire in [ada.ask("GET", &target).signed(), ada.put(&target, b"hello").signed()] {
            let answer = process.send(&wire).await;
            let unavailable = (503, "ServiceUnavailable".to_owned());
            assert_eq!(answer.said(), unavailable, "{} {name}: {}", wire.method, answer.text());
        }
        assert_eq!(process.send(&ada.ask("GET", "/photos/fine").signed()).await.status, 200);
    }
    drop(process);
    let process = Process::start("http://127.0.0.1:9", &more).await;
    let ada = process.signer().await;
    for wire in [ada.ask("GET", "/photos/x").signed(), ada.put("/photos/x", b"hello").signed()] {
        assert_eq!(process.send(&wire).await.said(), (503, "ServiceUnavailable".to_owned()));
    }
}

/// Puts a new certificate and its key into `directory`: a client that trusts it.
fn certify(directory: &TempDir) -> reqwest::Client {
    let names = ["127.0.0.1".to_owned()];
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names).unwrap();
    let at = |name: &str| directory.path().join(name);
    std::fs::write(at("cert.pem"), cert.pem()).unwrap();
    std::fs::write(at("tls.pem"), KeyPair::serialize_pem(&signing_key)).unwrap();
    std::fs::set_permissions(at("tls.pem"), Permissions::from_mode(0o600)).unwrap();
    let root = reqwest::Certificate::from_pem(cert.pem().as_bytes()).unwrap();
    reqwest::Client::builder().tls_certs_only([root]).no_proxy().build().unwrap()
}

#[tokio::test]
async fn g30_the_gateway_speaks_tls_only_and_shows_the_certificate_of_now() {
    let storage = FakeStorage::start(|_| fine()).await;
    let directory = tempfile::tempdir().unwrap();
    let first = certify(&directory);
    let tls = ["--tls-cert", "cert.pem", "--tls-key", "tls.pem"];
    let process = Process::start_in(directory, &storage.url, &tls).await;
    let (gateway, url) = (process.gateway().await, format!("https://{}", process.gateway().await));
    let live = async |client: &reqwest::Client| {
        let asked = client.get(format!("{url}/-/livez")).send().await;
        asked.is_ok_and(|answer| answer.status() == 200)
    };
    assert!(live(&first).await);
    let unproved = first.get(format!("{url}/photos/x")).send().await.unwrap();
    assert_eq!(unproved.status(), 403);
    let mut clear = Connection::open(gateway).await;
    clear.say(b"GET /-/livez HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(clear.answer("GET").await.is_none(), "it answers in the clear");
    let second = certify(&process.directory);
    process.signal("-HUP");
    process.said("SIGHUP: the new certificate").await;
    assert!(live(&second).await);
    drop(first);
    let stranger = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(!live(&stranger).await);
}
