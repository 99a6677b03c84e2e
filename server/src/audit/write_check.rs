//! Tests whether an event can be recorded.

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::audit_events::{self, Trail};
use sail_cargo_database::transaction::transaction;
use sail_cargo_database::{DatabaseError, DbConnection};

use super::event;
use super::operator_act::OperatorAct;
use crate::domain::{Caller, Context, OperatorName, Origin, Outcome};

/// Writes an event and deletes it in one transaction. This tests the disk, the rights and the pages
/// that the next event needs, and no reader sees the event.
///
/// # Errors
/// [`DatabaseError`] if the database does not take the event.
pub fn try_recording(
    connection: &mut DbConnection,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let event = event::of_act(&context(now), act());
    transaction(connection, |connection| {
        Trail::Operators.open(connection)?;
        audit_events::insert(connection, &event)?;
        audit_events::take_back(connection, &event)
    })
}

fn context(now: DateTime<Utc>) -> Context {
    Context {
        caller: Caller::Operator { name: OperatorName::server(), project: None },
        now,
        request_id: "trial".to_owned(),
        origin: Origin::default(),
        at_least: None,
        idempotency: None,
    }
}

fn act() -> OperatorAct {
    let detail = "never to be seen".to_owned();
    OperatorAct {
        action: "server.trial",
        object: None,
        outcome: Outcome::Allow,
        reason: "ok",
        detail,
    }
}
