//! Examines the database for the readiness check: schema, seals, and whether rows can be written.
//! No request waits for it.

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::{audit_events, project_heads, storage_accounts};
use sail_cargo_database::{Schema, schema_state};

use super::error::ServiceError;
use super::handle::Service;
use super::seals::{self, Seals};
use crate::audit::try_recording;

/// The result of an examination.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examined {
    /// How the schema differs from what this program needs.
    pub schema: Schema,
    /// Whether the master key opens the stores' secrets. Default while the schema lacks something.
    pub seals: Seals,
    /// When each store was last probed; `None` if never.
    pub probed: Vec<Option<DateTime<Utc>>>,
    /// Whether a test event was written and rolled back successfully.
    pub is_tried: bool,
}

impl Service {
    /// Examines the database. If `trial` is an instant, also tests whether an audit event could be
    /// written at it.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer, is damaged, or refuses to write.
    pub async fn examine(&self, trial: Option<DateTime<Utc>>) -> Result<Examined, ServiceError> {
        let key = self.database.master_key().clone();
        self.database
            .run_aside(move |connection| {
                let schema = schema_state(connection)?;
                if !schema.missing.is_empty() {
                    return Ok(Examined { schema, ..Examined::default() });
                }
                let seals = seals::tried(connection, &key)?;
                let probed = storage_accounts::probe_times(connection)?;
                audit_events::probe(connection)?;
                project_heads::probe(connection)?;
                if let Some(now) = trial {
                    try_recording(connection, now)?;
                }
                Ok(Examined { schema, seals, probed, is_tried: trial.is_some() })
            })
            .await
    }
}
