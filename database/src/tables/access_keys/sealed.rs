//! What access keys are proved by.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::rows::AccessKeyRow;
use crate::connection::Backend;
use crate::domain::access_key::{AccessKeyLock, AccessKeyLookup, KeyProof, PersonalKeyHash};
use crate::domain::{
    AccessKey, AccessKeyId, AccessKeyKind, ProjectId, SecretAccessKey, StoredAccessKey,
};
use crate::error::DatabaseError;
use crate::schema::access_key as dsl;
use crate::vault::MasterKey;

/// A key with its sealed secret.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
pub(super) struct SealedKeyRow {
    #[diesel(embed)]
    row: AccessKeyRow,
    project_id: String,
    secret_sealed: Vec<u8>,
    sealed_with: String,
    token_hash: Option<Vec<u8>>,
}

/// A key as it is kept: with its secret, where the seal opens.
#[derive(Debug)]
pub struct KeptAccessKey {
    id: AccessKeyId,
    lock: Result<AccessKeyLock, String>,
}

impl KeptAccessKey {
    /// Its id.
    pub const fn id(&self) -> &AccessKeyId {
        &self.id
    }

    /// The key, if it is good at `now` in a project that is `active` or not.
    ///
    /// # Errors
    /// Its secret does not open: another master key sealed it, or it is damaged. Or it has no hash.
    pub fn open(&self, active: bool, now: DateTime<Utc>) -> Result<AccessKeyLookup, DatabaseError> {
        match &self.lock {
            Ok(lock) => Ok(lock.open(active, now)),
            Err(why) => Err(DatabaseError::Corrupt(why.clone())),
        }
    }
}

impl SealedKeyRow {
    /// Opens the secret, or takes the hash. One that does not open is kept as such: the other keys are good.
    pub(super) fn open(self, master_key: &MasterKey) -> Result<KeptAccessKey, DatabaseError> {
        let project = ProjectId::parse(&self.project_id).map_err(DatabaseError::corrupt)?;
        let key = StoredAccessKey::try_from(self.row)?;
        let proof = match key.kind {
            AccessKeyKind::S3 => {
                let (sealed, with) = (&self.secret_sealed, &self.sealed_with);
                secret(master_key, &project, &key, sealed, with).map(KeyProof::Signature)
            }
            AccessKeyKind::Token => hash(&key, self.token_hash.as_deref()).map(KeyProof::Shown),
        };
        let lock = |proof| {
            let opened = AccessKey { holder: key.holder(&project), proof };
            AccessKeyLock::new(Arc::new(opened), key.status)
        };
        let lock = proof.map(lock);
        Ok(KeptAccessKey { id: key.id, lock })
    }
}

fn secret(
    master_key: &MasterKey,
    project: &ProjectId,
    key: &StoredAccessKey,
    sealed: &[u8],
    sealed_with: &str,
) -> Result<SecretAccessKey, String> {
    if sealed_with != master_key.id() {
        let ours = master_key.id();
        return Err(format!(
            "the secret of access key {} was sealed with master key {sealed_with}, not {ours}",
            key.id
        ));
    }
    let secret =
        master_key.open(sealed, &place(project, key)).map_err(|error| error.to_string())?;
    SecretAccessKey::parse(secret).map_err(|error| format!("access key {}: {error}", key.id))
}

/// The hash of a personal API key, which is a user's.
fn hash(key: &StoredAccessKey, stored: Option<&[u8]>) -> Result<PersonalKeyHash, String> {
    let hash = stored.and_then(PersonalKeyHash::stored).filter(|_| key.owner.user().is_some());
    hash.ok_or_else(|| format!("personal API key {} has no hash, or no user", key.id))
}

/// What a seal is bound to: this key, in this project, of this user or of the application.
pub(super) fn place(project: &ProjectId, key: &StoredAccessKey) -> String {
    let id = &key.id;
    match key.owner.user() {
        Some(user) => format!("access-key/{project}/{id}/user/{user}"),
        None => format!("access-key/{project}/{id}/root"),
    }
}
