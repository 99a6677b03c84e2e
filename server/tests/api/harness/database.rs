//! A fresh database for one test: an SQLite file, or a PostgreSQL database.

use sail_cargo_database::testing::{diesel, diesel_migrations};
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::LazyLock;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection as _;
use diesel::deserialize::QueryableByName;
use diesel::migration::MigrationVersion;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel::sqlite::{Sqlite, SqliteConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use sail_cargo_database::DatabaseUrl;

/// The kind of database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

/// The URL of a PostgreSQL superuser who may create test databases.
static POSTGRES: LazyLock<Option<String>> = LazyLock::new(|| {
    let url = std::env::var_os("TEST_POSTGRES_URL").filter(|url| !url.is_empty());
    url.map(|url| url.into_string().unwrap())
});

/// The kinds of databases to test on.
pub(crate) fn kinds() -> &'static [Kind] {
    static KINDS: LazyLock<&[Kind]> = LazyLock::new(|| {
        if POSTGRES.is_some() {
            return &[Kind::Sqlite, Kind::Postgres];
        }
        // Not `eprintln!`: the test harness captures its output.
        let notice = b"PostgreSQL is skipped: TEST_POSTGRES_URL is not set (scripts/postgres)\n";
        std::io::stderr().write_all(notice).ok();
        &[Kind::Sqlite]
    });
    &KINDS
}

/// The server's role in PostgreSQL. It is no superuser, so that row-level security binds it.
const ROLE: &str = "sail_cargo";

/// Creates the server's role, once for the whole cluster.
static ROLE_IS_THERE: LazyLock<()> = LazyLock::new(|| {
    let make = format!(
        "DO $$ BEGIN CREATE ROLE {ROLE} LOGIN; \
         EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
    );
    superuser().batch_execute(&make).unwrap();
});

/// A transaction that blocks writes of audit events. Dropping it ends it.
pub(crate) enum Barrier {
    Sqlite { _connection: SqliteConnection },
    Postgres { _connection: PgConnection },
}

/// A test database, deleted when dropped.
pub(crate) enum TestDatabase {
    Sqlite(tempfile::TempDir),
    Postgres(String),
}

