//! Checks whether the master key opens the stores' secrets.

use sail_cargo_database::tables::storage_accounts::{TriedSeal, try_seals};
use sail_cargo_database::{DatabaseError, DbConnection, MasterKey};

use super::error::ServiceError;
use super::handle::Service;
use crate::domain::Slug;

/// The server's master key is not the one that sealed the stores' secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the stores' secrets were sealed with master key {sealed_with}, but SAIL_CARGO_MASTER_KEY is \
     master key {ours}"
)]
pub struct ForeignKey {
    /// The id of the key that sealed them; the last one used, if there are several.
    pub sealed_with: String,
    /// The id of the server's key.
    pub ours: String,
}

/// The result of trying the master key on the stores' secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seals {
    /// The number of secrets that open.
    pub open: usize,
    /// The names of the stores whose secrets do not open: another key sealed them, or they are
    /// damaged.
    pub closed: Vec<String>,
    /// The key that sealed the others, if it is a different one.
    pub foreign: Option<ForeignKey>,
}

impl Seals {
    /// Refuses a master key that opens no secret while another key sealed some.
    ///
    /// # Errors
    /// [`ForeignKey`] if this is the wrong master key.
    pub fn demand_ours(&self) -> Result<(), ForeignKey> {
        match &self.foreign {
            Some(foreign) if self.open == 0 => Err(foreign.clone()),
            _ => Ok(()),
        }
    }

    /// Like [`Seals::demand_ours`], for a caller that seals the secret of the store `name` anew:
    /// the old seal of that store does not count.
    ///
    /// # Errors
    /// [`ForeignKey`] if this is the wrong master key.
    pub fn demand_ours_beside(&self, name: &Slug) -> Result<(), ForeignKey> {
        let alone = self.closed.iter().all(|closed| closed == name.as_str());
        if alone { Ok(()) } else { self.demand_ours() }
    }
}

impl Service {
    /// Tries the master key on the stores' secrets.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn seals(&self) -> Result<Seals, ServiceError> {
        let key = self.database.master_key().clone();
        self.database.run_aside(move |connection| Ok(tried(connection, &key)?)).await
    }
}

/// Tries the key on every secret.
pub(super) fn tried(
    connection: &mut DbConnection,
    key: &MasterKey,
) -> Result<Seals, DatabaseError> {
    let mut seals = Seals::default();
    for TriedSeal { store, sealed_with, opens } in try_seals(connection, key)? {
        if opens {
            seals.open += 1;
            continue;
        }
        seals.closed.push(store);
        if sealed_with != key.id() {
            seals.foreign = Some(ForeignKey { sealed_with, ours: key.id().to_owned() });
        }
    }
    Ok(seals)
}
