//! A look at the database: whether it is there, as this program needs it, and takes what is
//! written. No request waits for it.

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::{audit_events, project_heads, storage_accounts};
use sail_cargo_database::{Schema, schema_state};

use super::error::ServiceError;
use super::handle::Service;
use super::seals::{self, Seals};
use crate::audit::try_recording;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examined {
    /// How the schema stands to this program.
    pub schema: Schema,
    /// How the stores' secrets stand to the master key; unknown while the schema lacks something.
    pub seals: Seals,
    /// When each store was probed last, if it was.
    pub probed: Vec<Option<DateTime<Utc>>>,
    /// It was tried whether an event could be recorded, and one could.
    pub is_tried: bool,
}

impl Service {
    /// Looks at the database, and with `trial`, an instant, tries whether an event could be
    /// recorded.
    ///
    /// # Errors
    /// It is not there, is damaged, or does not take what is written.
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
