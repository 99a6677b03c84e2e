//! The three ways to one storage.

use std::fs::File;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use sail_cargo_client::protocol::{CreateAccessKey, GrantQuery, Permission, PutBucket, PutGrant};
use sail_cargo_client::{Client, Credentials, Key};
use tempfile::TempDir;

use crate::connection::Connection;
use crate::request::{BUCKET, Task, request};
use crate::served::{BINARY, Said, Server, command_of, set_up};
use crate::storages::{ACCESS_KEY_ID, Nginx, REGION, SECRET, SeaweedFs, free_port, is_set};

/// Who asks at the gateway.
const USER: &str = "ada";
/// Without limits of rates: all load comes from one address and one user.
const UNLIMITED: [&str; 4] =
    ["--rate-per-address=0", "--rate-per-key=0", "--rate-per-user=0", "--rate-per-project=0"];

/// One way, and the key that is taken there.
pub(crate) struct Way {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    pub(crate) access_key_id: String,
    pub(crate) secret: String,
    /// The process between client and storage.
    process: Option<u32>,
}

impl Way {
    fn new(name: &'static str, url: &str, process: Option<u32>, key: [&str; 2]) -> Self {
        let address = url.trim_start_matches("http://").parse().unwrap();
        let [access_key_id, secret] = key.map(str::to_owned);
        Self { name, address, access_key_id, secret, process }
    }

    /// The CPU that the process between has taken: fields 14 and 15 of `/proc/PID/stat` (proc(5)).
    pub(crate) fn cpu(&self) -> Option<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process?)).unwrap();
        let (_, behind_name) = stat.rsplit_once(") ").unwrap();
        let fields = behind_name.split(' ').skip(11).take(2);
        let ticks: u64 = fields.map(|ticks| ticks.parse::<u64>().unwrap()).sum();
        Some(Duration::from_secs(ticks) / u32::try_from(clock_ticks_per_second()).unwrap())
    }

    async fn ask(&self, method: &str, target: &str, content: &[u8]) {
        let mut connection = Connection::open(self.address).await.unwrap();
        connection.say(&request(self, method, target, content)).await.unwrap();
        assert_eq!(connection.hear().await.unwrap(), 200, "{method} {target}, {}", self.name);
    }
}

/// All of them, in front of one SeaweedFS.
pub(crate) struct Ways {
    direct: Way,
    nginx: Way,
    gateway: Way,
    _running: (Server, Nginx, SeaweedFs, TempDir),
}

impl Ways {
    /// Starts everything. None if a binary is not named.
    pub(crate) async fn start(binary: Option<&str>) -> Option<Self> {
        if !is_set("TEST_SEAWEEDFS", "the bench") || !Nginx::is_here() {
            return None;
        }
        let weed = SeaweedFs::start().await;
        let nginx = Nginx::before(&weed.url, weed.front).await;
        let root = [ACCESS_KEY_ID, SECRET];
        let direct = Way::new("direct", &weed.url, None, root);
        let by_nginx = Way::new("nginx", &nginx.url, Some(nginx.id()), root);
        direct.ask("PUT", &format!("/{BUCKET}"), &[]).await;
        let directory = tempfile::tempdir().unwrap();
        let (server, gateway) = serve(&directory, &weed.url, binary.unwrap_or(BINARY)).await;
        let running = (server, nginx, weed, directory);
        Some(Self { direct, nginx: by_nginx, gateway, _running: running })
    }

    pub(crate) fn all(&self) -> [&Way; 3] {
        [&self.direct, &self.nginx, &self.gateway]
    }

    /// Writes what `task` reads.
    pub(crate) async fn prepare(&self, task: &Task) {
        let content = vec![7; task.size];
        for number in 0..task.connections {
            self.direct.ask("PUT", &format!("/{BUCKET}/{}", task.key(number)), &content).await;
        }
    }
}

/// The server as in production, on SQLite with an audit spool, and a user who may read and write.
async fn serve(directory: &TempDir, storage: &str, binary: &str) -> (Server, Way) {
    let directory = directory.path();
    let command = || command_of(binary, directory);
    set_up(directory, command);
    std::fs::write(directory.join("storage.secret"), SECRET).unwrap();
    run(command().args(["stores", "put", "main", "--no-probe", "--endpoint", storage]).args([
        "--access-key-id",
        ACCESS_KEY_ID,
        "--secret-file",
        "storage.secret",
        "--region",
        REGION,
    ]));
    let address = format!("127.0.0.1:{}", free_port());
    let arguments = ["--audit-spool=.", "--gateway", &address];
    let arguments: Vec<&str> = UNLIMITED.into_iter().chain(arguments).collect();
    let log = File::create(directory.join("log")).unwrap();
    let server = Server::start(command(), &arguments, log).unwrap();
    let key = std::fs::read_to_string(directory.join("root.key")).unwrap();
    let key = access_key(&server.url, key.trim()).await;
    let way = Way::new("gateway", &address, Some(server.process.id()), [&key[0], &key[1]]);
    (server, way)
}

/// Registers the bucket, and makes an access key of a user who may read and write there.
async fn access_key(url: &str, root_key: &str) -> [String; 2] {
    let root = Credentials::api_key(Key::new(root_key));
    let root = Client::builder(url).credentials(root).build().unwrap();
    root.put_bucket(BUCKET, &PutBucket::default()).await.unwrap();
    let permissions = [Permission::Read, Permission::Write].into_iter().collect();
    let grant = PutGrant { permissions, ..PutGrant::default() };
    root.put_grant(BUCKET, USER, &GrantQuery::default(), &grant).await.unwrap();
    let user = Some(USER.to_owned());
    let new = CreateAccessKey { user, name: "bench".to_owned(), ..CreateAccessKey::default() };
    let made = root.create_access_key(&new).await.unwrap();
    [made.stored.access_key_id, made.secret.expose().to_owned()]
}

fn run(command: &mut Command) {
    Said::of(&command.output().unwrap()).ok();
}
