//! Events in the transaction of whoever changes something, or reads more than events.

use sail_cargo_database::tables::audit_events::{self, Trail};
use sail_cargo_database::{DatabaseError, DbConnection};

use super::decision::Decision;
use super::event;
use super::operator_act::OperatorAct;
use crate::domain::{AuditEvent, AuditFilter, Context, ProjectId};

/// Records what a transaction does, in it.
///
/// # Errors
/// The database is not available.
pub fn insert(
    connection: &mut DbConnection,
    context: &Context,
    decision: Decision,
) -> Result<(), DatabaseError> {
    audit_events::insert(connection, &event::of_decision(context, decision))
}

/// Records what an operator does outside of projects, in its transaction. That is in no project
/// from then on.
///
/// # Errors
/// The database is not available.
pub fn insert_act(
    connection: &mut DbConnection,
    context: &Context,
    act: OperatorAct,
) -> Result<(), DatabaseError> {
    Trail::Operators.open(connection)?;
    audit_events::insert(connection, &event::of_act(context, act))
}

/// The events of one project that `filter` lets through, in a transaction that has its rows open.
///
/// # Errors
/// The database is not available.
pub fn events_of(
    connection: &mut DbConnection,
    project: ProjectId,
    filter: AuditFilter,
) -> Result<Vec<AuditEvent>, DatabaseError> {
    audit_events::list(connection, &Trail::Project(project), filter)
}
