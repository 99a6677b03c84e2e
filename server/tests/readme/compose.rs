//! Tests the parts of `docker/`: the services of compose, and the files prepared for them. Docker
//! is not needed.

use sail_cargo_database::testing::diesel;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::process::Command;

use diesel::connection::SimpleConnection as _;
use diesel::deserialize::QueryableByName;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool};
use serde_json::Value;

use crate::blocks::repository;
use crate::served::{BINARY, Said};

/// The id of the user `nonroot` in distroless images.
const NONROOT: u32 = 65_532;

fn compose() -> Value {
    let text = std::fs::read_to_string(repository().join("docker/compose.yaml")).unwrap();
    yaml_serde::from_str(&text).unwrap()
}

#[test]
fn compose_publishes_ports_on_this_machine_only() {
    let compose = compose();
    let services = compose["services"].as_object().unwrap();
    let ports = services.values().filter_map(|service| service["ports"].as_array()).flatten();
    let ports: Vec<_> = ports.map(|port| port.as_str().unwrap()).collect();
    assert_eq!(ports, ["127.0.0.1:8080:8080"]);
}

#[test]
fn compose_gives_cargo_a_role_that_is_not_the_images_superuser() {
    let compose = compose();
    let [postgres, cargo] = ["postgres", "cargo"].map(|name| &compose["services"][name]);
    let variables = &postgres["environment"];
    assert_eq!((variables.get("POSTGRES_USER"), variables.get("POSTGRES_DB")), (None, None));
    let script = "./role.sql:/docker-entrypoint-initdb.d/role.sql:ro";
    assert!(postgres["volumes"].as_array().unwrap().iter().any(|mount| mount == script));
    let url = cargo["environment"]["SAIL_CARGO_DATABASE_URL"].as_str().unwrap();
    assert!(url.starts_with("postgres://cargo:${CARGO_DATABASE_PASSWORD"), "{url}");
    assert_eq!(cargo["environment"]["SAIL_CARGO_MASTER_KEY_FILE"], "/run/secrets/master_key");
    for secret in compose["secrets"].as_object().unwrap().values() {
        assert!(secret["file"].as_str().unwrap().starts_with("./secrets/"), "{secret}");
    }
}

/// Runs `docker/prepare` in a directory. The shell reads the script, because executing a file that
/// was just written fails if another test's process inherited its open descriptor.
fn prepare(directory: &Path) {
    std::fs::copy(repository().join("docker/prepare"), directory.join("prepare")).unwrap();
    Said::of(&Command::new("sh").arg("./prepare").current_dir(directory).output().unwrap()).ok();
}

