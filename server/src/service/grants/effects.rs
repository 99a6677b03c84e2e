//! Computes how a change of grants affects its subjects.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sail_cargo_database::history::Overlay;
use sail_cargo_database::snapshot_reader::rules_now;
use sail_cargo_database::tables::{accounts, grants};
use sail_cargo_database::{DatabaseError, DbConnection};

use super::options::{AccessDelta, GrantEdit};
use crate::domain::account::Usernames;
use crate::domain::{
    BucketName, BucketRules, GrantKey, GrantPrefix, Permissions, ProjectId, ProjectRules,
    StoredGrant, Subject, VariableValues,
};

type Touched<'a> = BTreeMap<&'a BucketName, BTreeSet<&'a str>>;

/// The grants of the affected subjects before the change.
pub(super) struct Before {
    grants: BTreeMap<BucketName, Vec<StoredGrant>>,
}

impl Before {
    pub(super) fn read(
        connection: &mut DbConnection,
        project: &ProjectId,
        touched: &Touched<'_>,
    ) -> Result<Self, DatabaseError> {
        read(connection, project, touched).map(|grants| Self { grants })
    }

    /// The permissions that each edit's subject gains and loses, in the order of the edits. Edits
    /// without an effect are left out. Call it after the change was made.
    pub(super) fn compare(
        self,
        connection: &mut DbConnection,
        project: &ProjectId,
        touched: &Touched<'_>,
        edits: &[GrantEdit],
        now: DateTime<Utc>,
    ) -> Result<Vec<AccessDelta>, DatabaseError> {
        let after = read(connection, project, touched)?;
        let rules = rules_now(connection, project, touched.keys().copied())?;
        let usernames = usernames(connection, project, &self.grants, edits)?;
        let (before, after) = (by_subject(&self.grants), by_subject(&after));
        let effects = edits.iter().filter_map(|edit| {
            let bucket = rules.buckets.get(&edit.key.bucket)?;
            let values = match &edit.key.subject {
                Subject::User(id) => {
                    let values = VariableValues::of(id, usernames.of(id));
                    Some(values.stored_in(&rules.project.storage))
                }
                _ => None,
            };
            let place = edit.key.prefix.as_held(values);
            let covers = |prefix: &GrantPrefix| {
                let own = prefix.as_held(values).zip(place.as_ref());
                own.is_some_and(|(prefix, place)| prefix.contains(place))
            };
            let held = |grants| held(grants, &edit.key, covers, &rules.project, *bucket, now);
            let (before, after) = (held(&before), held(&after));
            let (gains, loses) = (after.without(before), before.without(after));
            (!gains.is_empty() || !loses.is_empty()).then(|| AccessDelta {
                key: edit.key.clone(),
                gains,
                loses,
            })
        });
        Ok(effects.collect())
    }
}

fn read(
    connection: &mut DbConnection,
    project: &ProjectId,
    touched: &Touched<'_>,
) -> Result<BTreeMap<BucketName, Vec<StoredGrant>>, DatabaseError> {
    touched
        .iter()
        .map(|(bucket, subjects)| {
            let grants = grants::for_subjects(connection, project, bucket, subjects)?;
            Ok(((*bucket).clone(), grants))
        })
        .collect()
}

type BySubject<'a> = BTreeMap<(&'a str, &'static str, &'a str), Vec<&'a StoredGrant>>;

fn by_subject(grants: &BTreeMap<BucketName, Vec<StoredGrant>>) -> BySubject<'_> {
    let mut by_subject = BySubject::new();
    for grant in grants.values().flatten() {
        let (kind, name) = (grant.key.subject.letter(), grant.key.subject.name());
        by_subject.entry((grant.key.bucket.as_str(), kind, name)).or_default().push(grant);
    }
    by_subject
}

/// The usernames of all accounts, if a grant of those before the change or one of the edits goes by them.
fn usernames(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: &BTreeMap<BucketName, Vec<StoredGrant>>,
    edits: &[GrantEdit],
) -> Result<Usernames, DatabaseError> {
    let given = before.values().flatten().map(|grant| &grant.key.prefix);
    let mut prefixes = given.chain(edits.iter().map(|edit| &edit.key.prefix));
    if prefixes.any(GrantPrefix::is_by_username) {
        return accounts::usernames(connection, project, &Overlay::default());
    }
    Ok(Usernames::default())
}

/// What the key's subject may do below the key's prefix, through those of its own grants and of those to
/// everybody whose prefixes, as far as the subject is concerned, cover all of it.
fn held(
    grants: &BySubject<'_>,
    key: &GrantKey,
    covers: impl Fn(&GrantPrefix) -> bool,
    project: &ProjectRules,
    bucket: BucketRules,
    now: DateTime<Utc>,
) -> Permissions {
    if !project.active {
        return Permissions::NONE;
    }
    let everybody: &[Subject] = match key.subject {
        Subject::Public => &[],
        Subject::Authenticated => &[Subject::Public],
        Subject::User(_) | Subject::Group(_) | Subject::TokenGroup(_) => {
            &[Subject::Authenticated, Subject::Public]
        }
    };
    let given = match key.subject {
        Subject::Public => bucket.public,
        _ => bucket.public.union(project.default_permissions),
    };
    std::iter::once(&key.subject)
        .chain(everybody)
        .filter_map(|subject| grants.get(&(key.bucket.as_str(), subject.letter(), subject.name())))
        .flatten()
        .filter(|grant| covers(&grant.key.prefix))
        .filter(|grant| StoredGrant::clone(grant).into_grant().is_live(now))
        .fold(given, |held, grant| held.union(grant.state.permissions))
        .intersection(bucket.ceiling)
}
