//! Whether the master key is the one that the stores' secrets were sealed with.

use sail_cargo_database::tables::storage_accounts::{TriedSeal, try_seals};
use sail_cargo_database::{DatabaseError, DbConnection, MasterKey};

use super::error::ServiceError;
use super::handle::Service;
use crate::domain::Slug;

/// A master key that is not the one which the server has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the stores' secrets were sealed with master key {sealed_with}, but SAIL_CARGO_MASTER_KEY is \
     master key {ours}"
)]
pub struct ForeignKey {
    /// The id of the key that was used: of the last that was, where there are several.
    pub sealed_with: String,
    /// The id of the server's.
    pub ours: String,
}

/// How the stores' secrets stand to the master key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seals {
    /// How many open.
    pub open: usize,
    /// The names of the stores whose secrets do not: another key sealed them, or they are damaged.
    pub closed: Vec<String>,
    /// The other key, where there is one.
    pub foreign: Option<ForeignKey>,
}

impl Seals {
    /// Refuses a key that opens nothing of what another sealed.
    ///
    /// # Errors
    /// It is the wrong key.
    pub fn demand_ours(&self) -> Result<(), ForeignKey> {
        match &self.foreign {
            Some(foreign) if self.open == 0 => Err(foreign.clone()),
            _ => Ok(()),
        }
    }

    /// The same for whoever seals the secret of the store `name` anew: what it was sealed with
    /// does not matter.
    ///
    /// # Errors
    /// It is the wrong key.
    pub fn demand_ours_beside(&self, name: &Slug) -> Result<(), ForeignKey> {
        let alone = self.closed.iter().all(|closed| closed == name.as_str());
        if alone { Ok(()) } else { self.demand_ours() }
    }
}

impl Service {
    /// How the stores' secrets stand to the master key.
    ///
    /// # Errors
    /// The database is not there.
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
