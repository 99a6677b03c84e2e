//! Writes and lists events inside the caller's transaction.

use sail_cargo_database::tables::audit_events::{self, Trail};
use sail_cargo_database::{DatabaseError, DbConnection};

use super::decision::Decision;
use super::event;
use super::operator_act::OperatorAct;
use crate::domain::{AuditEvent, AuditFilter, Context, ProjectId};

/// Records a verdict in the transaction that it is about.
///
/// # Errors
/// [`DatabaseError::Unavailable`] if the database does not answer.
pub fn insert(
    connection: &mut DbConnection,
    context: &Context,
    decision: Decision,
) -> Result<(), DatabaseError> {
    audit_events::insert(connection, &event::of_decision(context, decision))
}

/// Records an operator's act in its transaction. The transaction has access to rows of no project
/// from then on.
///
/// # Errors
/// [`DatabaseError::Unavailable`] if the database does not answer.
pub fn insert_act(
    connection: &mut DbConnection,
    context: &Context,
    act: OperatorAct,
) -> Result<(), DatabaseError> {
    Trail::Operators.open(connection)?;
    audit_events::insert(connection, &event::of_act(context, act))
}

/// The events of one project that match `filter`, in a transaction with access to the project's
/// rows.
///
/// # Errors
/// [`DatabaseError::Unavailable`] if the database does not answer.
pub fn events_of(
    connection: &mut DbConnection,
    project: ProjectId,
    filter: AuditFilter,
) -> Result<Vec<AuditEvent>, DatabaseError> {
    audit_events::list(connection, &Trail::Project(project), filter)
}
