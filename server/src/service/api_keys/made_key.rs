//! A key that was made.

use sail_cargo_database::DatabaseError;
use sail_cargo_database::change_log::ApiKeyRecord;
use serde::{Deserialize, Serialize};

use crate::domain::{Secret, StoredKey};

/// A key that was made. The answer is the only time it can be seen.
#[derive(Debug)]
pub struct MadeKey {
    /// The key.
    pub key: Secret,
    /// What is stored of it.
    pub stored: StoredKey,
}

/// The same as it is kept for whoever asks again with the same `Idempotency-Key`. The names and forms
/// of the fields never change.
#[derive(Serialize, Deserialize)]
pub(super) struct MadeKeyRecord {
    key: String,
    #[serde(flatten)]
    stored: ApiKeyRecord,
}

impl From<&MadeKey> for MadeKeyRecord {
    fn from(made: &MadeKey) -> Self {
        Self { key: made.key.expose().to_owned(), stored: (&made.stored).into() }
    }
}

impl TryFrom<MadeKeyRecord> for MadeKey {
    type Error = DatabaseError;

    fn try_from(record: MadeKeyRecord) -> Result<Self, DatabaseError> {
        Ok(Self { key: Secret::new(record.key), stored: record.stored.try_into()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As it was kept when it was still the wire's.
    const KEPT: &str = r#"{"key":"cgok_live_x","id":"m4vtDPRx5xs1","name":"ci","scopes":["check","audit:read"],"created_at":"2026-11-28T16:00:10.954673769Z","created_by":"key:RGHwAIA4A0Cj","expires_at":"2027-11-28T16:00:10.954673Z","family":"m4vtDPRx5xs1"}"#;

    #[test]
    fn a_key_that_was_made_is_kept_as_it_always_was() {
        let made: MadeKey =
            serde_json::from_str::<MadeKeyRecord>(KEPT).unwrap().try_into().unwrap();
        assert_eq!(made.key.expose(), "cgok_live_x");
        assert_eq!(serde_json::to_string(&MadeKeyRecord::from(&made)).unwrap(), KEPT);
    }
}
