//! Whether an event could be recorded: one is, and is taken away again.

use chrono::{DateTime, Utc};
use diesel::Connection as _;

use super::event::Event;
use super::{OperatorAct, Outcome, rows};
use crate::domain::{Caller, Context, OperatorName, Origin};
use crate::store::connection::{DbConnection, set_operators};
use crate::store::error::StoreError;

/// Writes an event and removes it, in one transaction: the disk, the rights and the pages that
/// the next event needs are tried, and nobody sees it.
pub(in crate::store) fn try_recording(
    connection: &mut DbConnection,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let event = Event::of_operator(&context(now), act());
    connection.transaction(|connection| {
        set_operators(connection)?;
        rows::insert(connection, &event)?;
        rows::take_back(connection, &event)
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
