//! The rows of `grant_`.
#![expect(clippy::ref_option_ref, reason = "derives lend what is borrowed already")]

use diesel::prelude::*;

use crate::columns::{maybe_instant, micros, permissions};
use crate::connection::Backend;
use crate::domain::grant_prefix::PrefixKind;
use crate::domain::{
    BucketName, GrantKey, GrantPrefix, GrantState, ProjectId, StoredGrant, Subject, SubjectId,
};
use crate::error::DatabaseError;
use crate::schema::bucket_grant as dsl;

/// A grant as it is read, without its project.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
pub(super) struct GrantRow {
    bucket: String,
    prefix: String,
    prefix_kind: String,
    subject_kind: String,
    subject: String,
    perms: i16,
    not_before: Option<i64>,
    expires_at: Option<i64>,
    reason: Option<String>,
    granted_by: String,
    created_rev: i64,
    updated_rev: i64,
}

impl TryFrom<GrantRow> for StoredGrant {
    type Error = DatabaseError;

    fn try_from(row: GrantRow) -> Result<Self, DatabaseError> {
        Ok(Self {
            key: GrantKey {
                bucket: BucketName::stored(&row.bucket).map_err(DatabaseError::corrupt)?,
                prefix: parse_prefix(&row.prefix_kind, &row.prefix)?,
                subject: parse_subject(&row.subject_kind, &row.subject)?,
            },
            state: GrantState {
                permissions: permissions(row.perms)?,
                not_before: maybe_instant(row.not_before)?,
                expires_at: maybe_instant(row.expires_at)?,
                reason: row.reason,
            },
            granted_by: row.granted_by,
            created_revision: row.created_rev,
            updated_revision: row.updated_rev,
        })
    }
}

/// The prefix that a stored letter and text stand for.
fn parse_prefix(kind: &str, text: &str) -> Result<GrantPrefix, DatabaseError> {
    let kind = match kind {
        "l" => PrefixKind::Literal,
        "t" => PrefixKind::Template,
        other => return Err(DatabaseError::corrupt(format!("unknown prefix kind {other}"))),
    };
    GrantPrefix::parse(kind, text).map_err(DatabaseError::corrupt)
}

/// The subject that a stored letter and name stand for.
fn parse_subject(kind: &str, subject: &str) -> Result<Subject, DatabaseError> {
    let id = || SubjectId::parse(subject).map_err(DatabaseError::corrupt);
    match kind {
        "u" => id().map(Subject::User),
        "g" => id().map(Subject::Group),
        "t" => id().map(Subject::TokenGroup),
        "k" => Ok(Subject::Authenticated),
        "*" => Ok(Subject::Public),
        other => Err(DatabaseError::corrupt(format!("unknown subject kind {other}"))),
    }
}

/// The columns of a grant that every write sets.
#[derive(AsChangeset, Insertable)]
#[diesel(table_name = dsl, treat_none_as_null = true, treat_none_as_default_value = false)]
pub(super) struct GrantChangeset<'a> {
    perms: i16,
    not_before: Option<i64>,
    expires_at: Option<i64>,
    reason: Option<&'a str>,
    granted_by: &'a str,
    updated_rev: i64,
}

impl<'a> From<&'a StoredGrant> for GrantChangeset<'a> {
    fn from(grant: &'a StoredGrant) -> Self {
        Self {
            perms: grant.state.permissions.bits(),
            not_before: grant.state.not_before.map(micros),
            expires_at: grant.state.expires_at.map(micros),
            reason: grant.state.reason.as_deref(),
            granted_by: &grant.granted_by,
            updated_rev: grant.updated_revision,
        }
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
pub(super) struct NewGrantRow<'a> {
    project_id: &'a str,
    bucket: &'a str,
    prefix: &'a str,
    prefix_kind: &'static str,
    subject_kind: &'static str,
    subject: &'a str,
    #[diesel(embed)]
    given: GrantChangeset<'a>,
    created_rev: i64,
}

impl<'a> NewGrantRow<'a> {
    pub(super) fn new(project: &'a ProjectId, grant: &'a StoredGrant) -> Self {
        Self {
            project_id: project.as_str(),
            bucket: grant.key.bucket.as_str(),
            prefix: grant.key.prefix.as_str(),
            prefix_kind: grant.key.prefix.letter(),
            subject_kind: grant.key.subject.letter(),
            subject: grant.key.subject.name(),
            given: grant.into(),
            created_rev: grant.created_revision,
        }
    }
}
