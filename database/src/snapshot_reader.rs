//! Reads what a decision needs, at one revision.

use chrono::{DateTime, Utc};

use crate::connection::DbConnection;
use crate::domain::caller::User;
use crate::domain::{
    Authority, BucketName, BucketState, Caller, Grant, ProjectId, Revision, StoredGrant, SubjectId,
};
use crate::error::DatabaseError;
use crate::history::Overlay;
use crate::tables::buckets::{self, BucketFacts};
use crate::tables::{accounts, grants, group_members, project_heads, projects};

/// Reads the state of one project at one revision.
#[derive(Debug, Clone, Copy)]
pub struct SnapshotReader<'a> {
    /// The project.
    pub project: &'a ProjectId,
    /// How the rows differed from today.
    pub overlay: &'a Overlay,
    /// The revision that is read.
    pub revision: Revision,
    /// Memberships count if they are live at this instant.
    pub now: DateTime<Utc>,
}

/// The rules and grants that decide what `caller` may do in `buckets`, or in all buckets if `None`,
/// inside an open transaction.
///
/// # Errors
/// [`DatabaseError::NotFound`] if there is no such project; [`DatabaseError::Unavailable`] if the
/// database does not answer.
pub fn authority_now(
    connection: &mut DbConnection,
    project: &ProjectId,
    caller: &Caller,
    buckets: Option<&[BucketName]>,
    now: DateTime<Utc>,
) -> Result<Authority, DatabaseError> {
    let revision = project_heads::revision(connection, project)?;
    let overlay = Overlay::default();
    SnapshotReader { project, overlay: &overlay, revision, now }
        .authority(connection, caller, buckets)
}

/// The rules of the project and of `buckets`, without grants, inside an open transaction.
///
/// # Errors
/// [`DatabaseError::NotFound`] if there is no such project; [`DatabaseError::Unavailable`] if the
/// database does not answer.
pub fn rules_now<'a>(
    connection: &mut DbConnection,
    project: &ProjectId,
    buckets: impl Iterator<Item = &'a BucketName>,
) -> Result<Authority, DatabaseError> {
    let revision = project_heads::revision(connection, project)?;
    let overlay = Overlay::default();
    let names: Vec<BucketName> = buckets.cloned().collect();
    let reader = SnapshotReader { project, overlay: &overlay, revision, now: DateTime::UNIX_EPOCH };
    reader.rules(connection, Some(&names))
}

impl SnapshotReader<'_> {
    /// The rules and grants that decide what `caller` may do in `buckets`, or in all buckets if
    /// `None`.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if the database does not answer.
    pub fn authority(
        &self,
        connection: &mut DbConnection,
        caller: &Caller,
        buckets: Option<&[BucketName]>,
    ) -> Result<Authority, DatabaseError> {
        let rules = self.rules(connection, buckets)?;
        self.with_grants(connection, &rules, caller, buckets)
    }

    /// `rules` with the groups, the grants and the username of `caller`. Only users have any.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if the database does not answer.
    pub fn with_grants(
        &self,
        connection: &mut DbConnection,
        rules: &Authority,
        caller: &Caller,
        buckets: Option<&[BucketName]>,
    ) -> Result<Authority, DatabaseError> {
        let Some(user) = caller.user() else { return Ok(rules.clone()) };
        let groups = self.groups(connection, user)?;
        let grants = self.grants(connection, user, &groups, buckets)?;
        let username = accounts::username(connection, self.project, &user.id, self.overlay)?;
        Ok(Authority { grants, groups, username, ..rules.clone() })
    }

    /// The rules that hold for everybody in the project and in `buckets`, or in all buckets if
    /// `None`.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if the database does not answer.
    pub fn rules(
        &self,
        connection: &mut DbConnection,
        buckets: Option<&[BucketName]>,
    ) -> Result<Authority, DatabaseError> {
        let facts = buckets::facts(connection, self.project, buckets)?;
        let mut rules = self.rules_of(connection, facts)?;
        for (name, diff) in &self.overlay.buckets {
            if buckets.is_none_or(|buckets| buckets.contains(name)) {
                match diff.before.as_ref().filter(|then| then.state != BucketState::Claimed) {
                    Some(then) => rules.buckets.insert(name.clone(), then.rules),
                    None => rules.buckets.remove(name),
                };
            }
        }
        Ok(rules)
    }

    /// The rules that hold for everybody in buckets that were read already. A claimed bucket is
    /// left out: it does not exist yet.
    ///
    /// # Errors
    /// [`DatabaseError::Unavailable`] if the database does not answer.
    pub fn rules_of(
        &self,
        connection: &mut DbConnection,
        buckets: Vec<BucketFacts>,
    ) -> Result<Authority, DatabaseError> {
        let there = buckets.into_iter().filter(|facts| facts.state != BucketState::Claimed);
        Ok(Authority {
            project: projects::rules(connection, self.project, self.overlay.project.as_ref())?,
            buckets: there.map(|facts| (facts.name, facts.rules)).collect(),
            grants: Vec::new(),
            groups: Vec::new(),
            username: None,
            revision: self.revision.number(),
        })
    }

    /// The groups whose member lists have the user as a live member.
    fn groups(
        &self,
        connection: &mut DbConnection,
        user: &User,
    ) -> Result<Vec<SubjectId>, DatabaseError> {
        let all = group_members::of_user(connection, self.project, &user.id, self.overlay)?;
        let live = all.into_iter().filter(|member| member.is_live(self.now));
        Ok(live.map(|member| member.group).collect())
    }

    fn grants(
        &self,
        connection: &mut DbConnection,
        user: &User,
        groups: &[SubjectId],
        buckets: Option<&[BucketName]>,
    ) -> Result<Vec<Grant>, DatabaseError> {
        let now = grants::for_user(connection, self.project, user, groups, buckets)?;
        let then = grants::at_revision(now, self.overlay, |grant| {
            buckets.is_none_or(|buckets| buckets.contains(&grant.key.bucket))
                && grant.clone().into_grant().names(user, groups)
        });
        Ok(then.into_iter().map(StoredGrant::into_grant).collect())
    }
}
