//! From rows to a state: all of them, or those that changed.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::DateTime;
use diesel::prelude::*;

use super::super::api_keys::{KeyLock, locks};
use super::super::authority::SnapshotReader;
use super::super::buckets::BucketFacts;
use super::super::connection::{Backend, DbConnection, snapshot};
use super::super::error::StoreError;
use super::super::grants::of_project;
use super::super::history::{Overlay, undo};
use super::super::revision::head;
use super::super::schema::{change, project as dsl, project_head, store};
use super::super::storage_accounts::{AccountVersion, SealedRow};
use super::super::vault::MasterKey;
use super::super::{groups, storage_accounts};
use super::state::{Facts, Grants, Head, Members, State};
use crate::domain::limits::MAX_REMEMBERED_GRANTS;
use crate::domain::{BucketName, KeyId, ProjectId, Revision};

/// What a state becomes.
pub(super) struct News {
    facts: Facts,
    rows: Rows,
}

enum Rows {
    /// Everything there is: a state of its own, built where it holds nobody up.
    All(Box<Built>),
    /// What changed since the revision that was known.
    Changed(Box<Overlay>, Changed),
}

struct Built {
    buckets: HashMap<BucketName, BucketFacts>,
    grants: Grants,
    members: Members,
    keys: HashMap<KeyId, KeyLock>,
}

/// Rows that the change feed does not hold whole.
struct Changed {
    buckets: Vec<BucketFacts>,
    keys: Vec<KeyLock>,
}

/// Why a project is not remembered.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotLoaded {
    #[error("it has more than {MAX_REMEMBERED_GRANTS} grants")]
    TooLarge,
    #[error("{0}")]
    Database(#[from] StoreError),
}

/// Reads what is new behind `known`; everything, where nothing is known or the way from there is
/// not kept.
pub(super) fn read(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    project: &ProjectId,
    known: Option<Head>,
) -> Result<News, NotLoaded> {
    let read = snapshot(connection, project, |connection| {
        let revision = head(connection, project)?;
        let facts = facts(connection, master_key, project, revision)?;
        let since = match known {
            Some(known) if leads_here(connection, project, &known, &facts.head)? => {
                undo(connection, project, known.revision, revision).map(Some)
            }
            _ => Ok(None),
        };
        let rows = match since {
            Ok(Some(overlay)) => Some(changed(connection, project, revision, overlay)?),
            // A layout that is not known here is no reason not to know the rows.
            Ok(None) | Err(StoreError::Gone(_) | StoreError::NewerHistory(_)) => {
                all(connection, project, revision)?.map(|all| Rows::All(Box::new(all)))
            }
            Err(other) => return Err(other),
        };
        Ok(rows.map(|rows| News { facts, rows }))
    });
    read?.ok_or(NotLoaded::TooLarge)
}

/// Whether the changes behind `known` lead to `head`. They do not where the database was set back
/// to a state before it, whatever happened to it since.
fn leads_here(
    connection: &mut DbConnection,
    project: &ProjectId,
    known: &Head,
    head: &Head,
) -> Result<bool, StoreError> {
    if head.revision.demand(Some(known.revision)).is_err() {
        return Ok(false);
    }
    if known.revision == head.revision {
        return Ok(known.chain_hash == head.chain_hash);
    }
    let hash: Option<Vec<u8>> = change::table
        .find((project.as_str(), known.revision.number()))
        .select(change::hash)
        .first(connection)
        .optional()?;
    // Of no change at all there is no row.
    Ok(hash.map_or(known.revision.number() == 0, |hash| hash == known.chain_hash))
}

/// A project with the account that its objects are in.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct FactsRow {
    slug: String,
    #[diesel(embed)]
    account: AccountVersion,
    #[diesel(select_expression = store::endpoints)]
    endpoints: String,
    #[diesel(embed)]
    sealed: SealedRow,
}

