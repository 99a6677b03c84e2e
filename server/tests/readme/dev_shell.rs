//! `sail-cargo dev` as a user starts it, and a shell beside it.

use std::io::{BufRead as _, BufReader, Lines};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

use crate::blocks::repository;
use crate::served::{BINARY, Said};

/// The port of `dev` in the README.
const README_PORT: u16 = 8080;
/// The port of the gateway in the README.
const README_GATEWAY: u16 = 9000;
/// The number of ports: those of `dev`, one for a server beside it, and the gateway's.
pub(crate) const PORTS: u16 = 4;

pub(crate) struct DevShell {
    dev: Child,
    pub(crate) port: u16,
    pub(crate) directory: TempDir,
    /// The commands that `dev` suggests: before the tour, and after it.
    pub(crate) invitation: String,
}

impl DevShell {
    /// Starts `dev`, and waits until its tour is over.
    pub(crate) fn set() -> Self {
        // Another process may take a port first.
        (0..5).find_map(|_| Self::try_set(free_ports(PORTS))).expect("`dev` does not start")
    }

    fn try_set(port: u16) -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let mut dev = Command::new(BINARY);
        dev.env_clear().current_dir(directory.path()).args(["dev", "--port", &port.to_string()]);
        dev.args(["--gateway-port", &(port + PORTS - 1).to_string()]);
        let mut dev = dev.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(dev.stdout.take().unwrap()).lines();
        let mut shell = Self { dev, port, directory, invitation: String::new() };
        shell.read(&mut lines, "$AWS_SECRET_ACCESS_KEY")?;
        lines.find(|line| line.as_ref().unwrap().starts_with("It stays up"))?.unwrap();
        shell.read(&mut lines, "audit-events")?;
        // The output must be read, or `dev` would block on it.
        std::thread::spawn(move || lines.count());
        Some(shell)
    }

    /// Adds lines of `dev` to the commands that it suggests, until one has `last` in it.
    fn read(&mut self, lines: &mut Lines<BufReader<ChildStdout>>, last: &str) -> Option<()> {
        while !self.invitation.contains(last) {
            self.invitation += &(lines.next()?.unwrap() + "\n");
        }
        Some(())
    }

    /// A text of the README with the ports of this `dev`.
    pub(crate) fn here(&self, text: &str) -> String {
        let others = (0..PORTS - 1).map(|next| (README_PORT + next, self.port + next));
        let ports = others.chain([(README_GATEWAY, self.port + PORTS - 1)]);
        ports.fold(text.to_owned(), |text, (theirs, ours)| {
            text.replace(&theirs.to_string(), &ours.to_string())
        })
    }

    /// Runs a script in a new shell in the directory of `dev`, with `sail-cargo` on the PATH. The
    /// script ends at the first command that fails.
    pub(crate) fn shell(&self, script: &str) -> Said {
        let binaries = Path::new(BINARY).parent().unwrap().display().to_string();
        let mut shell = self.command("bash");
        shell.args(["-euo", "pipefail", "-c", &self.here(script)]).stdin(Stdio::null());
        let others = std::env::var("PATH").unwrap_or_default();
        let clients = clients().display().to_string();
        shell.env("PATH", format!("{binaries}:/usr/bin:/bin:{others}:{clients}"));
        Said::of(&shell.output().unwrap())
    }

    /// A program in that directory, with an almost empty environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir(self.directory.path()).env("HOME", self.directory.path());
        command.env("SAIL_CARGO_URL", self.here("http://127.0.0.1:8080"));
        command
    }

    /// The id of a demo user, by its variable in the file that has the ids.
    pub(crate) fn id_of(&self, variable: &str) -> String {
        let ids = self.kept("users.env");
        let start = format!("export {variable}=");
        ids.lines().find_map(|line| line.strip_prefix(&start)).unwrap().to_owned()
    }

    /// A file in the state directory of `dev`.
    pub(crate) fn kept(&self, name: &str) -> String {
        let path = self.directory.path().join(".sail-cargo").join(name);
        std::fs::read_to_string(path).unwrap().trim().to_owned()
    }
}

impl Drop for DevShell {
    fn drop(&mut self) {
        self.dev.kill().ok();
        self.dev.wait().ok();
    }
}

/// Where `./test` installs S3 clients.
pub(crate) fn clients() -> PathBuf {
    repository().join("target/tools/s3-clients/bin")
}

/// The first of `count` consecutive free ports. They do not overlap with the README's, and are below those that Linux
/// gives to connections.
pub(crate) fn free_ports(count: u16) -> u16 {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    let random = || u16::from_be_bytes(*uuid::Uuid::new_v4().as_bytes().first_chunk().unwrap());
    std::iter::repeat_with(|| 20_000 + random() % 8_000)
        .find(|port| (0..count).all(|next| is_free(port + next)))
        .unwrap()
}
