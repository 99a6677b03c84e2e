#![doc = include_str!("../README.md")]

pub mod ailment;
mod auth_seal;
pub mod chain;
pub mod change_log;
mod columns;
mod connection;
mod database;
mod error;
mod grip;
pub mod history;
mod migrate;
mod patience;
pub mod pool;
mod private_file;
mod probe_record;
pub mod project_writer;
mod schema;
mod session_seal;
pub mod snapshot_reader;
mod spare_room;
pub mod tables;
pub mod tenancy;
pub mod transaction;
mod url;
mod vault;

use sail_cargo_domain as domain;

/// The underlying library, for tests that inspect a database directly.
#[cfg(feature = "testing")]
pub mod testing {
    pub use diesel;
    pub use diesel_migrations;
}

pub use auth_seal::{AuthSeal, InvitationClaim, RefreshClaim};
pub use connection::{DbConnection, STATEMENT_LIMIT};
pub use database::Database;
pub use error::{Busy, DatabaseError, QueryError};
pub use migrate::{MigrationError, NewerSchema, Schema, schema_state};
pub use patience::StatementPatience;
pub use pool::QueryHandle;
pub use session_seal::{SealedSession, SessionSeal};
pub use snapshot_reader::SnapshotReader;
pub use tables::changes::LoggedChange;
pub use tables::kept_ceilings::KeptCeiling;
pub use tables::storage_accounts::NewStore;
pub use url::DatabaseUrl;
pub use vault::{DerivedKey, InvalidMasterKey, MasterKey};

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    /// The crates that this crate must not depend on.
    const ABOVE: [&str; 6] = [
        "sail_cargo_protocol",
        "sail_cargo_client",
        "sail_cargo_middleware",
        "sail_cargo_transfer",
        "sail_cargo_server",
        "actix",
    ];

    fn here() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR"))
    }

    fn read(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn the_database_knows_nothing_of_the_wire_or_the_server() {
        let manifest = read(&here().join("Cargo.toml"));
        for crate_name in ABOVE.map(|name| name.replace('_', "-")) {
            assert!(!manifest.contains(&crate_name), "{crate_name}");
        }
        let files = sources(&here().join("src"));
        assert!(files.len() > 40, "only {} files were read", files.len());
        for file in files.iter().filter(|file| !file.ends_with("lib.rs")) {
            let text = read(file);
            let found = ABOVE.iter().find(|name| text.contains(*name));
            assert!(found.is_none(), "{}: {found:?}", file.display());
        }
    }

    #[test]
    fn no_other_crate_sees_diesel() {
        let workspace = here().parent().unwrap();
        let manifests = workspace.read_dir().unwrap();
        let manifests = manifests.map(|entry| entry.unwrap().path().join("Cargo.toml"));
        let manifests: Vec<PathBuf> = manifests.filter(|path| path.is_file()).collect();
        assert!(manifests.len() > 4, "{manifests:?}");
        for manifest in manifests.iter().filter(|path| !path.starts_with(here())) {
            assert!(!read(manifest).contains("diesel"), "{}", manifest.display());
        }
    }

    fn sources(directory: &Path) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }
}
