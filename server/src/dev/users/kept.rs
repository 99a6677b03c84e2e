//! What the state directory keeps of the demo users: their password, their ids, and where they sign in.

use std::fmt::Write as _;
use std::path::Path;

use super::super::config::secret;
use super::super::error::DevStackError;
use super::super::private_file;
use super::{DemoTokens, DemoUsers};
use crate::domain::Secret;

/// The file that keeps the one password of all demo users.
const PASSWORD: &str = "users.password";
/// The file that keeps their ids, as a shell reads them.
const IDS: &str = "users.env";
/// The file that says where the server is.
const URL: &str = "url";

/// The demo users of a stack that was started, as the state directory knows them.
#[derive(Debug)]
pub struct KeptUsers {
    url: String,
    password: Secret,
}

/// There are no demo users.
#[derive(Debug, thiserror::Error)]
pub enum NoDemoUsers {
    /// No stack was started in the directory.
    #[error("there are no demo users in {0}: run `sail-cargo dev`")]
    NotStarted(String),
    /// A file cannot be read.
    #[error("cannot read {0}")]
    File(String, #[source] std::io::Error),
}

/// The password, which is made the first time.
pub(in crate::dev) fn password(directory: &Path) -> Result<Secret, DevStackError> {
    secret(directory, PASSWORD)
}

/// Keeps the ids of the users, and the URL of their server.
pub(in crate::dev) fn keep(
    directory: &Path,
    users: &DemoUsers,
    url: &str,
) -> Result<(), DevStackError> {
    let mut ids = String::new();
    for account in &users.accounts {
        writeln!(ids, "export {}={}", account.username.to_uppercase(), account.id)?;
    }
    private_file::replace(&directory.join(IDS), &ids)?;
    Ok(private_file::replace(&directory.join(URL), url)?)
}

impl KeptUsers {
    /// Reads what a started stack keeps in `directory`.
    ///
    /// # Errors
    /// [`NoDemoUsers`] if none was started there, or a file cannot be read.
    pub fn read(directory: &Path) -> Result<Self, NoDemoUsers> {
        let read = |name: &str| {
            let path = directory.join(name);
            let text = private_file::read(&path)
                .map_err(|error| NoDemoUsers::File(path.display().to_string(), error))?;
            let none = || NoDemoUsers::NotStarted(directory.display().to_string());
            text.map(|text| text.trim().to_owned()).ok_or_else(none)
        };
        Ok(Self { password: Secret::new(read(PASSWORD)?), url: read(URL)? })
    }

    /// The URL of the server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The tokens of a user.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn tokens(&self, name: &str) -> Result<DemoTokens, sail_cargo_client::Error> {
        DemoTokens::new(&self.url, name, &self.password)
    }
}
