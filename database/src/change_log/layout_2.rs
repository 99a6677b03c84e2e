//! Rows in the words of the wire, as the log had them before it had its own.
//!
//! The structs are those of the wire of that time, and are not changed any more. What a field is when
//! it is absent is what it was before there was such a field. Whatever they do not know is left out,
//! as it was then.

use serde::Deserialize;

use super::api_key::ApiKeyOfLayout2;
use super::bucket::BucketOfLayout2;
use super::grant::GrantOfLayout2;
use super::group::GroupOfLayout2;
use super::member::MemberOfLayout2;
use super::project::ProjectOfLayout2;
use super::row::{LoggedRow, Sides};
use crate::error::DatabaseError;

/// See [`super::rows`].
pub(crate) fn rows(body: &[u8]) -> Result<Vec<LoggedRow>, DatabaseError> {
    let body: Body = serde_json::from_slice(body).map_err(DatabaseError::corrupt)?;
    Ok(body.rows.into_iter().map(LoggedRow::from).collect())
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    rows: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(tag = "row", rename_all = "snake_case")]
enum Row {
    Grant(Pair<GrantOfLayout2>),
    Bucket(Pair<BucketOfLayout2>),
    Member(Pair<MemberOfLayout2>),
    ApiKey(Pair<ApiKeyOfLayout2>),
    Project(Pair<ProjectOfLayout2>),
    Group(Pair<GroupOfLayout2>),
}

#[derive(Deserialize)]
struct Pair<R> {
    before: Option<R>,
    after: Option<R>,
}

impl<R> Pair<R> {
    fn sides<T: From<R>>(self) -> Sides<T> {
        Sides { before: self.before.map(T::from), after: self.after.map(T::from) }
    }
}

impl From<Row> for LoggedRow {
    fn from(row: Row) -> Self {
        match row {
            Row::Grant(pair) => Self::Grant(pair.sides()),
            Row::Bucket(pair) => Self::Bucket(pair.sides()),
            Row::Member(pair) => Self::Member(pair.sides()),
            Row::ApiKey(pair) => Self::ApiKey(pair.sides()),
            Row::Project(pair) => Self::Project(pair.sides()),
            Row::Group(pair) => Self::Group(pair.sides()),
        }
    }
}
