//! Making access keys, making them less, and taking them away.

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::tables::{access_keys, projects};
use sail_cargo_database::{DbConnection, MasterKey};

use super::generate::generate;
use super::made::MadeAccessKey;
use crate::domain::access_key::AccessKeyOwner;
use crate::domain::limits::{MAX_KEYS_PER_USER, MAX_LIVE_KEYS, MAX_PERSONAL_KEYS};
use crate::domain::{
    AccessKeyEdit, AccessKeyId, AccessKeyKind, AccessKeyStatus, Caller, Conflict, Context,
    NewAccessKey, ProjectId, Resource, StoredAccessKey, SubjectId,
};
use crate::service::accounts::{demand_same_epoch, refuse_usernames};
use crate::service::error::ServiceError;
use crate::service::handle::UserNames;
use crate::service::mutation::{Change, MutationOutcome};

/// Where a key is changed, by whom, and as which revision.
pub(super) struct Act<'a> {
    pub(super) connection: &'a mut DbConnection,
    pub(super) master_key: &'a MasterKey,
    pub(super) project: &'a ProjectId,
    pub(super) context: &'a Context,
    pub(super) revision: i64,
    pub(super) users: UserNames,
}

impl Act<'_> {
    /// Adds a key of a family of its own.
    pub(super) fn create(
        mut self,
        new: &NewAccessKey,
    ) -> Result<(MadeAccessKey, Change), ServiceError> {
        let maker = demand_self_service(self.connection, self.project, &self.context.caller)?;
        if let (Maker::User, AccessKeyOwner::User(user)) = (maker, new.owner()) {
            demand_room(self.connection, self.project, user, new.kind())?;
        }
        if let (UserNames::Accounts, AccessKeyOwner::User(user)) = (self.users, new.owner()) {
            refuse_usernames(self.connection, self.project, [user])?;
        }
        let made = self.insert(new, None)?;
        let id = &made.stored.id;
        let rows = vec![logged(None, Some(&made.stored))];
        let (what, whose) = (what(&made.stored), whose(&made.stored));
        let detail = format!("made {what} {id} of {whose} ({})", new.name());
        let change = change("access_key.create", id.to_string(), detail, rows);
        Ok((made, change))
    }

    /// Adds a key in the place of another, which ends after `overlap`. Those of the family that have
    /// ended are taken away.
    pub(super) fn rotate(
        mut self,
        id: &AccessKeyId,
        overlap: TimeDelta,
        expires_at: DateTime<Utc>,
    ) -> Result<(MadeAccessKey, Change), ServiceError> {
        demand_self_service(self.connection, self.project, &self.context.caller)?;
        let now = self.context.now;
        let old = owned(self.connection, self.project, id, &self.context.caller)?;
        if !old.is_live(now) {
            return Err(Conflict::AccessKeyNotLive(id.clone()).into());
        }
        let family = access_keys::family(self.connection, self.project, &old.family)?;
        let (live, ended): (Vec<_>, Vec<_>) = family.into_iter().partition(|key| key.is_live(now));
        if live.len() >= MAX_LIVE_KEYS {
            return Err(Conflict::TooManyLiveKeys.into());
        }
        let ending =
            StoredAccessKey { expires_at: old.expires_at.min(now + overlap), ..old.clone() };
        access_keys::update(self.connection, self.project, &ending)?;
        let mut rows = vec![logged(Some(&old), Some(&ending))];
        for key in &ended {
            access_keys::delete(self.connection, self.project, &key.id)?;
            rows.push(logged(Some(key), None));
        }
        let new = NewAccessKey::successor(&old, expires_at);
        let made = self.insert(&new, Some(&old))?;
        rows.push(logged(None, Some(&made.stored)));
        let detail = format!("rotated {} {id} into {}", what(&old), made.stored.id);
        let change = change("access_key.rotate", id.to_string(), detail, rows);
        Ok((made, change))
    }

    /// Adds a key; one in the place of `old` is in use where that is.
    fn insert(
        &mut self,
        new: &NewAccessKey,
        old: Option<&StoredAccessKey>,
    ) -> Result<MadeAccessKey, ServiceError> {
        let (id, secret) = generate(new.kind())?;
        let stored = StoredAccessKey {
            family: old.map_or_else(|| id.to_string(), |old| old.family.clone()),
            id,
            kind: new.kind(),
            owner: new.owner().clone(),
            name: new.name().to_owned(),
            status: old.map_or(AccessKeyStatus::Active, |old| old.status),
            disabled_by: old.and_then(|old| old.disabled_by.clone()),
            limits: new.limits().clone(),
            created_at: self.context.now,
            created_by: self.context.caller.to_string(),
            expires_at: new.expires_at(),
            last_used_at: None,
            last_used_ip: None,
            last_used_agent: None,
        };
        access_keys::insert(
            self.connection,
            self.master_key,
            self.project,
            &stored,
            &secret,
            self.revision,
        )?;
        Ok(MadeAccessKey { secret, stored })
    }
}

