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
use crate::served::{BINARY, Said, Server, command_of};
use crate::signing_key::KEYS;
use crate::token::{AUDIENCE, ISSUER};

/// Without rate limits: all load comes from one address.
const UNLIMITED: [&str; 4] =
    ["--rate-per-address=0", "--rate-per-key=0", "--rate-per-user=0", "--rate-per-project=0"];

/// What is asked of which process.
pub(crate) struct Mode {
    pub(crate) name: &'static str,
    pub(crate) to: SocketAddr,
    pub(crate) process: u32,
    pub(crate) requests: Rc<Vec<Vec<u8>>>,
}

/// The echo, and the server with a spool and without.
pub(crate) struct Servers {
    echo: Echo,
    spooled: Server,
    direct: Server,
    tokens: Vec<String>,
    grants: usize,
    /// What the server with a spool took before it had the project.
    empty: u64,
    _directories: [TempDir; 2],
}

struct Echo {
    process: Child,
    to: SocketAddr,
}

impl Servers {
    /// Makes a project with the grants of `options` and starts everything.
    pub(crate) async fn start(options: &Options) -> Self {
        let binary = options.binary.as_deref().unwrap_or(BINARY);
        let directories = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [spool, direct] = directories.each_ref().map(TempDir::path);
        prepare(binary, spool, options.grants).await;
        for entry in std::fs::read_dir(spool).unwrap() {
            let entry = entry.unwrap();
            std::fs::copy(entry.path(), direct.join(entry.file_name())).unwrap();
        }
        let spooled = serve(binary, spool, &["--audit-spool=."]);
        let direct = serve(binary, direct, &[]);
        let empty = process::memory(spooled.process.id()).0;
        let tokens = requests::tokens(options.grants / project::BUCKETS);
        let echo = Echo::start();
        Self {
            echo,
            spooled,
            direct,
            tokens,
            grants: options.grants,
            empty,
            _directories: directories,
        }
    }

    /// The modes whose names begin with `only`, after the echo.
    pub(crate) fn modes(&self, only: &str) -> Vec<Mode> {
        let signs = Rc::new(requests::signs(&self.tokens));
        let hot = Rc::new(signs[..1].to_vec());
        let echo = Mode {
            name: "echo",
            to: self.echo.to,
            process: self.echo.process.id(),
            requests: Rc::clone(&signs),
        };
        let of = |name, server: &Server, requests: &Rc<Vec<Vec<u8>>>| Mode {
            name,
            to: server.url.trim_start_matches("http://").parse().unwrap(),
            process: server.process.id(),
            requests: Rc::clone(requests),
        };
        let ours = [
            of("sign", &self.spooled, &signs),
            of("sign-direct", &self.direct, &signs),
            of("sign-one-token", &self.spooled, &hot),
            of("check", &self.spooled, &Rc::new(requests::checks(&self.tokens))),
            of("batch-of-1000", &self.spooled, &Rc::new(requests::batches(&self.tokens))),
        ];
        let meant = ours.into_iter().filter(|mode| mode.name.starts_with(only));
        std::iter::once(echo).chain(meant).collect()
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

impl Echo {
    fn start() -> Self {
        let this = std::env::current_exe().unwrap();
        let mut process = Command::new(this).arg("--echo").stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        cores::pin(process.id(), cores::SERVERS);
        Self { to: line.trim().parse().unwrap(), process }
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// Makes the keys and the database of a server in `directory`.
async fn prepare(binary: &str, directory: &Path, grants: usize) {
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

fn serve(binary: &str, directory: &Path, more: &[&str]) -> Server {
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
