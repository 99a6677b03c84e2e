//! Loads a project's state: all rows, or those that changed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sail_cargo_database::history::{Overlay, undo};
use sail_cargo_database::tables::access_keys::KeptAccessKey;
use sail_cargo_database::tables::project_heads::ProjectHead;
use sail_cargo_database::tables::projects::ProjectAccess;
use sail_cargo_database::tables::{
    access_keys, accounts, api_keys, buckets, changes, grants, group_members, project_heads,
    projects, sessions_end,
};
use sail_cargo_database::transaction::snapshot;
use sail_cargo_database::{DatabaseError, DbConnection, MasterKey};

use super::buckets::Buckets;
use super::grants::{Grants, Loader};
use super::state::{Facts, Members, State};
use crate::domain::account::AccountFacts;
use crate::domain::session::{SessionEpoch, SessionsEnd};
use crate::domain::{AccessKeyId, BucketName, KeyId, KeyLock, ProjectId, SubjectId};

/// The data that was loaded for a state.
pub(super) struct News {
    facts: Facts,
    rows: Rows,
    /// When the first of the changes was made; `None` if all rows were loaded.
    since: Option<DateTime<Utc>>,
}

enum Rows {
    /// All rows, already built into maps, outside of the entry's lock.
    All(Box<Built>),
    /// The rows that changed since the known revision.
    Changed(Box<Overlay>, Changed),
}

struct Built {
    buckets: Buckets,
    grants: Grants,
    members: Members,
    keys: HashMap<KeyId, KeyLock>,
    access_keys: HashMap<AccessKeyId, KeptAccessKey>,
    session_epochs: HashMap<SubjectId, SessionEpoch>,
    accounts: HashMap<SubjectId, AccountFacts>,
}

/// Rows that the change feed does not hold completely.
struct Changed {
    buckets: Buckets,
    keys: Vec<KeyLock>,
    access_keys: Vec<KeptAccessKey>,
}

/// Loads what changed since `known`. Loads everything if nothing is known, or the history since
/// then cannot be used.
pub(super) fn read(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    project: &ProjectId,
    known: Option<ProjectHead>,
) -> Result<News, DatabaseError> {
    snapshot(connection, project, |connection| {
        let facts = facts(connection, master_key, project)?;
        let mut since = None;
        let overlay = match known {
            Some(known) if leads_here(connection, project, &known, &facts.head)? => {
                since = changes::made_at(connection, project, known.revision.number() + 1)?;
                undo(connection, project, known.revision, facts.head.revision).map(Some)
            }
            _ => Ok(None),
        };
        let rows = match overlay {
            Ok(Some(overlay)) => changed(connection, master_key, project, overlay)?,
            // The rows can be read even if the history has a newer layout or is no longer kept.
            Ok(None) | Err(DatabaseError::Gone(_) | DatabaseError::NewerHistory(_)) => {
                Rows::All(Box::new(all(connection, master_key, project)?))
            }
            Err(other) => return Err(other),
        };
        Ok(News { facts, rows, since })
    })
}

/// Whether the changes after `known` lead to `head`. They do not if the database was restored to a
/// state before `known`, whatever was written since.
fn leads_here(
    connection: &mut DbConnection,
    project: &ProjectId,
    known: &ProjectHead,
    head: &ProjectHead,
) -> Result<bool, DatabaseError> {
    if head.revision.demand(Some(known.revision)).is_err() {
        return Ok(false);
    }
    if known.revision == head.revision {
        return Ok(known.chain_hash == head.chain_hash);
    }
    let number = known.revision.number();
    let hash = changes::hash_of(connection, project, number)?;
    // Revision 0 has no change.
    Ok(hash.map_or(number == 0, |hash| hash == known.chain_hash))
}

/// The facts about the project itself.
fn facts(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    project: &ProjectId,
) -> Result<Facts, DatabaseError> {
    let rules = projects::rules(connection, project, None)?;
    let ProjectAccess { slug, account, endpoints, credentials } =
        projects::access(connection, master_key, project)?;
    let credentials = credentials
        .inspect_err(|error| log::error!("the keys of project {slug} cannot be used: {error}"));
    Ok(Facts {
        head: project_heads::find(connection, project, account)?,
        project: project.clone(),
        slug,
        rules,
        endpoints: endpoints.into(),
        credentials: credentials.ok(),
    })
}

fn all(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    project: &ProjectId,
) -> Result<Built, DatabaseError> {
    let mut loader = Loader::default();
    grants::each_of_project(connection, project, |grant| loader.take(grant.into_grant()))?;
    let mut members = Members::default();
    for member in group_members::all(connection, project, &Overlay::default())? {
        members.put(member);
    }
    Ok(Built {
        buckets: dated(connection, project, None)?,
        grants: loader.finish(),
        members,
        keys: by_id(api_keys::locks(connection, project, None)?),
        access_keys: by_access_key_id(access_keys::kept(connection, master_key, project, None)?),
        session_epochs: sessions_end::all(connection, project)?.iter().map(epoch).collect(),
        accounts: accounts::facts(connection, project)?.into_iter().collect(),
    })
}

