//! One row of a project before and after a change.

use serde::{Deserialize, Serialize};

use super::access_key::AccessKeyRecord;
use super::account::AccountRecord;
use super::api_key::ApiKeyRecord;
use super::bucket::BucketRecord;
use super::grant::GrantRecord;
use super::group::GroupRecord;
use super::member::MemberRecord;
use super::project::ProjectRecord;
use super::sessions_end::SessionsEndRecord;

/// A row that a change touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "row")]
pub enum LoggedRow {
    /// A grant.
    #[serde(rename = "grant")]
    Grant(Sides<GrantRecord>),
    /// A bucket.
    #[serde(rename = "bucket")]
    Bucket(Sides<BucketRecord>),
    /// A membership of a user in a group.
    #[serde(rename = "member")]
    Member(Sides<MemberRecord>),
    /// An API key.
    #[serde(rename = "api_key")]
    ApiKey(Sides<ApiKeyRecord>),
    /// An access key.
    #[serde(rename = "access_key")]
    AccessKey(Sides<AccessKeyRecord>),
    /// An account.
    #[serde(rename = "account")]
    Account(Sides<AccountRecord>),
    /// The end of a user's sessions.
    #[serde(rename = "sessions_end")]
    SessionsEnd(Sides<SessionsEndRecord>),
    /// The project itself.
    #[serde(rename = "project")]
    Project(Sides<ProjectRecord>),
    /// A group, apart from its members.
    #[serde(rename = "group")]
    Group(Sides<GroupRecord>),
}

/// A row before and after a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sides<R> {
    /// `None` if the change created the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<R>,
    /// `None` if the change deleted the row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<R>,
}

impl<R> Sides<R> {
    /// The records of a row before and after a change.
    pub fn of<'a, T>(before: Option<&'a T>, after: Option<&'a T>) -> Self
    where
        R: From<&'a T>,
    {
        Self { before: before.map(R::from), after: after.map(R::from) }
    }

    /// Converts both sides with `diff`.
    pub fn map<T>(self, diff: impl Fn(R) -> T) -> Sides<T> {
        Sides { before: self.before.map(&diff), after: self.after.map(&diff) }
    }
}