#[test]
fn what_prepare_makes_the_images_user_can_read_and_nobody_else() {
    if !rustix::process::geteuid().is_root() {
        // Only root can change the owner of files; another user would be asked for a password.
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    prepare(directory.path());
    let facts = |name: &str| {
        let metadata = path(name).metadata().unwrap();
        (metadata.uid(), metadata.permissions().mode() & 0o777)
    };
    assert_eq!(facts("secrets/master.key"), (NONROOT, 0o600));
    for name in ["secrets/postgres.password", ".env"] {
        assert_eq!(facts(name).1, 0o600, "{name}");
    }
    assert_eq!(facts("secrets").1, 0o700);
    let read = || {
        [".env", "secrets/master.key", "secrets/postgres.password"]
            .map(|name| std::fs::read(path(name)).unwrap())
    };
    let made = read();
    prepare(directory.path());
    assert!(read() == made, "what is there stays");

    // The file holds a valid key.
    let mut migrate = Command::new(BINARY);
    migrate.env_clear().current_dir(directory.path()).args(["migrate"]);
    migrate.env("SAIL_CARGO_DATABASE_URL", "sqlite:cargo.db");
    Said::of(&migrate.output().unwrap()).ok();
    let mut stores = Command::new(BINARY);
    stores.env_clear().current_dir(directory.path()).args(["stores", "list"]);
    stores.env("SAIL_CARGO_DATABASE_URL", "sqlite:cargo.db");
    stores.env("SAIL_CARGO_MASTER_KEY_FILE", "secrets/master.key");
    Said::of(&stores.output().unwrap()).ok();
}

#[derive(QueryableByName)]
struct Role {
    #[diesel(sql_type = Bool)]
    rolsuper: bool,
    #[diesel(sql_type = Bool)]
    rolbypassrls: bool,
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A database created by the script for one test, as the role `cargo` sees it.
struct Made {
    superuser: String,
    name: String,
}

impl Made {
    /// Runs `docker/role.sql` on the tests' PostgreSQL, with unique names.
    fn make(superuser: &str) -> Self {
        let name = format!("cargo_{}", uuid::Uuid::new_v4().simple());
        let script = std::fs::read_to_string(repository().join("docker/role.sql")).unwrap();
        let script = script
            .replace("ROLE cargo ", &format!("ROLE {name} "))
            .replace("DATABASE cargo ", &format!("DATABASE {name} "))
            .replace("OWNER cargo", &format!("OWNER {name}"));
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), script).unwrap();
        let mut psql = Command::new("psql");
        psql.args(["--no-psqlrc", superuser, "-f"]).arg(file.path());
        psql.env("CARGO_DATABASE_PASSWORD", "it's \"odd\"");
        Said::of(&psql.output().unwrap()).ok();
        Self { superuser: superuser.to_owned(), name }
    }

    fn url(&self) -> String {
        let mut url = reqwest::Url::parse(&self.superuser).unwrap();
        url.set_username(&self.name).unwrap();
        url.set_path(&self.name);
        url.into()
    }

    fn run(&self, directory: &Path, args: &[&str]) -> Said {
        let mut command = Command::new(BINARY);
        command.env_clear().current_dir(directory).args(args);
        command.env("SAIL_CARGO_DATABASE_URL", self.url()).env("SAIL_CARGO_STORE_SECRET", "s");
        command.env("SAIL_CARGO_MASTER_KEY_FILE", "master.key");
        Said::of(&command.output().unwrap()).ok()
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        if let Ok(mut superuser) = PgConnection::establish(&self.superuser) {
            let Self { name, .. } = self;
            superuser.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).ok();
            superuser.batch_execute(&format!("DROP ROLE {name}")).ok();
        }
    }
}

#[test]
fn row_level_security_binds_the_role_that_compose_makes() {
    let Some(superuser) = std::env::var("TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())
    else {
        return;
    };
    let made = Made::make(&superuser);
    let directory = tempfile::tempdir().unwrap();
    let key = made.run(directory.path(), &["keys", "master"]).out;
    std::fs::write(directory.path().join("master.key"), key).unwrap();
    made.run(directory.path(), &["migrate"]);
    let store = ["stores", "put", "main", "--no-probe", "--endpoint", "http://127.0.0.1:9"];
    made.run(directory.path(), &[&store[..], &["--access-key-id", "a"]].concat());
    made.run(directory.path(), &["projects", "create", "photos", "--store", "main"]);
    made.run(directory.path(), &["keys", "create", "photos", "--name", "root"]);

    let mut cargo = PgConnection::establish(&made.url()).unwrap();
    let role = "SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user";
    let role: Role = diesel::sql_query(role).get_result(&mut cargo).unwrap();
    assert!(!role.rolsuper && !role.rolbypassrls);
    let count = |connection: &mut PgConnection| -> i64 {
        let keys = "SELECT count(*) AS count FROM api_key";
        diesel::sql_query(keys).get_result::<Rows>(connection).unwrap().count
    };
    assert_eq!(count(&mut cargo), 0, "of no project in particular");
    let mut url = reqwest::Url::parse(&superuser).unwrap();
    url.set_path(&made.name);
    assert_eq!(count(&mut PgConnection::establish(url.as_str()).unwrap()), 1, "it is there");
}