fn changed(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    project: &ProjectId,
    overlay: Overlay,
) -> Result<Rows, DatabaseError> {
    let names: Vec<_> = overlay.buckets.keys().cloned().collect();
    let buckets = dated(connection, project, Some(&names))?;
    let ids = overlay.keys.keys().map(ToString::to_string).collect();
    let keys = api_keys::locks(connection, project, Some(ids))?;
    let ids = overlay.access_keys.keys().map(ToString::to_string).collect();
    let access_keys = access_keys::kept(connection, master_key, project, Some(ids))?;
    Ok(Rows::Changed(Box::new(overlay), Changed { buckets, keys, access_keys }))
}

impl News {
    /// When the first of the changes was made; `None` if all rows were loaded.
    pub(super) fn since(&self) -> Option<DateTime<Utc>> {
        self.since
    }

    /// Updates `state`. Returns the old state if it was replaced: it may be large, so the caller
    /// drops it outside of the lock.
    ///
    /// # Errors
    /// [`DatabaseError::Corrupt`] if there is no state that the changes apply to.
    pub(super) fn bring(self, state: &mut Option<State>) -> Result<Option<State>, DatabaseError> {
        let facts = self.facts;
        match (self.rows, state.take()) {
            (Rows::All(built), before) => {
                *state = Some(built.into_state(facts));
                Ok(before)
            }
            (Rows::Changed(overlay, changed), Some(before)) => {
                let mut after = State { facts, ..before };
                apply(&mut after, *overlay, changed);
                *state = Some(after);
                Ok(None)
            }
            (Rows::Changed(..), None) => Err(DatabaseError::corrupt("changes of nothing")),
        }
    }
}

fn apply(state: &mut State, overlay: Overlay, changed: Changed) {
    for name in overlay.buckets.keys() {
        state.buckets.remove(name);
    }
    state.buckets.extend(changed.buckets);
    let grants = overlay.grants.into_values().filter_map(|diff| match (diff.before, diff.now) {
        (_, Some(now)) => Some((now.key.clone(), Some(now.into_grant()))),
        (Some(then), None) => Some((then.key, None)),
        (None, None) => None,
    });
    state.grants.apply(grants);
    for ((group, user), diff) in overlay.members {
        match diff.now {
            Some(member) => state.members.put(member),
            None => state.members.remove(&user, &group),
        }
    }
    for id in overlay.keys.keys() {
        state.keys.remove(id);
    }
    state.keys.extend(by_id(changed.keys));
    for id in overlay.access_keys.keys() {
        state.access_keys.remove(id);
    }
    state.access_keys.extend(by_access_key_id(changed.access_keys));
    for (user, diff) in overlay.accounts {
        match diff.now {
            Some(account) => state.accounts.insert(user, account.facts),
            None => state.accounts.remove(&user),
        };
    }
    for (user, diff) in overlay.sessions_ends {
        match diff.now {
            Some(end) => state.session_epochs.insert(user, end.epoch()),
            None => state.session_epochs.remove(&user),
        };
    }
}

impl Built {
    fn into_state(self, facts: Facts) -> State {
        let Self { buckets, grants, members, keys, access_keys, session_epochs, accounts } = self;
        State { facts, buckets, grants, members, keys, access_keys, session_epochs, accounts }
    }
}

fn epoch(end: &SessionsEnd) -> (SubjectId, SessionEpoch) {
    (end.user.clone(), end.epoch())
}

/// The project's buckets among `names`, or all, with when they were registered.
fn dated(
    connection: &mut DbConnection,
    project: &ProjectId,
    names: Option<&[BucketName]>,
) -> Result<Buckets, DatabaseError> {
    let facts = buckets::facts(connection, project, names)?;
    let revisions: Vec<i64> = facts.iter().map(|facts| facts.created_revision).collect();
    let made = changes::made_at_each(connection, project, &revisions)?;
    let mut buckets = Buckets::default();
    for facts in facts {
        let registered_at = made.get(&facts.created_revision).copied();
        buckets.put(facts, registered_at);
    }
    Ok(buckets)
}

fn by_id(keys: Vec<KeyLock>) -> HashMap<KeyId, KeyLock> {
    keys.into_iter().map(|lock| (lock.id().clone(), lock)).collect()
}

fn by_access_key_id(keys: Vec<KeptAccessKey>) -> HashMap<AccessKeyId, KeptAccessKey> {
    keys.into_iter().map(|kept| (kept.id().clone(), kept)).collect()
}