/// Refuses a user who has as many keys of a kind as users make for themselves.
fn demand_room(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &SubjectId,
    kind: AccessKeyKind,
) -> Result<(), ServiceError> {
    let count = access_keys::count_of_user(connection, project, user, kind)?;
    match kind {
        AccessKeyKind::S3 if count >= MAX_KEYS_PER_USER => {
            Err(Conflict::TooManyAccessKeys(user.clone()).into())
        }
        AccessKeyKind::Token if count >= MAX_PERSONAL_KEYS => {
            Err(Conflict::TooManyPersonalKeys(user.clone()).into())
        }
        AccessKeyKind::S3 | AccessKeyKind::Token => Ok(()),
    }
}

/// Who makes keys, or puts them in use again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Maker {
    /// The application, or an operator: of any keys.
    Application,
    /// A user: of some of their own.
    User,
}

/// Refuses users where the project says that they make no keys, and keys everywhere: keys make no keys.
fn demand_self_service(
    connection: &mut DbConnection,
    project: &ProjectId,
    caller: &Caller,
) -> Result<Maker, ServiceError> {
    match caller {
        Caller::Root(_) | Caller::Operator { .. } => Ok(Maker::Application),
        Caller::User(user)
            if projects::find(connection, project.as_str())?.settings.self_service_keys =>
        {
            demand_same_epoch(connection, project, user)?;
            Ok(Maker::User)
        }
        Caller::User(_) | Caller::AccessKey(_) | Caller::Session(_) | Caller::Everybody(_) => {
            Err(ServiceError::NoSelfService)
        }
    }
}

/// Makes a key less than it is, or puts it out of use.
pub(super) fn patch(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &AccessKeyId,
    caller: &Caller,
    edit: AccessKeyEdit,
) -> Result<MutationOutcome<StoredAccessKey>, ServiceError> {
    let before = owned(connection, project, id, caller)?;
    let after = edit.apply(&before, caller)?;
    if before == after {
        return Ok(MutationOutcome::Unchanged(after));
    }
    if before.status == AccessKeyStatus::Disabled && after.status == AccessKeyStatus::Active {
        demand_self_service(connection, project, caller)?;
    }
    access_keys::update(connection, project, &after)?;
    let rows = vec![logged(Some(&before), Some(&after))];
    let detail = format!("changed {} {id} of {}", what(&after), whose(&after));
    Ok(MutationOutcome::Changed(after, change("access_key.patch", id.to_string(), detail, rows)))
}

/// Takes a key away for ever.
pub(super) fn revoke(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &AccessKeyId,
    caller: &Caller,
) -> Result<MutationOutcome<bool>, ServiceError> {
    let found = access_keys::find(connection, project, id)?;
    let found = found.filter(|key| is_for(key, caller));
    let Some(key) = found else { return Ok(MutationOutcome::Unchanged(false)) };
    access_keys::delete(connection, project, id)?;
    let detail = format!("revoked {} {id} of {}", what(&key), whose(&key));
    let rows = vec![logged(Some(&key), None)];
    Ok(MutationOutcome::Changed(true, change("access_key.revoke", id.to_string(), detail, rows)))
}

/// Takes all keys of a user away for ever; how many there were.
pub(super) fn revoke_all(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &SubjectId,
) -> Result<MutationOutcome<usize>, ServiceError> {
    let keys = access_keys::list(connection, project, (Some(user), None), "", usize::MAX)?;
    if keys.is_empty() {
        return Ok(MutationOutcome::Unchanged(0));
    }
    keys.iter().try_for_each(|key| access_keys::delete(connection, project, &key.id))?;
    let rows = keys.iter().map(|key| logged(Some(key), None)).collect();
    let detail = format!("revoked all {} access keys of user:{user}", keys.len());
    let change = change("access_key.revoke_all", user.to_string(), detail, rows);
    Ok(MutationOutcome::Changed(keys.len(), change))
}

/// A key that the caller may see: users see their own.
pub(super) fn owned(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &AccessKeyId,
    caller: &Caller,
) -> Result<StoredAccessKey, ServiceError> {
    let found = access_keys::find(connection, project, id)?;
    found.filter(|key| is_for(key, caller)).ok_or(ServiceError::NotFound(Resource::AccessKey))
}

fn is_for(key: &StoredAccessKey, caller: &Caller) -> bool {
    match caller {
        Caller::Root(_) | Caller::Operator { .. } => true,
        Caller::User(user) => key.owner.user() == Some(&user.id),
        Caller::AccessKey(_) | Caller::Session(_) | Caller::Everybody(_) => false,
    }
}

fn logged(before: Option<&StoredAccessKey>, after: Option<&StoredAccessKey>) -> LoggedRow {
    LoggedRow::AccessKey(Sides::of(before, after))
}

fn change(kind: &'static str, object: String, detail: String, rows: Vec<LoggedRow>) -> Change {
    Change { kind, bucket: None, object: Some(object), detail, rows }
}

/// The name of its kind, for the record.
const fn what(key: &StoredAccessKey) -> &'static str {
    match key.kind {
        AccessKeyKind::S3 => "access key",
        AccessKeyKind::Token => "personal key",
    }
}

fn whose(key: &StoredAccessKey) -> String {
    key.owner.user().map_or_else(|| "the application".to_owned(), |user| format!("user:{user}"))
}
