//! `sessions_end`: when the sessions of users were last ended.

use diesel::prelude::*;

use crate::columns::{instant, micros};
use crate::connection::{Backend, DbConnection};
use crate::domain::session::SessionsEnd;
use crate::domain::{ProjectId, SubjectId};
use crate::error::DatabaseError;
use crate::schema::sessions_end as dsl;

#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct SessionsEndRow {
    user_: String,
    ended_at: i64,
}

#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewSessionsEndRow<'a> {
    project_id: &'a str,
    user_: &'a str,
    ended_at: i64,
}

/// When the sessions of a user were last ended; `None` for never.
pub fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &SubjectId,
) -> Result<Option<SessionsEnd>, DatabaseError> {
    let row = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::user_.eq(user.as_str()))
        .select(SessionsEndRow::as_select());
    row.first(connection).optional()?.map(SessionsEnd::try_from).transpose()
}

/// When the sessions of every user of a project were last ended.
pub fn all(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Vec<SessionsEnd>, DatabaseError> {
    let rows =
        dsl::table.filter(dsl::project_id.eq(project.as_str())).select(SessionsEndRow::as_select());
    rows.load(connection)?.into_iter().map(SessionsEnd::try_from).collect()
}

/// Writes `end` in the place of `before`.
pub fn put(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: Option<&SessionsEnd>,
    end: &SessionsEnd,
) -> Result<(), DatabaseError> {
    let (user, ended_at) = (end.user.as_str(), micros(end.ended_at));
    if before.is_some() {
        let row =
            dsl::table.filter(dsl::project_id.eq(project.as_str())).filter(dsl::user_.eq(user));
        diesel::update(row).set(dsl::ended_at.eq(ended_at)).execute(connection)?;
        return Ok(());
    }
    let row = NewSessionsEndRow { project_id: project.as_str(), user_: user, ended_at };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

impl TryFrom<SessionsEndRow> for SessionsEnd {
    type Error = DatabaseError;

    fn try_from(row: SessionsEndRow) -> Result<Self, DatabaseError> {
        let user = SubjectId::parse(&row.user_).map_err(DatabaseError::corrupt)?;
        Ok(Self { user, ended_at: instant(row.ended_at)? })
    }
}
