//! The state of a stack that was started once. Each stack on SQLite begins with a copy of it, which spares
//! it the making of keys, tables and accounts, and the probe of its storage.

use std::path::Path;

use sail_cargo_database::DatabaseUrl;
use sail_cargo_server::dev::{DevOptions, DevStack};
use tempfile::TempDir;
use tokio::sync::OnceCell;

const STATE: &str = "state";
const DATABASE: &str = "database";

static TEMPLATE: OnceCell<TempDir> = OnceCell::const_new();

/// Copies the template's state to the directory `state`, which is new, and the files of its database to
/// the directory `database`.
pub(crate) async fn copy(state: &Path, database: &Path) {
    let template = TEMPLATE.get_or_init(make).await.path();
    std::fs::create_dir(state).unwrap();
    copy_files(&template.join(STATE), state);
    copy_files(&template.join(DATABASE), database);
}

async fn make() -> TempDir {
    let template = tempfile::tempdir().unwrap();
    let database = template.path().join(DATABASE);
    std::fs::create_dir(&database).unwrap();
    let database = DatabaseUrl::Sqlite(database.join("cargo.db"));
    let state = template.path().join(STATE);
    let options = DevOptions { database: Some(database), ..DevOptions::default() };
    let stack = DevStack::start_with(&state, options).await.unwrap();
    stack.stop().await.unwrap();
    template
}

/// Copies what is in a directory, with its permissions.
fn copy_files(from: &Path, to: &Path) {
    std::fs::set_permissions(to, from.metadata().unwrap().permissions()).unwrap();
    for entry in from.read_dir().unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir(&to).unwrap();
            copy_files(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), &to).unwrap();
        }
    }
}
