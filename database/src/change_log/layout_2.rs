//! Reads layout 2: rows in the wire format of its time, from before the change log had records of
//! its own.
//!
//! The structs are frozen copies of that wire format. The default of an absent field is the
//! behaviour from before the field existed. Unknown fields are ignored, as they were then.

use serde::Deserialize;

use super::api_key::ApiKeyOfLayout2;
use super::bucket::BucketOfLayout2;
use super::grant::GrantOfLayout2;
use super::group::GroupOfLayout2;
use super::member::MemberOfLayout2;
use super::project::ProjectOfLayout2;
use super::row::{LoggedRow, Sides};
use crate::error::DatabaseError;

/// The rows of a body of layout 2.
///
/// # Errors
/// [`DatabaseError::Corrupt`] if the body does not parse.
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
