//! A server process behind its own proxy, and its state.

use std::fs::{File, OpenOptions};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use reqwest::Url;
use rustix::process::{Pid, Signal, kill_process};
use tokio::sync::watch;

use crate::faults::Proxy;
use crate::served::{Server, command};

/// The time for requests to finish after SIGTERM.
pub(crate) const DRAIN: Duration = Duration::from_secs(3);

/// Whether the process can be expected to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Liveness {
    Live,
    /// Stopped (SIGSTOP).
    Frozen,
    Dead,
}

/// The settings that all replicas share.
pub(crate) struct Ground {
    /// The directory of keys and logs.
    pub(crate) directory: PathBuf,
    /// The URL of the database, not through a proxy.
    pub(crate) database: Url,
    pub(crate) auth_keys: String,
    pub(crate) issuer: &'static str,
}

pub(crate) struct Replica {
    pub(crate) number: usize,
    pub(crate) proxy: Proxy,
    /// The directory of its audit spool, if it has one.
    pub(crate) spool: Option<PathBuf>,
    ground: Arc<Ground>,
    server: Mutex<Option<Server>>,
    liveness: watch::Sender<Liveness>,
}

impl Replica {
    /// A replica that is not started.
    pub(crate) fn new(ground: Arc<Ground>, number: usize, spools: bool) -> Self {
        let database = &ground.database;
        let port = database.port().unwrap_or(5432);
        let host = database.host_str().unwrap().parse().unwrap();
        let proxy = Proxy::start(SocketAddr::new(host, port));
        let spool = spools.then(|| ground.directory.join(format!("spool-{number}")));
        if let Some(spool) = &spool {
            std::fs::create_dir(spool).unwrap();
        }
        let (liveness, _) = watch::channel(Liveness::Dead);
        Self { number, proxy, spool, ground, server: Mutex::new(None), liveness }
    }

    /// Starts the process, and waits until it listens.
    ///
    /// # Errors
    /// A message, if the process does not start to listen.
    pub(crate) async fn start(&self) -> Result<(), String> {
        let (command, more) = (self.command(), self.arguments());
        let log = self.log();
        let started = tokio::task::spawn_blocking(move || {
            let more: Vec<_> = more.iter().map(String::as_str).collect();
            Server::start(command, &more, log)
        });
        let server = started.await.unwrap().map_err(|error| error.to_string())?;
        *self.server.lock().unwrap() = Some(server);
        self.liveness.send_replace(Liveness::Live);
        Ok(())
    }

    fn command(&self) -> Command {
        let mut url = self.ground.database.clone();
        url.set_port(Some(self.proxy.address().port())).unwrap();
        let mut command = command(&self.ground.directory);
        command.env("DATABASE_URL", url.as_str());
        command
    }

    fn arguments(&self) -> Vec<String> {
        let ground = &self.ground;
        let mut arguments = vec![
            format!("--auth-keys={}", ground.auth_keys),
            format!("--auth-issuer={}", ground.issuer),
            "--auth-any-audience".to_owned(),
            "--workers=2".to_owned(),
            format!("--drain-seconds={}", DRAIN.as_secs()),
        ];
        arguments.extend(self.spool.iter().map(|path| format!("--audit-spool={}", path.display())));
        arguments
    }

    fn log(&self) -> File {
        let path = self.ground.directory.join(format!("replica-{}.log", self.number));
        OpenOptions::new().create(true).append(true).open(path).unwrap()
    }

    /// The URL it listens on; the last one if it is dead.
    pub(crate) fn url(&self) -> String {
        let server = self.server.lock().unwrap();
        server.as_ref().map(|server| server.url.clone()).unwrap_or_default()
    }

    pub(crate) fn liveness(&self) -> watch::Receiver<Liveness> {
        self.liveness.subscribe()
    }

    pub(crate) fn is_live(&self) -> bool {
        *self.liveness.borrow() == Liveness::Live
    }

    /// Kills the process (SIGKILL).
    pub(crate) fn kill(&self) {
        self.liveness.send_replace(Liveness::Dead);
        self.server.lock().unwrap().as_mut().unwrap().kill();
    }

    /// Stops the process (SIGSTOP).
    pub(crate) fn freeze(&self) {
        self.liveness.send_replace(Liveness::Frozen);
        self.signal(Signal::STOP);
    }

    /// Continues the process (SIGCONT).
    pub(crate) fn thaw(&self) {
        self.signal(Signal::CONT);
        self.liveness.send_replace(Liveness::Live);
    }

    /// Asks the process to exit (SIGTERM), and kills it after `limit`. Returns whether it exited in
    /// time.
    pub(crate) async fn end(&self, limit: Duration) -> bool {
        self.liveness.send_replace(Liveness::Dead);
        self.signal(Signal::TERM);
        let deadline = Instant::now() + limit;
        loop {
            let ended = self.server.lock().unwrap().as_mut().unwrap().process.try_wait().unwrap();
            if ended.is_some() || Instant::now() > deadline {
                *self.server.lock().unwrap() = None;
                return ended.is_some();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn signal(&self, signal: Signal) {
        let server = self.server.lock().unwrap();
        let process = &server.as_ref().unwrap().process;
        kill_process(Pid::from_child(process), signal).unwrap();
    }

    /// The size of its spool, in bytes.
    pub(crate) fn spooled(&self) -> u64 {
        let files = |path: &Path| path.read_dir().unwrap().map(|entry| entry.unwrap().metadata());
        self.spool.iter().flat_map(|path| files(path)).map(|file| file.unwrap().len()).sum()
    }
}
