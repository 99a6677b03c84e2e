//! A database of either kind, behind a proxy if it is PostgreSQL, and processes that use it.

use std::io::{Read as _, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sail_cargo_database::DatabaseUrl;
use serde_json::Value;
use tempfile::TempDir;

use crate::database::{Kind, TestDatabase};
use crate::faults::Proxy;
use crate::served::{Said, Server, command, set_up};

/// The longest time of any step, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) struct Town {
    pub(crate) database: TestDatabase,
    pub(crate) directory: TempDir,
    /// The proxy in front of PostgreSQL.
    pub(crate) proxy: Option<Proxy>,
    url: String,
}

/// A server process, and its log.
pub(crate) struct Process {
    pub(crate) server: Server,
    log: Log,
}

/// An answer over a connection of its own.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) text: String,
    pub(crate) took: Duration,
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Town {
    /// An empty database, and a master key.
    pub(crate) fn found(kind: Kind) -> Self {
        let (database, directory) = (TestDatabase::create(kind), tempfile::tempdir().unwrap());
        let (url, proxy) = match database.url() {
            DatabaseUrl::Sqlite(path) => (format!("sqlite:{}", path.display()), None),
            DatabaseUrl::Postgres(_) => {
                let proxy = Proxy::start(database.address());
                let DatabaseUrl::Postgres(url) = database.url_at(proxy.address()) else {
                    unreachable!()
                };
                (url, Some(proxy))
            }
        };
        let town = Self { database, directory, proxy, url };
        for (name, what) in [("master.key", "master"), ("operator.key", "operator")] {
            let key = town.run(&["keys", what]).ok().out;
            std::fs::write(town.directory.path().join(name), key).unwrap();
        }
        town
    }

    /// A database with a store, a project and its key.
    pub(crate) fn furnished(kind: Kind) -> Self {
        let town = Self::found(kind);
        set_up(town.directory.path(), || town.command());
        town
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = command(self.directory.path());
        command.env("DATABASE_URL", &self.url);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Said {
        Said::of(&self.command().args(args).output().unwrap())
    }

    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.command();
        command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Starts a server, and waits until it listens.
    pub(crate) fn serve(&self, more: &[&str]) -> Process {
        let log = Log::default();
        let server = Server::start(self.command(), more, log.clone()).unwrap();
        Process { server, log }
    }

    /// Starts a server, and waits until it is ready.
    pub(crate) fn serve_ready(&self, more: &[&str]) -> Process {
        let process = self.serve(more);
        process.eventually("ready", || process.ask("/readyz").status == 200);
        process
    }

    /// Runs a server that must not start, and returns its output.
    #[track_caller]
    pub(crate) fn refuses_to_serve(&self, more: &[&str]) -> Said {
        let said = self.run(&[&["serve", "--listen", "127.0.0.1:0"], more].concat());
        assert_eq!(said.code, 1, "{said:?}");
        assert!(!said.err.contains("listening on"), "{said:?}");
        said
    }
}

impl Process {
    /// The address it listens on.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.url.split("://").nth(1).unwrap().parse().unwrap()
    }

    /// The address of the operators' listener.
    pub(crate) fn ops(&self) -> SocketAddr {
        let said = || {
            let lines = self.lines("ops endpoints on http");
            let line = lines.first()?;
            line.split("://").nth(1)?.split('"').next()?.trim().parse().ok()
        };
        self.eventually("operators may ask", || said().is_some());
        said().unwrap()
    }

    /// The log lines that contain `text`.
    pub(crate) fn lines(&self, text: &str) -> Vec<String> {
        let log = self.log.0.lock().unwrap_or_else(PoisonError::into_inner);
        let log = String::from_utf8_lossy(&log).into_owned();
        log.lines().filter(|line| line.contains(text)).map(ToOwned::to_owned).collect()
    }

    /// Sends a GET on a connection of its own.
    #[track_caller]
    pub(crate) fn ask(&self, path: &str) -> Heard {
        ask(self.address(), path).unwrap()
    }

    #[track_caller]
    pub(crate) fn eventually(&self, what: &str, holds: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !holds() {
            let said = || self.lines("").join("\n");
            assert!(Instant::now() < deadline, "never {what}; it said:\n{}", said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let process = self.server.process.id().to_string();
        Command::new("kill").args([name, &process]).status().unwrap();
    }

    /// Waits until the process exits, and returns the exit code.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> i32 {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.server.process.try_wait().unwrap() {
                return status.code().unwrap();
            }
            assert!(Instant::now() < deadline, "it does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

/// Sends a GET, and reads until the connection ends.
pub(crate) fn ask(address: SocketAddr, path: &str) -> std::io::Result<Heard> {
    let begun = Instant::now();
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let took = begun.elapsed();
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| std::io::Error::other(format!("no answer: {text:?}")))?;
    Ok(Heard { status, text, took })
}

impl Heard {
    /// The check `name` in the answer of `/readyz`.
    pub(crate) fn check(&self, name: &str) -> Value {
        let body = self.text.split("\r\n\r\n").nth(1).unwrap_or_default();
        let readiness: Value = serde_json::from_str(body).unwrap();
        readiness["checks"][name].clone()
    }
}
