//! A client's script, run against a gateway with four access keys.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sail_cargo_client::protocol::{CreatedAccessKey, Permission};

use crate::database;
use crate::gateway_stack::{BUCKET, GatewayStack};
use crate::storages::{self, Kind, Storage};

/// The directory with the clients' `bin` and `node_modules`.
const CLIENTS: &str = "TEST_S3_CLIENTS";
/// The binary of rclone.
const RCLONE: &str = "TEST_RCLONE";
/// What the user with a grant of a prefix holds.
const HOME: &str = "home/nav/";

/// A client, and the script that uses it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Client {
    /// A program in [`CLIENTS`].
    Installed {
        program: &'static str,
        script: &'static str,
    },
    Rclone {
        script: &'static str,
    },
    Curl {
        script: &'static str,
    },
}

impl Client {
    pub(super) const fn installed(program: &'static str, script: &'static str) -> Self {
        Self::Installed { program, script }
    }

    /// Runs the script in front of a storage. Panics, with what the script printed, if it fails, and if
    /// the client or the storage is not there.
    pub(super) async fn works_before(self, kind: Kind, database: database::Kind) {
        let program = self.program();
        let storage = Storage::start(kind).await.unwrap_or_else(|| {
            panic!("{} is not there: set the variables that `./test` sets", kind.name())
        });
        let test = GatewayStack::before_on(&storage, database).await;
        let environment = environment(&test).await;
        let mut command = self.command(&program);
        let directory = tempfile::tempdir().unwrap();
        command.current_dir(directory.path()).env("HOME", directory.path());
        command.env("PROGRAM", &program).env("STORAGE", kind.name()).envs(environment);
        // The gateway answers in this runtime meanwhile.
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        let before = kind.name();
        assert!(
            output.status.success(),
            "{self:?} before {before} on {database:?}:\n{}",
            printed(&output)
        );
    }

    /// The client's program. Panics if it is not there.
    fn program(self) -> PathBuf {
        let program = match self {
            Self::Installed { program, .. } => named(CLIENTS).join("bin").join(program),
            Self::Rclone { .. } => named(RCLONE),
            Self::Curl { .. } => return "curl".into(),
        };
        assert!(program.exists(), "{} is not there: `./test` installs it", program.display());
        program
    }

    fn command(self, program: &Path) -> Command {
        let (Self::Installed { script, .. } | Self::Rclone { script } | Self::Curl { script }) =
            self;
        let is_shell = Path::new(script).extension().is_some_and(|end| end == "sh");
        let mut command = Command::new(if is_shell { Path::new("bash") } else { program });
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateway/clients");
        command.arg(scripts.join(script));
        command
    }
}

/// The path in a variable. Panics where it is not set.
fn named(variable: &str) -> PathBuf {
    let path = storages::binary(variable).unwrap_or_else(|| {
        panic!(
            "{variable} is not set: `./test` installs the clients below target/tools and sets it"
        )
    });
    path.into()
}

/// Where the gateway is, and the access keys: of the application, of a user who may do everything in the
/// bucket, of one who holds a prefix, and of one who holds nothing.
async fn environment(test: &GatewayStack) -> Vec<(String, String)> {
    let all = [Permission::Read, Permission::Write, Permission::Delete];
    test.grant("ada", "", &all).await;
    test.grant("nav", HOME, &all).await;
    let mut environment = vec![
        ("ENDPOINT".to_owned(), test.stack.gateway_url.clone()),
        ("BUCKET".to_owned(), BUCKET.to_owned()),
    ];
    for (name, user) in
        [("ROOT", None), ("ADA", Some("ada")), ("NAV", Some("nav")), ("BOB", Some("bob"))]
    {
        environment.extend(variables(name, &test.key(user).await));
    }
    environment
}

fn variables(name: &str, key: &CreatedAccessKey) -> [(String, String); 2] {
    [
        (format!("{name}_ID"), key.stored.access_key_id.clone()),
        (format!("{name}_SECRET"), key.secret.expose().to_owned()),
    ]
}

fn printed(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}
