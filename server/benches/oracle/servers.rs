//! The processes that are measured, and the modes of each.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

use tempfile::TempDir;

use crate::Options;
use crate::cores;
use crate::process;
use crate::project;
use crate::requests;
use crate::role::Role;
use crate::served::{BINARY, Said, Server, command_of};
use crate::signing_key::KEYS;
use crate::token::{AUDIENCE, ISSUER};

/// Without limits on who asks how often, and on how many at a time: all load comes from one address.
const UNLIMITED: [&str; 5] = [
    "--rate-per-address=0",
    "--rate-per-key=0",
    "--rate-per-user=0",
    "--rate-per-project=0",
    "--max-in-flight=0",
];
/// The server keeps the bodies of a project within 32 MiB; a batch has one of them, and more.
const BATCHES_AT_ONCE: usize = 8;

/// What is asked of which process.
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    pub(crate) to: SocketAddr,
    pub(crate) process: u32,
    pub(crate) requests: Rc<Vec<Vec<u8>>>,
    /// How many clients the server takes at a time.
    pub(crate) most_clients: usize,
}

/// The echo, the server with a spool and without, and what else is compared.
pub(crate) struct Servers {
    echo: Peer,
    peers: Vec<Peer>,
    spooled: Server,
    direct: Server,
    only: String,
    tokens: Vec<String>,
    grants: usize,
    /// What the server with a spool took before it had the project.
    empty: u64,
    _directories: Vec<TempDir>,
}

impl Servers {
    /// Makes a project with the grants of `options` and starts everything.
    pub(crate) async fn start(options: &Options) -> Self {
        let binary = options.binary.as_deref().unwrap_or(BINARY);
        let first = tempfile::tempdir().unwrap();
        prepare(binary, first.path(), options.grants).await;
        let copied = || copy(first.path());
        let second = copied();
        let mut directories = Vec::new();
        let peers = [Role::EchoHyper, Role::CoreActix, Role::CoreHyper];
        let meant = peers.into_iter().filter(|role| role.name().starts_with(&options.only));
        let peers = meant.map(|role| {
            let directory = if role.signs() { copied() } else { tempfile::tempdir().unwrap() };
            let peer = Peer::start(role, directory.path());
            directories.push(directory);
            peer
        });
        let peers = peers.collect();
        let spooled = serve(binary, first.path(), &["--audit-spool=."]);
        let direct = serve(binary, second.path(), &[]);
        let empty = process::memory(spooled.process.id()).0;
        let echo = Peer::start(Role::Echo, first.path());
        directories.extend([first, second]);
        Self {
            echo,
            peers,
            spooled,
            direct,
            only: options.only.clone(),
            tokens: requests::tokens(options.grants / project::BUCKETS),
            grants: options.grants,
            empty,
            _directories: directories,
        }
    }

    /// The modes that are meant, after the echo.
    pub(crate) fn modes(&self) -> Vec<Mode> {
        let signs = Rc::new(requests::signs(&self.tokens));
        let hot = Rc::new(signs[..1].to_vec());
        let ours = [
            of("sign", &self.spooled, &signs),
            of("sign-direct", &self.direct, &signs),
            of("sign-one-token", &self.spooled, &hot),
            of("check", &self.spooled, &Rc::new(requests::checks(&self.tokens))),
            Mode {
                most_clients: BATCHES_AT_ONCE,
                ..of("batch-of-1000", &self.spooled, &Rc::new(requests::batches(&self.tokens)))
            },
        ];
        let meant = ours.into_iter().filter(|mode| mode.name.starts_with(&self.only));
        let peers = std::iter::once(&self.echo).chain(&self.peers);
        peers.map(|peer| peer.mode(&signs)).chain(meant).collect()
    }

    /// The memory of the server with a spool, as a sentence.
    pub(crate) fn memory(&self) -> String {
        let (now, most) = process::memory(self.spooled.process.id());
        format!(
            "{} grants; resident: {} MiB before the first request, {now} MiB now, {most} MiB at most",
            self.grants, self.empty
        )
    }
}

/// The mode of `requests` to a server.
pub(crate) fn of(name: &'static str, server: &Server, requests: &Rc<Vec<Vec<u8>>>) -> Mode {
    Mode {
        name,
        to: server.url.trim_start_matches("http://").parse().unwrap(),
        process: server.process.id(),
        requests: Rc::clone(requests),
        most_clients: usize::MAX,
    }
}

/// A copy of a directory of files.
fn copy(from: &Path) -> TempDir {
    let to = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
        }
    }
    to
}

/// This program as another process.
struct Peer {
    role: Role,
    process: Child,
    to: SocketAddr,
}

impl Peer {
    fn start(role: Role, directory: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--serve", role.name()]).current_dir(directory).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        cores::pin(process.id(), cores::SERVERS);
        Self { role, to: line.trim().parse().unwrap(), process }
    }

    fn mode(&self, signs: &Rc<Vec<Vec<u8>>>) -> Mode {
        let (name, process) = (self.role.name(), self.process.id());
        let requests = Rc::clone(signs);
        Mode { name, to: self.to, process, requests, most_clients: usize::MAX }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Makes the keys and the database of a server in `directory`.
pub(crate) async fn prepare(binary: &str, directory: &Path, grants: usize) {
    let run = |args: &[&str]| {
        Said::of(&command_of(binary, directory).args(args).output().unwrap()).ok().out
    };
    for (name, kind) in [("master.key", "master"), ("operator.key", "operator")] {
        let key = directory.join(name);
        std::fs::write(&key, run(&["keys", kind])).unwrap();
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(key, private).unwrap();
    }
    std::fs::write(directory.join("auth.pem"), KEYS[0].pem()).unwrap();
    run(&["migrate"]);
    project::make(directory, grants).await;
}

/// Starts a server with tokens of the bench's key.
pub(crate) fn serve(binary: &str, directory: &Path, more: &[&str]) -> Server {
    let mut command = command_of(binary, directory);
    command
        .env("SAIL_CARGO_AUTH_KEYS", format!("file:{}", directory.join("auth.pem").display()))
        .env("SAIL_CARGO_AUTH_ISSUER", ISSUER)
        .env("SAIL_CARGO_AUTH_AUDIENCE", AUDIENCE);
    let log = std::fs::File::create(directory.join("log")).unwrap();
    let arguments = [UNLIMITED.as_slice(), &["--workers=1"], more].concat();
    let server = Server::start(command, &arguments, log).unwrap();
    cores::pin(server.process.id(), cores::SERVERS);
    server
}