impl TestDatabase {
    /// Creates a database without tables.
    pub(crate) fn create(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => Self::Sqlite(tempfile::tempdir().unwrap()),
            Kind::Postgres => {
                let name = format!("test_{}", uuid::Uuid::new_v4().simple());
                LazyLock::force(&ROLE_IS_THERE);
                let create = format!("CREATE DATABASE {name} OWNER {ROLE}");
                superuser().batch_execute(&create).unwrap();
                Self::Postgres(name)
            }
        }
    }

    /// Creates a database from the files in `directory`: an SQLite file, or the output of
    /// `pg_dump`.
    pub(crate) fn restore(kind: Kind, directory: &Path) -> Self {
        let database = Self::create(kind);
        match database.url() {
            DatabaseUrl::Sqlite(path) => {
                std::fs::copy(directory.join("cargo.db"), path).unwrap();
            }
            DatabaseUrl::Postgres(url) => {
                let dump = std::fs::read_to_string(directory.join("cargo.sql")).unwrap();
                connect(&url).batch_execute(&dump).unwrap();
            }
        }
        database
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Sqlite(_) => Kind::Sqlite,
            Self::Postgres(_) => Kind::Postgres,
        }
    }

    /// The server's URL of the database.
    pub(crate) fn url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite(directory) => DatabaseUrl::Sqlite(directory.path().join("cargo.db")),
            Self::Postgres(name) => {
                let mut url = reqwest::Url::parse(&postgres_url(name)).unwrap();
                url.set_username(ROLE).unwrap();
                DatabaseUrl::Postgres(url.into())
            }
        }
    }

    /// The URL of the PostgreSQL database when it is reached at `address`.
    pub(crate) fn url_at(&self, address: SocketAddr) -> DatabaseUrl {
        let DatabaseUrl::Postgres(url) = self.url() else { panic!("it is a file") };
        let mut url = reqwest::Url::parse(&url).unwrap();
        url.set_ip_host(address.ip()).unwrap();
        url.set_port(Some(address.port())).unwrap();
        DatabaseUrl::Postgres(url.into())
    }

    /// The address of PostgreSQL.
    pub(crate) fn address(&self) -> SocketAddr {
        let DatabaseUrl::Postgres(url) = self.url() else { panic!("it is a file") };
        let url = reqwest::Url::parse(&url).unwrap();
        SocketAddr::new(url.host_str().unwrap().parse().unwrap(), url.port().unwrap())
    }

    /// The URL for direct access as a superuser, to whom row-level security does not apply.
    fn superuser_url(&self) -> DatabaseUrl {
        match self {
            Self::Sqlite(_) => self.url(),
            Self::Postgres(name) => DatabaseUrl::Postgres(postgres_url(name)),
        }
    }

    /// Applies the SQL migrations up to `version`, without the steps that the server runs after
    /// them.
    pub(crate) fn migrate_to(&self, version: &str) {
        match self.url() {
            DatabaseUrl::Sqlite(path) => up_to(version, "sqlite", &mut sqlite(&path)),
            DatabaseUrl::Postgres(url) => up_to(version, "postgres", &mut connect(&url)),
        }
    }

    /// Runs SQL directly in the database.
    pub(crate) fn execute(&self, sql: &str) {
        match self.superuser_url() {
            DatabaseUrl::Sqlite(path) => sqlite(&path).batch_execute(sql).unwrap(),
            DatabaseUrl::Postgres(url) => connect(&url).batch_execute(sql).unwrap(),
        }
    }

    /// Overwrites the first page of an SQLite table and of its indexes, as a faulty disk might.
    pub(crate) fn damage(&self, table: &str) {
        #[derive(QueryableByName)]
        struct Page {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            number: i64,
        }
        let DatabaseUrl::Sqlite(path) = self.url() else { panic!("it is not a file") };
        self.execute("PRAGMA wal_checkpoint(TRUNCATE)");
        let query =
            format!("SELECT rootpage AS number FROM sqlite_master WHERE tbl_name = '{table}'");
        let file = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        for page in self.rows::<Page>(&query) {
            let place = u64::try_from(page.number - 1).unwrap() * 4096;
            std::os::unix::fs::FileExt::write_all_at(&file, &[0xA5; 4096], place).unwrap();
        }
    }

    /// Blocks writes of audit events as long as the barrier is held.
    pub(crate) fn barrier(&self) -> Barrier {
        match self.superuser_url() {
            DatabaseUrl::Sqlite(path) => {
                let mut connection = sqlite(&path);
                connection.batch_execute("BEGIN IMMEDIATE").unwrap();
                Barrier::Sqlite { _connection: connection }
            }
            DatabaseUrl::Postgres(url) => {
                let mut connection = connect(&url);
                connection
                    .batch_execute("BEGIN; LOCK TABLE audit_event IN EXCLUSIVE MODE")
                    .unwrap();
                Barrier::Postgres { _connection: connection }
            }
        }
    }

    /// Blocks changes of every project as long as the barrier is held.
    pub(crate) fn hold_heads(&self) -> Barrier {
        match self.superuser_url() {
            DatabaseUrl::Sqlite(_) => self.barrier(),
            DatabaseUrl::Postgres(url) => {
                let mut connection = connect(&url);
                connection.batch_execute("BEGIN; SELECT 1 FROM project_head FOR UPDATE").unwrap();
                Barrier::Postgres { _connection: connection }
            }
        }
    }

    /// Reads rows directly from the database.
    pub(crate) fn rows<R>(&self, sql: &str) -> Vec<R>
    where
        R: QueryableByName<Sqlite> + QueryableByName<Pg> + 'static,
    {
        match self.superuser_url() {
            DatabaseUrl::Sqlite(path) => diesel::sql_query(sql).load(&mut sqlite(&path)).unwrap(),
            DatabaseUrl::Postgres(url) => diesel::sql_query(sql).load(&mut connect(&url)).unwrap(),
        }
    }

    /// All stored data: the bytes of SQLite's files, or every row of every table.
    pub(crate) fn dump(&self) -> Vec<u8> {
        match self {
            Self::Sqlite(directory) => std::fs::read_dir(directory.path())
                .unwrap()
                .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
                .collect(),
            Self::Postgres(_) => {
                let tables = self.texts(
                    "SELECT tablename::text AS text FROM pg_tables WHERE schemaname = 'public'",
                );
                let rows = tables.iter().flat_map(|table| {
                    self.texts(&format!("SELECT row_to_json(t)::text AS text FROM {table} t"))
                });
                rows.collect::<Vec<_>>().join("\n").into_bytes()
            }
        }
    }

    /// Destroys the database while the server runs: drops it, or all tables of SQLite.
    pub(crate) fn destroy(&self) {
        match self {
            Self::Sqlite(_) => {
                let tables =
                    self.texts("SELECT name AS text FROM sqlite_master WHERE type = 'table'");
                let drops = tables.iter().map(|table| format!("DROP TABLE {table};"));
                self.execute(&format!("PRAGMA foreign_keys = OFF; {}", drops.collect::<String>()));
            }
            Self::Postgres(name) => drop_database(name),
        }
    }

    fn texts(&self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            text: String,
        }
        self.rows::<Row>(sql).into_iter().map(|row| row.text).collect()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Self::Postgres(name) = self {
            drop_database(name);
        }
    }
}

/// Drops a database and its connections. Ignores failures, which would hide an earlier one.
fn drop_database(name: &str) {
    if let Ok(mut connection) = PgConnection::establish(&postgres_url("postgres")) {
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        connection.batch_execute(&drop).ok();
    }
}

fn up_to<DB: Backend>(version: &str, directory: &str, harness: &mut impl MigrationHarness<DB>) {
    let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(directory);
    let migrations = FileBasedMigrations::from_path(migrations).unwrap();
    for migration in harness.pending_migrations(migrations).unwrap() {
        if migration.name().version() <= MigrationVersion::from(version) {
            harness.run_migration(&migration).unwrap();
        }
    }
}

fn superuser() -> PgConnection {
    connect(&postgres_url("postgres"))
}

/// The URL of the database `name` in the test cluster.
fn postgres_url(name: &str) -> String {
    let mut url = reqwest::Url::parse(POSTGRES.as_ref().unwrap()).unwrap();
    url.set_path(name);
    url.into()
}

fn connect(url: &str) -> PgConnection {
    PgConnection::establish(url).unwrap()
}

fn sqlite(path: &std::path::Path) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(path.to_str().unwrap()).unwrap();
    connection.batch_execute("PRAGMA busy_timeout = 10000").unwrap();
    connection
}