/// What is true of the project itself.
fn facts(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    project: &ProjectId,
    revision: Revision,
) -> Result<Facts, StoreError> {
    let overlay = Overlay::default();
    let rules = now(project, &overlay, revision).project_rules(connection)?;
    let of_head = project_head::table.find(project.as_str());
    let chain_hash = of_head.select(project_head::chain_hash).first(connection)?;
    let FactsRow { slug, account, endpoints, sealed } = dsl::table
        .inner_join(store::table.on(store::id.eq(dsl::store_id)))
        .filter(dsl::id.eq(project.as_str()))
        .select(FactsRow::as_select())
        .first(connection)?;
    let credentials = sealed
        .into_credentials(master_key)
        .inspect_err(|error| log::error!("the keys of project {slug} cannot be used: {error}"));
    Ok(Facts {
        head: Head { revision, chain_hash, account },
        project: project.clone(),
        slug,
        rules,
        endpoints: storage_accounts::parse_endpoints(&endpoints)?.into(),
        credentials: credentials.ok().map(Arc::new),
    })
}

fn now<'a>(project: &'a ProjectId, overlay: &'a Overlay, revision: Revision) -> SnapshotReader<'a> {
    SnapshotReader { project, overlay, revision, now: DateTime::UNIX_EPOCH }
}

fn all(
    connection: &mut DbConnection,
    project: &ProjectId,
    revision: Revision,
) -> Result<Option<Built>, StoreError> {
    let overlay = Overlay::default();
    let rows = of_project(connection, project, MAX_REMEMBERED_GRANTS + 1)?;
    if rows.len() > MAX_REMEMBERED_GRANTS {
        return Ok(None);
    }
    let (mut grants, mut members) = (Grants::default(), Members::default());
    for grant in rows {
        grants.put(grant.into_grant());
    }
    for member in groups::all(connection, project, &overlay)? {
        members.put(member);
    }
    let buckets = now(project, &overlay, revision).bucket_rows(connection, None)?;
    Ok(Some(Built {
        buckets: buckets.into_iter().map(|row| (row.name.clone(), row)).collect(),
        grants,
        members,
        keys: by_id(locks(connection, project, None)?),
    }))
}

fn changed(
    connection: &mut DbConnection,
    project: &ProjectId,
    revision: Revision,
    overlay: Overlay,
) -> Result<Rows, StoreError> {
    let names: Vec<_> = overlay.buckets.keys().cloned().collect();
    let nothing = Overlay::default();
    let buckets = now(project, &nothing, revision).bucket_rows(connection, Some(&names))?;
    let keys =
        locks(connection, project, Some(overlay.keys.keys().map(ToString::to_string).collect()))?;
    Ok(Rows::Changed(Box::new(overlay), Changed { buckets, keys }))
}

impl News {
    /// Brings `state` up to date, and hands out what it was where it is another now: there may be
    /// much to drop.
    ///
    /// # Errors
    /// What changed cannot be put on what is there: the state is gone then.
    pub(super) fn bring(self, state: &mut Option<State>) -> Result<Option<State>, StoreError> {
        let facts = self.facts;
        match (self.rows, state.take()) {
            (Rows::All(built), before) => {
                let Built { buckets, grants, members, keys } = *built;
                *state = Some(State { facts, buckets, grants, members, keys });
                Ok(before)
            }
            (Rows::Changed(overlay, changed), Some(before)) => {
                let mut after = State { facts, ..before };
                apply(&mut after, *overlay, changed);
                *state = Some(after);
                Ok(None)
            }
            (Rows::Changed(..), None) => Err(StoreError::corrupt("changes of nothing")),
        }
    }
}

fn apply(state: &mut State, overlay: Overlay, changed: Changed) {
    for name in overlay.buckets.keys() {
        state.buckets.remove(name);
    }
    state.buckets.extend(changed.buckets.into_iter().map(|row| (row.name.clone(), row)));
    for diff in overlay.grants.into_values() {
        match (diff.before, diff.now) {
            (_, Some(now)) => state.grants.put(now.into_grant()),
            (Some(then), None) => state.grants.remove(&then.key),
            (None, None) => {}
        }
    }
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
}

fn by_id(keys: Vec<KeyLock>) -> HashMap<KeyId, KeyLock> {
    keys.into_iter().map(|lock| (lock.id().clone(), lock)).collect()
}
