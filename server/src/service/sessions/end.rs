//! Ending the sessions of a user.

use chrono::{DateTime, Utc};
use sail_cargo_database::DbConnection;
use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::tables::sessions_end;

use crate::domain::session::SessionsEnd;
use crate::domain::{At, Context, ProjectId, SubjectId};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::mutation::{Change, MutationOutcome, mutate};

impl Service {
    /// Ends every session that a user has; each server refuses them within `max_staleness`. Sessions that
    /// are opened later are not touched.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database is not available.
    pub async fn end_sessions(
        &self,
        project: ProjectId,
        user: SubjectId,
        context: Context,
    ) -> Result<At<SessionsEnd>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                end(connection, &project, user, &context)
            })
        })
        .await
    }
}

fn end(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: SubjectId,
    context: &Context,
) -> Result<MutationOutcome<SessionsEnd>, ServiceError> {
    let (end, row) = end_now(connection, project, user, context.now)?;
    let change = Change {
        kind: "user.end_sessions",
        bucket: None,
        object: Some(end.user.to_string()),
        detail: format!("ended the sessions of user:{}", end.user),
        rows: vec![row],
    };
    Ok(MutationOutcome::Changed(end, change))
}

/// Ends the sessions that a user has at `now`, in a change of another kind.
pub(in crate::service) fn end_now(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: SubjectId,
    now: DateTime<Utc>,
) -> Result<(SessionsEnd, LoggedRow), ServiceError> {
    let before = sessions_end::find(connection, project, &user)?;
    let end = SessionsEnd::of(user, before.as_ref(), now);
    sessions_end::put(connection, project, before.as_ref(), &end)?;
    let row = LoggedRow::SessionsEnd(Sides::of(before.as_ref(), Some(&end)));
    Ok((end, row))
}
