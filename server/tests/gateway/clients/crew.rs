//! A client's script, run against a gateway with four access keys.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sail_cargo_client::protocol::{CreatedAccessKey, Permission};

use crate::gateway_stack::{BUCKET, GatewayStack};
use crate::storages::{self, Kind, Storage};

/// The directory of the Python clients' programs.
const PYTHON_CLIENTS: &str = "TEST_S3_CLIENTS";
/// The binary of rclone.
const RCLONE: &str = "TEST_RCLONE";
/// What the user with a grant of a prefix holds.
const HOME: &str = "home/nav/";

/// A client, and the script that uses it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Client {
    /// A program of [`PYTHON_CLIENTS`].
    Python {
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
    /// Runs the script in front of a storage. Prints that it is skipped where the client or the storage
    /// is missing. Panics, with what the script printed, if it fails.
    pub(super) async fn works_before(self, kind: Kind) {
        let Some(program) = self.program() else { return };
        let Some(storage) = Storage::start(kind).await else { return };
        let test = GatewayStack::before(&storage).await;
        let environment = environment(&test).await;
        let mut command = self.command(&program);
        let directory = tempfile::tempdir().unwrap();
        command.current_dir(directory.path()).env("HOME", directory.path());
        command.env("PROGRAM", &program).envs(environment);
        // The gateway answers in this runtime meanwhile.
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        assert!(output.status.success(), "{self:?} before {}:\n{}", kind.name(), printed(&output));
    }

    /// The client's program, if it is there. If not, prints that it is skipped.
    fn program(self) -> Option<PathBuf> {
        let named = |variable, who: &str| {
            storages::is_set(variable, who).then(|| storages::binary(variable).unwrap().into())
        };
        match self {
            Self::Python { program, script } => {
                named(PYTHON_CLIENTS, script).map(|directory: PathBuf| directory.join(program))
            }
            Self::Rclone { script } => named(RCLONE, script),
            Self::Curl { .. } => Some("curl".into()),
        }
    }

    fn command(self, program: &Path) -> Command {
        let (Self::Python { script, .. } | Self::Rclone { script } | Self::Curl { script }) = self;
        let is_python = Path::new(script).extension().is_some_and(|end| end == "py");
        let mut command = Command::new(if is_python { program } else { Path::new("bash") });
        let scripts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateway/clients");
        command.arg(scripts.join(script));
        command
    }
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
        (format!("{name}_SECRET"), key.secret_access_key.clone()),
    ]
}

fn printed(output: &Output) -> String {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}
