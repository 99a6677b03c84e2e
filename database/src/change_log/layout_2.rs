//! Rows in the words of the wire, as the log had them before it had its own.
//!
//! The structs are those of the wire of that time, and are not changed any more. What a field is when
//! it is absent is what it was before there was such a field. Whatever they do not know is left out,
//! as it was then.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::api_key::{ApiKeyRecord, ScopeWord};
use super::bucket::{BucketRecord, StateWord};
use super::grant::{GrantRecord, KindWord};
use super::group::GroupRecord;
use super::member::MemberRecord;
use super::permissions::PermissionWords;
use super::project::{ProjectRecord, StatusWord};
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
    Grant(Pair<Grant>),
    Bucket(Pair<Bucket>),
    Member(Pair<Member>),
    ApiKey(Pair<ApiKey>),
    Project(Pair<Project>),
    Group(Pair<Group>),
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

#[derive(Deserialize)]
struct Grant {
    bucket: String,
    prefix: String,
    kind: KindWord,
    subject: String,
    permissions: PermissionWords,
    not_before: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    reason: Option<String>,
    granted_by: String,
    created_revision: i64,
    updated_revision: i64,
}

impl From<Grant> for GrantRecord {
    fn from(grant: Grant) -> Self {
        Self {
            bucket: grant.bucket,
            prefix: grant.prefix,
            kind: grant.kind,
            subject: grant.subject,
            permissions: grant.permissions,
            not_before: grant.not_before,
            expires_at: grant.expires_at,
            reason: grant.reason,
            granted_by: grant.granted_by,
            created_revision: grant.created_revision,
            updated_revision: grant.updated_revision,
        }
    }
}

#[derive(Deserialize)]
struct Bucket {
    name: String,
    public_permissions: PermissionWords,
    ceiling: PermissionWords,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// Absent from before a creation was claimed: a bucket was there, or was none.
    #[serde(default)]
    state: StateWord,
    created_revision: i64,
}

impl From<Bucket> for BucketRecord {
    fn from(bucket: Bucket) -> Self {
        Self {
            name: bucket.name,
            public_permissions: bucket.public_permissions,
            ceiling: bucket.ceiling,
            labels: bucket.labels,
            state: bucket.state,
            created_revision: bucket.created_revision,
        }
    }
}

#[derive(Deserialize)]
struct Member {
    group: String,
    user: String,
    expires_at: Option<DateTime<Utc>>,
    updated_revision: i64,
}

impl From<Member> for MemberRecord {
    fn from(member: Member) -> Self {
        Self {
            group: member.group,
            user: member.user,
            expires_at: member.expires_at,
            updated_revision: member.updated_revision,
        }
    }
}

#[derive(Deserialize)]
struct ApiKey {
    id: String,
    name: String,
    scopes: BTreeSet<ScopeWord>,
    created_at: DateTime<Utc>,
    created_by: String,
    expires_at: Option<DateTime<Utc>>,
    revoked_at: Option<DateTime<Utc>>,
    family: String,
    last_used_at: Option<DateTime<Utc>>,
    last_used_ip: Option<String>,
}

impl From<ApiKey> for ApiKeyRecord {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            scopes: key.scopes,
            created_at: key.created_at,
            created_by: key.created_by,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            family: key.family,
            last_used_at: key.last_used_at,
            last_used_ip: key.last_used_ip,
        }
    }
}

#[derive(Deserialize)]
struct Project {
    id: String,
    slug: String,
    store: String,
    root_extra: Vec<String>,
    status: StatusWord,
    default_permissions: PermissionWords,
    tags_are_authority: bool,
    max_presign_seconds: u32,
    #[serde(default)]
    cors_origins: Vec<String>,
    created_at: DateTime<Utc>,
}

impl From<Project> for ProjectRecord {
    fn from(project: Project) -> Self {
        Self {
            id: project.id,
            slug: project.slug,
            store: project.store,
            root_extra: project.root_extra,
            status: project.status,
            default_permissions: project.default_permissions,
            tags_are_authority: project.tags_are_authority,
            max_presign_seconds: project.max_presign_seconds,
            cors_origins: project.cors_origins,
            created_at: project.created_at,
        }
    }
}

#[derive(Deserialize)]
struct Group {
    name: String,
    members: u64,
    #[serde(default)]
    tokens_left_out: bool,
}

impl From<Group> for GroupRecord {
    fn from(group: Group) -> Self {
        Self { name: group.name, members: group.members, tokens_left_out: group.tokens_left_out }
    }
}
