//! The users that grants and member lists name, and their access.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sail_cargo_database::history::{Overlay, When, overlay};
use sail_cargo_database::tables::{accounts, grants, group_members};
use sail_cargo_database::{DbConnection, SnapshotReader};

use super::error::ServiceError;
use super::grants::is_admin_of_all;
use super::handle::Service;
use super::listing::{Listed, Listing};
use super::summaries::UserSummary;
use crate::domain::account::Usernames;
use crate::domain::grant::SubjectKind;
use crate::domain::holdings::KnownUsers;
use crate::domain::lookalike::mixes_scripts;
use crate::domain::{
    At, Authority, BucketName, Caller, Context, Membership, ProjectId, Resource, StoredGrant,
    Subject, SubjectFilter, SubjectId,
};

/// The facts that decide who can do what in one bucket.
#[derive(Debug)]
pub struct BucketAccess {
    /// The rules, and every grant on the bucket that bears on the subjects.
    pub authority: Authority,
    /// The users that the grants name by groups or by usernames.
    pub users: KnownUsers,
}

impl Service {
    /// A page of the users that a grant or a member list names, by id.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if that part of the history is not kept.
    pub async fn users(
        &self,
        listing: Listing,
        context: Context,
    ) -> Result<At<Listed<UserSummary>>, ServiceError> {
        let list = |connection: &mut DbConnection, page: &Listing, overlay: Overlay| {
            let users = users(connection, &page.project, &overlay)?.into_values();
            let is_named = |user: &UserSummary| user.grants > 0 || !user.groups.is_empty();
            let listed = users.filter(|user| user.id > page.after && is_named(user));
            Ok(listed.take(page.limit + 1).collect())
        };
        self.patient().list(listing, context, list).await
    }

    /// The facts that decide what the subjects that `subjects` selects can do in `bucket`, as they were
    /// `when`. Memberships count if they are live at `now`.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if the project had no such bucket; [`ServiceError::Forbidden`] if
    /// the caller does not administer all of it.
    pub async fn bucket_access(
        &self,
        project: ProjectId,
        bucket: BucketName,
        subjects: SubjectFilter,
        when: When,
        now: DateTime<Utc>,
        context: Context,
    ) -> Result<At<BucketAccess>, ServiceError> {
        let access = self
            .patient()
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                demand_sight(connection, &project, &context, &bucket, when)?;
                let reader = SnapshotReader { project: &project, overlay: &overlay, revision, now };
                let mut authority =
                    reader.rules(connection, Some(std::slice::from_ref(&bucket)))?;
                if !authority.buckets.contains_key(&bucket) {
                    return Err(ServiceError::NotFound(Resource::Bucket));
                }
                let grants =
                    grants::on_bucket_for(connection, &project, &bucket, &subjects, &overlay)?;
                authority.grants = grants.into_iter().map(StoredGrant::into_grant).collect();
                let users = KnownUsers {
                    groups: members(connection, &project, &overlay, &authority, &subjects, now)?,
                    usernames: usernames(connection, &project, &overlay, &authority)?,
                };
                Ok(At { value: BucketAccess { authority, users }, revision })
            })
            .await?;
        Ok(access.value)
    }
}

/// Refuses users who do not administer all of the bucket today. The application may also read the
/// past of buckets that are no longer registered.
fn demand_sight(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    bucket: &BucketName,
    when: When,
) -> Result<(), ServiceError> {
    match context.caller {
        Caller::Root(_) | Caller::Operator { .. } if when != When::Now => return Ok(()),
        Caller::Root(_)
        | Caller::Operator { .. }
        | Caller::User(_)
        | Caller::AccessKey(_)
        | Caller::Session(_)
        | Caller::Everybody(_) => {}
    }
    if is_admin_of_all(connection, project, context, bucket)? {
        return Ok(());
    }
    Err(ServiceError::Forbidden(format!("no admin permission on all of `{bucket}`")))
}

fn users(
    connection: &mut DbConnection,
    project: &ProjectId,
    overlay: &Overlay,
) -> Result<BTreeMap<String, UserSummary>, ServiceError> {
    let mut counts: BTreeMap<String, i64> =
        grants::users(connection, project)?.into_iter().collect();
    for diff in overlay.grants.values() {
        let Some(Subject::User(id)) =
            diff.before.as_ref().or(diff.now.as_ref()).map(|grant| &grant.key.subject)
        else {
            continue;
        };
        let count = counts.entry(id.to_string()).or_default();
        *count += i64::from(diff.before.is_some()) - i64::from(diff.now.is_some());
    }
    let mut users: BTreeMap<String, UserSummary> = counts
        .into_iter()
        .map(|(id, count)| (id.clone(), user(id, count.unsigned_abs())))
        .collect();
    for Membership { group, user: id, .. } in group_members::all(connection, project, overlay)? {
        let id = id.to_string();
        users.entry(id.clone()).or_insert_with(|| user(id, 0)).groups.push(group.to_string());
    }
    for user in users.values_mut() {
        user.groups.sort();
    }
    Ok(users)
}

/// A user with what the id alone shows.
fn user(id: String, grants: u64) -> UserSummary {
    UserSummary {
        grants,
        groups: Vec::new(),
        mixed_scripts: mixes_scripts(&id),
        flaw: SubjectId::parse_new(&id).err().map(|flaw| flaw.to_string()),
        id,
    }
}

/// The usernames of all accounts, if a grant goes by them.
fn usernames(
    connection: &mut DbConnection,
    project: &ProjectId,
    overlay: &Overlay,
    authority: &Authority,
) -> Result<Usernames, ServiceError> {
    if authority.grants.iter().any(|grant| grant.prefix.is_by_username()) {
        return Ok(accounts::usernames(connection, project, overlay)?);
    }
    Ok(Usernames::default())
}

/// The live members of the groups that the grants name, as far as `subjects` selects them.
fn members(
    connection: &mut DbConnection,
    project: &ProjectId,
    overlay: &Overlay,
    authority: &Authority,
    subjects: &SubjectFilter,
    now: DateTime<Utc>,
) -> Result<BTreeMap<SubjectId, Vec<SubjectId>>, ServiceError> {
    let named: BTreeSet<&str> = authority
        .grants
        .iter()
        .filter_map(|grant| match &grant.subject {
            Subject::Group(group) => Some(group.as_str()),
            _ => None,
        })
        .collect();
    let mut members: BTreeMap<SubjectId, Vec<SubjectId>> = BTreeMap::new();
    if named.is_empty() || subjects.kind.is_some_and(|kind| kind != SubjectKind::User) {
        return Ok(members);
    }
    let all = match subjects.name.as_deref().map(SubjectId::parse) {
        None => group_members::all(connection, project, overlay)?,
        Some(Ok(user)) => group_members::of_user(connection, project, &user, overlay)?,
        // Nobody has such an id.
        Some(Err(_)) => Vec::new(),
    };
    for member in all {
        if named.contains(member.group.as_str()) && member.is_live(now) {
            members.entry(member.user).or_default().push(member.group);
        }
    }
    Ok(members)
}
