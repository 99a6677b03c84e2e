//! The real binary: its commands, a database set up with them, and a server on it.

use std::fs::Permissions;
use std::io::{BufRead as _, BufReader, Error, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_sail-cargo");
/// The endpoint of the store; nothing listens there.
pub(crate) const ENDPOINT: &str = "http://127.0.0.1:9";

/// The output and exit code of a command.
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

/// A command of the binary, in a directory with its files and database.
pub(crate) fn command(directory: &Path) -> Command {
    command_of(BINARY, directory)
}

/// Like [`command`], for another binary.
pub(crate) fn command_of(binary: &str, directory: &Path) -> Command {
    let mut command = Command::new(binary);
    command
        .current_dir(directory)
        .env_clear()
        // Whoever runs the tests may have signed in somewhere.
        .env("XDG_CONFIG_HOME", directory.join("config"))
        .env("SAIL_CARGO_MASTER_KEY_FILE", "master.key")
        .env("DATABASE_URL", "sqlite:cargo.db");
    command
}

/// Creates the key files and, in a new database, the store `main` and the project `sail`, whose key
/// is in `root.key`.
pub(crate) fn set_up(directory: &Path, command: impl Fn() -> Command) {
    let run = |args: &[&str]| Said::of(&command().args(args).output().unwrap()).ok().out;
    let keep = |name: &str, text: &str| {
        let path = directory.join(name);
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
    };
    keep("master.key", &run(&["keys", "master"]));
    keep("operator.key", &run(&["keys", "operator"]));
    keep("secret", "a-secret-of-the-storage");
    run(&["migrate"]);
    let store = ["stores", "put", "main", "--no-probe", "--endpoint", ENDPOINT];
    let account = ["--access-key-id", "AKIA1", "--secret-file", "secret"];
    run(&[store.as_slice(), &account].concat());
    run(&["projects", "create", "sail", "--store", "main"]);
    keep("root.key", &run(&["keys", "create", "sail", "--name", "root"]));
}

/// A running server, killed when dropped.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) process: Child,
}

impl Server {
    /// Starts the server on a free port, and waits until it reports the port. Its log goes to
    /// `log`.
    ///
    /// # Errors
    /// An I/O error, if the process exits before it listens.
    pub(crate) fn start(
        mut command: Command,
        more: &[&str],
        mut log: impl Write + Send + 'static,
    ) -> Result<Self, Error> {
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(more);
        command.env("SAIL_CARGO_OPERATOR_KEY_FILE", "operator.key");
        let mut process = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn()?;
        let mut lines = BufReader::new(process.stderr.take().unwrap());
        let mut server = Self { url: String::new(), process };
        let mut line = String::new();
        while server.url.is_empty() {
            line.clear();
            if lines.read_line(&mut line)? == 0 {
                return Err(Error::other("the server ends before it listens"));
            }
            log.write_all(line.as_bytes())?;
            for scheme in ["http", "https"] {
                let before = format!("listening on {scheme}://127.0.0.1:");
                if let Some((_, rest)) = line.split_once(&before) {
                    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
                    server.url = format!("{scheme}://127.0.0.1:{port}");
                }
            }
        }
        // The log must be read, or the server would block on it.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut log).ok());
        Ok(server)
    }

    /// Kills the process (SIGKILL).
    pub(crate) fn kill(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}
