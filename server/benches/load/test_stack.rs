//! The server under load, as a process, and its database.

use sail_cargo_database::testing::diesel;
use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use rustix::process::{Pid, Signal, kill_process};
use sail_cargo_database::DatabaseUrl;
use serde_json::json;
use tempfile::TempDir;

use crate::Options;
use crate::database::{Kind, TestDatabase};
use crate::served::{BINARY, ENDPOINT, Said, Server, command_of, set_up};

const UNLIMITED: [&str; 4] =
    ["--rate-per-address=0", "--rate-per-key=0", "--rate-per-user=0", "--rate-per-project=0"];

pub(crate) struct TestStack {
    server: Server,
    database: TestDatabase,
    directory: TempDir,
    /// The address of `/livez`, if it is not the main one.
    ops: Option<SocketAddr>,
}

impl TestStack {
    pub(crate) fn set(options: &Options) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let kind = if options.postgres { Kind::Postgres } else { Kind::Sqlite };
        let database = TestDatabase::create(kind);
        let url = match database.url() {
            DatabaseUrl::Sqlite(path) => format!("sqlite:{}", path.display()),
            DatabaseUrl::Postgres(url) => url,
        };
        let binary = options.binary.as_deref().unwrap_or(BINARY);
        let command = || {
            let mut command = command_of(binary, directory.path());
            command.env("DATABASE_URL", &url);
            command
        };
        set_up(directory.path(), command);
        let ops = options.ops.then(free_address);
        let spool = (!options.commit).then_some("--audit-spool=.");
        let ops_argument = ops.map(|address| format!("--ops={address}"));
        let arguments = options.serve.iter().map(String::as_str);
        // Without rate limits: all load comes from one address and one key.
        let arguments: Vec<_> = UNLIMITED
            .into_iter()
            .chain(arguments)
            .chain(spool)
            .chain(ops_argument.as_deref())
            .collect();
        let log = File::create(directory.path().join("log")).unwrap();
        let server = Server::start(command(), &arguments, log).unwrap();
        let put = ["buckets", "put", "photos"];
        let mut put_bucket = command();
        put_bucket.env("SAIL_CARGO_URL", &server.url).env("SAIL_CARGO_API_KEY_FILE", "root.key");
        Said::of(&put_bucket.args(put).output().unwrap()).ok();
        Self { server, database, directory, ops }
    }

    /// The title of the measurement.
    pub(crate) fn title(&self, options: &Options) -> String {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        format!(
            "signatures on {:?}, records {}, {cores} cores for both sides, {} s each, {} % hang up; times in ms",
            self.database.kind(),
            if options.commit { "committed" } else { "spooled" },
            options.seconds,
            options.hang_up,
        )
    }

    pub(crate) fn target(&self) -> SocketAddr {
        self.server.url.trim_start_matches("http://").parse().unwrap()
    }

    pub(crate) fn live_target(&self) -> SocketAddr {
        self.ops.unwrap_or_else(|| self.target())
    }

    pub(crate) fn process(&self) -> u32 {
        self.server.process.id()
    }

    /// The application's request for the signature of a GET.
    pub(crate) fn sign_request(&self) -> Vec<u8> {
        let key = std::fs::read_to_string(self.directory.path().join("root.key")).unwrap();
        let ask = json!({ "method": "GET", "payload": "UNSIGNED-PAYLOAD",
            "url": format!("{ENDPOINT}/photos/2026/cat.png") });
        let (key, ask) = (key.trim(), ask.to_string());
        let length = ask.len();
        format!(
            "POST /v1/sign HTTP/1.1\r\nhost: localhost\r\nx-api-key: {key}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{ask}"
        )
        .into_bytes()
    }

    /// Stops the server, and returns the number of signatures in its audit trail.
    pub(crate) fn end(mut self) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let process = &mut self.server.process;
        kill_process(Pid::from_child(process), Signal::TERM).unwrap();
        let deadline = Instant::now() + Duration::from_mins(1);
        while process.try_wait().unwrap().is_none() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
        let query = "SELECT count(*) AS count FROM audit_event \
                     WHERE action = 's3:GetObject' AND outcome = 'allow'";
        self.database.rows::<Count>(query)[0].count
    }
}

/// A free address.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
