//! A server of the binary's own, and commands to it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_sail-cargo");

pub(crate) struct Stage {
    pub(crate) directory: TempDir,
    pub(crate) url: String,
    server: Child,
    environment: Environment,
}

/// Variables of the server's and the commands' environment.
pub(crate) type Environment = Vec<(&'static str, String)>;

/// What a command said, and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    pub(crate) fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout.clone()).unwrap(),
            err: String::from_utf8(output.stderr.clone()).unwrap(),
        }
    }

    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let said = self.ok();
        serde_json::from_str(&said.out).unwrap_or_else(|error| panic!("{error}: {}", said.out))
    }
}

impl Stage {
    /// Bootstraps a database at the command line, and serves it.
    pub(crate) fn set() -> Self {
        Self::set_with(&[])
    }

    /// The same, with more arguments to `serve`.
    pub(crate) fn set_with(more: &[&str]) -> Self {
        Self::set_with_files(&[], more)
    }

    /// The same, with files beside the database.
    pub(crate) fn set_with_files(files: &[(&str, &str)], more: &[&str]) -> Self {
        Self::set_in(Vec::new(), files, more)
    }

    /// The same, in an environment.
    pub(crate) fn set_in(environment: Environment, files: &[(&str, &str)], more: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let bare =
            |args: &[&str]| Said::of(&command(directory.path()).args(args).output().unwrap());
        let keep = |name: &str, text: &str| {
            std::fs::write(directory.path().join(name), text).unwrap();
        };
        keep("master.key", &bare(&["keys", "master"]).ok().out);
        keep("operator.key", &bare(&["keys", "operator"]).ok().out);
        keep("secret", "a-secret-of-the-storage");
        for (name, text) in files {
            keep(name, text);
        }
        bare(&["migrate"]).ok();
        let store = [
            "stores",
            "put",
            "main",
            "--endpoint",
            "http://127.0.0.1:9",
            "--access-key-id",
            "AKIA1",
            "--secret-file",
            "secret",
            "--no-probe",
        ];
        bare(&store).ok();
        bare(&["projects", "create", "sail", "--store", "main"]).ok();
        keep("root.key", &bare(&["keys", "create", "sail", "--name", "root"]).ok().out);
        let (server, url) = serve(directory.path(), more, &environment);
        Self { directory, url, server, environment }
    }

    /// Kills the server, which is not asked, and starts another.
    pub(crate) fn kill_and_serve(&mut self, more: &[&str]) {
        self.kill();
        (self.server, self.url) = serve(self.directory.path(), more, &self.environment);
    }

    /// The server's process id.
    pub(crate) fn process(&self) -> u32 {
        self.server.id()
    }

    /// Kills the server (SIGKILL).
    pub(crate) fn kill(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }

    /// Asks the server to stop (SIGTERM), and waits until it has.
    pub(crate) fn terminate(&mut self) {
        let process = self.server.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
        self.server.wait().unwrap();
    }

    /// Runs a command as the application.
    pub(crate) fn root(&self, args: &[&str]) -> Said {
        self.run("root.key", args, None)
    }

    /// Runs a command as the operator.
    pub(crate) fn operator(&self, args: &[&str]) -> Said {
        self.run("operator.key", args, None)
    }

    /// Runs a command with something on its standard input.
    pub(crate) fn fed(&self, args: &[&str], text: &str) -> Said {
        self.run("root.key", args, Some(text))
    }

    /// Runs a command with the key in that file.
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

impl Drop for Stage {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Starts the server, and waits until it says where it listens.
fn serve(directory: &Path, more: &[&str], environment: &Environment) -> (Child, String) {
    let mut server = command(directory)
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .args(["serve", "--listen", "127.0.0.1:0", "--socket", "cargo.sock"])
        .args(more)
        .env("SAIL_CARGO_OPERATOR_KEY_FILE", "operator.key")
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap());
    let mut line = String::new();
    let url = loop {
        line.clear();
        assert_ne!(log.read_line(&mut line).unwrap(), 0, "the server stopped");
        if let Some((_, rest)) = line.split_once("http://127.0.0.1:") {
            let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
            break format!("http://127.0.0.1:{port}");
        }
    };
    // Whoever stops reading a log stops its writer.
    std::thread::spawn(move || {
        std::io::copy(&mut log, &mut std::io::sink()).ok();
    });
    (server, url)
}

pub(crate) fn command(directory: &Path) -> Command {
    let mut command = Command::new(BINARY);
    command
        .current_dir(directory)
        .env_clear()
        .env("SAIL_CARGO_MASTER_KEY_FILE", "master.key")
        .env("DATABASE_URL", "sqlite:cargo.db");
    command
}
