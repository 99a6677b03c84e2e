//! A look at the database: whether it is there, as this program needs it, and takes what is
//! written. No request waits for it.

use chrono::{DateTime, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use super::connection::DbConnection;
use super::error::StoreError;
use super::migrate::{self, Schema};
use super::schema::{audit_event, project_head};
use super::seals::{self, Seals};
use super::{Database, ailment, audit};

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Examined {
    /// How the schema stands to this program.
    pub schema: Schema,
    /// How the stores' secrets stand to the master key; unknown while the schema lacks something.
    pub seals: Seals,
    /// It was tried whether an event could be recorded, and one could.
    pub is_tried: bool,
}

impl Database {
    /// Whether a connection of the pool answers.
    ///
    /// # Errors
    /// None does.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.run_aside(|connection| Ok(connection.batch_execute("SELECT 1")?)).await
    }

    /// Looks at the database, and with `trial`, an instant, tries whether an event could be
    /// recorded.
    ///
    /// # Errors
    /// It is not there, is damaged, or does not take what is written.
    pub async fn examine(&self, trial: Option<DateTime<Utc>>) -> Result<Examined, StoreError> {
        let key = self.master_key.clone();
        self.run_aside(move |connection| {
            let schema = migrate::schema_state(connection)?;
            if !schema.missing.is_empty() {
                return Ok(Examined { schema, ..Examined::default() });
            }
            let seals = seals::tried(connection, &key)?;
            read_ends(connection)?;
            if let Some(now) = trial {
                audit::try_recording(connection, now)?;
            }
            Ok(Examined { schema, seals, is_tried: trial.is_some() })
        })
        .await
    }

    /// What is wrong, in a sentence, where events are spooled, if they are: the directory is gone, or
    /// takes nothing that is written, which is tried with `write`. It takes as long as the disk does.
    pub fn spool_trouble(&self, write: bool) -> Option<String> {
        let error = self.sink.try_spool(write).err()?;
        Some(format!("verdicts cannot be recorded: {}", ailment::of_io(&error)))
    }
}

/// Reads where the next row goes: damage there keeps everything from being written.
fn read_ends(connection: &mut DbConnection) -> QueryResult<()> {
    audit_event::table
        .order(audit_event::id.desc())
        .select(audit_event::id)
        .first::<String>(connection)
        .optional()?;
    project_head::table.select(project_head::project_id).first::<String>(connection).optional()?;
    Ok(())
}

impl StoreError {
    /// What is wrong, in words that anybody may read.
    pub fn ailment(&self) -> String {
        ailment::of(self).to_string()
    }
}
