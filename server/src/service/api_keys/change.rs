//! Creates, rotates, edits and revokes keys, inside a transaction.

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_database::DbConnection;
use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::tables::api_keys::{self, family, find};

use super::generate::generate;
use super::made_key::MadeKey;
use crate::domain::limits::MAX_LIVE_KEYS;
use crate::domain::presented_key::hash;
use crate::domain::{Conflict, Context, KeyEdit, KeyId, NewKey, ProjectId, Resource, StoredKey};
use crate::service::error::ServiceError;
use crate::service::mutation::{Change, MutationOutcome};

/// Adds a key to the given family; `None` starts a new family.
pub(super) fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    revision: i64,
    family: Option<&str>,
    new: &NewKey,
) -> Result<(MadeKey, Change), ServiceError> {
    let (id, key) = generate()?;
    let stored = StoredKey {
        id: id.clone(),
        name: new.name().to_owned(),
        scopes: new.scopes().clone(),
        created_at: context.now,
        created_by: context.caller.to_string(),
        expires_at: Some(new.expires_at()),
        revoked_at: None,
        family: family.map_or_else(|| id.to_string(), ToOwned::to_owned),
        last_used_at: None,
        last_used_ip: None,
    };
    api_keys::insert(connection, project, &stored, &hash(key.expose()), revision)?;
    let change = Change {
        kind: "key.create",
        bucket: None,
        object: Some(id.to_string()),
        detail: format!("made API key {id} ({})", new.name()),
        rows: vec![LoggedRow::ApiKey(Sides::of(None, Some(&stored)))],
    };
    Ok((MadeKey { key, stored }, change))
}

/// Adds a key that replaces the key `id`, which expires after `overlap` at the latest.
pub(super) fn rotate(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    revision: i64,
    id: &KeyId,
    overlap: TimeDelta,
    expires_at: DateTime<Utc>,
) -> Result<(MadeKey, Change), ServiceError> {
    let old = find(connection, project, id)?.ok_or(ServiceError::NotFound(Resource::ApiKey))?;
    let family = family(connection, project, &old.family)?;
    if !old.is_live(context.now) {
        return Err(Conflict::KeyNotLive(id.clone()).into());
    }
    if family.iter().filter(|key| key.is_live(context.now)).count() >= MAX_LIVE_KEYS {
        return Err(Conflict::TooManyLiveKeys.into());
    }
    let end = context.now + overlap;
    let ending = StoredKey {
        expires_at: Some(old.expires_at.map_or(end, |own| own.min(end))),
        ..old.clone()
    };
    api_keys::update(connection, &ending)?;
    let new = NewKey::successor(&old, expires_at);
    let (created, change) =
        insert(connection, project, context, revision, Some(&old.family), &new)?;
    let mut rows = vec![LoggedRow::ApiKey(Sides::of(Some(&old), Some(&ending)))];
    rows.extend(change.rows);
    let change = Change {
        kind: "key.rotate",
        object: Some(id.to_string()),
        detail: format!("rotated API key {id} into {}", created.stored.id),
        rows,
        ..change
    };
    Ok((created, change))
}

/// Reduces what a key may do or how long it lives.
pub(super) fn patch(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &KeyId,
    edit: KeyEdit,
) -> Result<MutationOutcome<StoredKey>, ServiceError> {
    let before = find(connection, project, id)?.ok_or(ServiceError::NotFound(Resource::ApiKey))?;
    let after = edit.apply(&before)?;
    if before == after {
        return Ok(MutationOutcome::Unchanged(after));
    }
    api_keys::update(connection, &after)?;
    let change = Change {
        kind: "key.patch",
        bucket: None,
        object: Some(id.to_string()),
        detail: format!("changed API key {id}"),
        rows: vec![LoggedRow::ApiKey(Sides::of(Some(&before), Some(&after)))],
    };
    Ok(MutationOutcome::Changed(after, change))
}

/// Revokes a key. Nothing undoes that.
pub(super) fn revoke(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &KeyId,
    context: &Context,
) -> Result<MutationOutcome<bool>, ServiceError> {
    let found = find(connection, project, id)?.filter(|key| key.revoked_at.is_none());
    let Some(before) = found else { return Ok(MutationOutcome::Unchanged(false)) };
    let after = StoredKey { revoked_at: Some(context.now), ..before.clone() };
    api_keys::revoke(connection, id, context.now)?;
    let change = Change {
        kind: "key.revoke",
        bucket: None,
        object: Some(id.to_string()),
        detail: format!("revoked API key {id}"),
        rows: vec![LoggedRow::ApiKey(Sides::of(Some(&before), Some(&after)))],
    };
    Ok(MutationOutcome::Changed(true, change))
}
