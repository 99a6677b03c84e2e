//! A server process for a test, and commands to it.

use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;

#[cfg(feature = "dev")]
pub(crate) use crate::served::BINARY;
pub(crate) use crate::served::{Said, command};
use crate::served::{Server, set_up};

pub(crate) struct TestStack {
    // Dropped before the directory with its files.
    server: Server,
    pub(crate) directory: TempDir,
    pub(crate) url: String,
    environment: Environment,
}

/// Environment variables for the server and the commands.
pub(crate) type Environment = Vec<(&'static str, String)>;

impl TestStack {
    /// Sets up a database at the command line, and starts a server on it.
    pub(crate) fn set() -> Self {
        Self::set_with(&[])
    }

    /// Like [`TestStack::set`], with more arguments to `serve`.
    pub(crate) fn set_with(more: &[&str]) -> Self {
        Self::set_with_files(&[], more)
    }

    /// Like [`TestStack::set_with`], with files beside the database.
    pub(crate) fn set_with_files(files: &[(&str, &str)], more: &[&str]) -> Self {
        Self::set_in(Vec::new(), files, more)
    }

    /// Like [`TestStack::set_with_files`], with environment variables.
    pub(crate) fn set_in(environment: Environment, files: &[(&str, &str)], more: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        set_up(directory.path(), || command(directory.path()));
        for (name, text) in files {
            std::fs::write(directory.path().join(name), text).unwrap();
        }
        let server = serve(directory.path(), more, &environment);
        Self { directory, url: server.url.clone(), server, environment }
    }

    /// Kills the server without warning, and starts another.
    pub(crate) fn kill_and_serve(&mut self, more: &[&str]) {
        self.kill();
        self.server = serve(self.directory.path(), more, &self.environment);
        self.url.clone_from(&self.server.url);
    }

    /// The server's process id.
    pub(crate) fn process(&self) -> u32 {
        self.server.process.id()
    }

    /// Kills the server (SIGKILL).
    pub(crate) fn kill(&mut self) {
        self.server.kill();
    }

    /// Asks the server to stop (SIGTERM), and waits until it has.
    pub(crate) fn terminate(&mut self) {
        let process = self.process().to_string();
        let kill = std::process::Command::new("kill").args(["-TERM", &process]).status();
        assert!(kill.unwrap().success());
        self.server.process.wait().unwrap();
    }

    /// Runs a command with the application's key.
    pub(crate) fn root(&self, args: &[&str]) -> Said {
        self.run("root.key", args, None)
    }

    /// Runs a command with the operator's key.
    pub(crate) fn operator(&self, args: &[&str]) -> Said {
        self.run("operator.key", args, None)
    }

    /// Runs a command with this text on its standard input.
    pub(crate) fn fed(&self, args: &[&str], text: &str) -> Said {
        self.run("root.key", args, Some(text))
    }

    /// Runs a command with the key in the file `key`.
    pub(crate) fn run(&self, key: &str, args: &[&str], text: Option<&str>) -> Said {
        let mut command = command(self.directory.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.args(args).env("SAIL_CARGO_URL", &self.url).env("SAIL_CARGO_API_KEY_FILE", key);
        let Some(text) = text else { return Said::of(&command.output().unwrap()) };
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        Said::of(&child.wait_with_output().unwrap())
    }
}

fn serve(directory: &Path, more: &[&str], environment: &Environment) -> Server {
    let mut command = command(directory);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    let more = [&["--socket", "cargo.sock"], more].concat();
    Server::start(command, &more, std::io::sink()).unwrap()
}

/// Demands that the text is on standard error.
#[track_caller]
pub(crate) fn says(said: &Said, text: &str) {
    assert!(said.err.contains(text), "{text:?} is not in {said:?}");
}

/// Demands exit code 1, and the text on standard error.
#[track_caller]
pub(crate) fn fails(said: &Said, text: &str) {
    assert_eq!(said.code, 1, "{said:?}");
    says(said, text);
}
