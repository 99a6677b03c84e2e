//! The rows of `access_key`, but for their secrets.

use std::collections::BTreeSet;
use std::net::IpAddr;

use diesel::prelude::*;

use crate::columns::{instant, json, maybe_instant, micros, permissions, to_json};
use crate::connection::Backend;
use crate::domain::access_key::{AccessKeyOwner, Cidr};
use crate::domain::{
    AccessKeyId, AccessKeyKind, AccessKeyStatus, BucketName, KeyLimits, Prefix, ProjectId,
    StoredAccessKey, SubjectId,
};
use crate::error::DatabaseError;
use crate::schema::access_key as dsl;

const ACTIVE: &str = "active";
const DISABLED: &str = "disabled";
const S3: &str = "s3";
const TOKEN: &str = "token";

/// A key as it is stored, but for its secret.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
pub(super) struct AccessKeyRow {
    key_id: String,
    kind: String,
    user_: Option<String>,
    name: String,
    status: String,
    buckets: Option<String>,
    prefixes: Option<String>,
    perms: Option<i16>,
    cidrs: Option<String>,
    family: String,
    expires_at: i64,
    created_by: String,
    created_at: i64,
    last_used_at: Option<i64>,
    last_used_ip: Option<String>,
    last_used_agent: Option<String>,
    disabled_by: Option<String>,
}

impl TryFrom<AccessKeyRow> for StoredAccessKey {
    type Error = DatabaseError;

    fn try_from(row: AccessKeyRow) -> Result<Self, DatabaseError> {
        let user = row.user_.as_deref().map(SubjectId::parse).transpose();
        let limits = KeyLimits {
            buckets: names(row.buckets.as_deref(), BucketName::stored)?,
            prefixes: names(row.prefixes.as_deref(), Prefix::parse)?,
            permissions: row.perms.map(permissions).transpose()?,
            cidrs: names(row.cidrs.as_deref(), Cidr::parse)?,
            places: None,
        };
        let address = row.last_used_ip.as_deref().map(str::parse::<IpAddr>).transpose();
        Ok(Self {
            id: AccessKeyId::parse(&row.key_id).map_err(DatabaseError::corrupt)?,
            kind: parse_kind(&row.kind)?,
            owner: AccessKeyOwner::of(user.map_err(DatabaseError::corrupt)?),
            name: row.name,
            status: parse_status(&row.status)?,
            disabled_by: row.disabled_by,
            limits,
            created_at: instant(row.created_at)?,
            created_by: row.created_by,
            expires_at: instant(row.expires_at)?,
            family: row.family,
            last_used_at: maybe_instant(row.last_used_at)?,
            last_used_ip: address.map_err(DatabaseError::corrupt)?,
            last_used_agent: row.last_used_agent,
        })
    }
}

/// What of a key changes.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = dsl)]
#[diesel(treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct AccessKeyChangeset<'a> {
    name: &'a str,
    status: &'a str,
    disabled_by: Option<String>,
    buckets: Option<String>,
    prefixes: Option<String>,
    perms: Option<i16>,
    cidrs: Option<String>,
    expires_at: i64,
}

impl<'a> AccessKeyChangeset<'a> {
    /// A key as it shall be.
    pub(super) fn of(key: &'a StoredAccessKey) -> Result<Self, DatabaseError> {
        let limits = &key.limits;
        Ok(Self {
            name: &key.name,
            status: status_word(key.status),
            disabled_by: key.disabled_by.clone(),
            buckets: limits.buckets.as_ref().map(texts).transpose()?,
            prefixes: limits.prefixes.as_ref().map(texts).transpose()?,
            perms: limits.permissions.map(crate::domain::Permissions::bits),
            cidrs: limits.cidrs.as_ref().map(texts).transpose()?,
            expires_at: micros(key.expires_at),
        })
    }
}

/// A key to be stored.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
pub(super) struct NewAccessKeyRow<'a> {
    key_id: &'a str,
    kind: &'static str,
    project_id: &'a str,
    user_: Option<&'a str>,
    secret_sealed: Vec<u8>,
    sealed_with: &'a str,
    token_hash: Option<Vec<u8>>,
    family: &'a str,
    created_by: &'a str,
    created_at: i64,
    created_rev: i64,
    #[diesel(embed)]
    changeset: AccessKeyChangeset<'a>,
}

impl<'a> NewAccessKeyRow<'a> {
    /// A key that nobody has used, with what it is proved by.
    pub(super) fn new(
        project: &'a ProjectId,
        key: &'a StoredAccessKey,
        proof: StoredProof<'a>,
        created_rev: i64,
    ) -> Result<Self, DatabaseError> {
        let StoredProof { secret_sealed, sealed_with, token_hash } = proof;
        Ok(Self {
            key_id: key.id.as_str(),
            kind: kind_word(key.kind),
            project_id: project.as_str(),
            user_: key.owner.user().map(SubjectId::as_str),
            secret_sealed,
            sealed_with,
            token_hash,
            family: &key.family,
            created_by: &key.created_by,
            created_at: micros(key.created_at),
            created_rev,
            changeset: AccessKeyChangeset::of(key)?,
        })
    }
}

/// What a key is proved by, as it is stored: a sealed secret, or a hash.
pub(super) struct StoredProof<'a> {
    /// Empty where there is a hash.
    pub(super) secret_sealed: Vec<u8>,
    /// Empty where nothing is sealed.
    pub(super) sealed_with: &'a str,
    pub(super) token_hash: Option<Vec<u8>>,
}

/// The word that stands for a kind in `kind`.
pub(super) const fn kind_word(kind: AccessKeyKind) -> &'static str {
    match kind {
        AccessKeyKind::S3 => S3,
        AccessKeyKind::Token => TOKEN,
    }
}

/// The kind that a word stands for.
fn parse_kind(word: &str) -> Result<AccessKeyKind, DatabaseError> {
    match word {
        S3 => Ok(AccessKeyKind::S3),
        TOKEN => Ok(AccessKeyKind::Token),
        other => Err(DatabaseError::corrupt(format!("no kind of key is called {other}"))),
    }
}

/// The word that stands for a status in `status`.
const fn status_word(status: AccessKeyStatus) -> &'static str {
    match status {
        AccessKeyStatus::Active => ACTIVE,
        AccessKeyStatus::Disabled => DISABLED,
    }
}

/// The status that a word stands for.
fn parse_status(word: &str) -> Result<AccessKeyStatus, DatabaseError> {
    match word {
        ACTIVE => Ok(AccessKeyStatus::Active),
        DISABLED => Ok(AccessKeyStatus::Disabled),
        other => Err(DatabaseError::corrupt(format!("no status is called {other}"))),
    }
}

fn names<T: Ord, E: std::fmt::Display>(
    text: Option<&str>,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<BTreeSet<T>>, DatabaseError> {
    let Some(text) = text else { return Ok(None) };
    let names: Vec<String> = json(text)?;
    let names: Result<_, E> = names.iter().map(|name| parse(name)).collect();
    names.map(Some).map_err(DatabaseError::corrupt)
}

fn texts<T: ToString>(names: &BTreeSet<T>) -> Result<String, DatabaseError> {
    to_json(&names.iter().map(ToString::to_string).collect::<Vec<_>>())
}
