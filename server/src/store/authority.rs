//! What a decision is made from, read at one revision.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::{BucketState, ProjectStatus};

use super::Database;
use super::buckets::BucketFacts;
use super::cache::State;
use super::connection::{Backend, DbConnection};
use super::error::StoreError;
use super::history::{Overlay, When, overlay};
use super::probes::contract;
use super::projects::{Project, ProjectRow};
use super::reservations::Unsettled;
use super::revision::head;
use super::schema::{project, store};
use super::{buckets, grants, groups, storage_accounts};
use crate::domain::caller::User;
use crate::domain::s3::Endpoint;
use crate::domain::{
    At, Authority, BucketName, Caller, Context, ProjectId, ProjectRules, Revision, SubjectId,
};

impl Database {
    /// Where the project's storage answers. Not a secret: it is read before anything is judged.
    ///
    /// # Errors
    /// There is no such project.
    pub async fn endpoints(&self, project: ProjectId) -> Result<Arc<[Endpoint]>, StoreError> {
        let cached = |state: &State| Some(Arc::clone(state.endpoints()));
        if let Some(endpoints) = self.cache.get_if_fresh(&project, None, cached) {
            return Ok(endpoints);
        }
        self.run(move |connection| storage_accounts::endpoints(connection, &project).map(Arc::from))
            .await
    }

    /// Everything that bears on what the caller may do in `buckets`; in all buckets when `None`.
    ///
    /// # Errors
    /// There is no such project, or it is not at the revision the caller has seen.
    pub async fn authority(
        &self,
        project: ProjectId,
        context: &Context,
        buckets: Option<Vec<BucketName>>,
    ) -> Result<At<Authority>, StoreError> {
        let context = context.clone();
        self.authority_of(project, context.caller.clone(), &context, buckets, When::Now).await
    }

    /// The same, and those of the buckets whose creation or deletion is not settled.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is no such project. [`StoreError::Conflict`]: it is not at
    /// the revision the caller has seen.
    pub async fn authority_and_unsettled(
        &self,
        project: ProjectId,
        context: &Context,
        buckets: Vec<BucketName>,
    ) -> Result<At<(Authority, Vec<Unsettled>)>, StoreError> {
        let cached = |state: &State| {
            let authority = state.authority(&context.caller, &buckets, context.now)?;
            Some(At { value: (authority, Vec::new()), revision: state.revision() })
        };
        if let Some(read) = self.cache.get_if_fresh(&project, context.at_least, cached) {
            return Ok(read);
        }
        let context = context.clone();
        self.read(project.clone(), context.at_least, move |connection, revision| {
            let (overlay, now) = (Overlay::default(), context.now);
            let reader = SnapshotReader { project: &project, overlay: &overlay, revision, now };
            let rows = reader.bucket_rows(connection, Some(&buckets))?;
            let unsettled = rows.iter().filter(|row| row.state != BucketState::Active);
            let unsettled = unsettled
                .map(|row| Unsettled {
                    project: project.clone(),
                    bucket: row.name.clone(),
                    state: row.state,
                    since: row.since,
                })
                .collect();
            let rules = reader.rules_of(connection, rows)?;
            let authority =
                reader.with_grants(connection, &rules, &context.caller, Some(&buckets))?;
            Ok((authority, unsettled))
        })
        .await
    }

    /// The same of several callers, in their order.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is no such project. [`StoreError::Conflict`]: it is not at
    /// the revision the caller has seen.
    pub async fn authorities(
        &self,
        project: ProjectId,
        callers: Vec<Caller>,
        buckets: Vec<BucketName>,
        context: Context,
    ) -> Result<At<Vec<Authority>>, StoreError> {
        self.read(project.clone(), context.at_least, move |connection, revision| {
            let overlay = Overlay::default();
            let now = context.now;
            let reader = SnapshotReader { project: &project, overlay: &overlay, revision, now };
            let rules = reader.rules(connection, Some(&buckets))?;
            callers
                .iter()
                .map(|caller| reader.with_grants(connection, &rules, caller, Some(&buckets)))
                .collect()
        })
        .await
    }

    /// The same of another caller, and as it was `when`. `context.now` is the instant that
    /// memberships must be live at.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]: there is no such project. [`StoreError::Conflict`]: it is not at
    /// the revision the caller has seen. [`StoreError::Gone`]: that part of the
    /// history is not kept.
    pub async fn authority_of(
        &self,
        project: ProjectId,
        caller: Caller,
        context: &Context,
        buckets: Option<Vec<BucketName>>,
        when: When,
    ) -> Result<At<Authority>, StoreError> {
        let now = context.now;
        let authority = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, overlay) = overlay(connection, &project, head, when)?;
                let read = SnapshotReader { project: &project, overlay: &overlay, revision, now };
                let value = read.authority(connection, &caller, buckets.as_deref())?;
                Ok(At { value, revision })
            })
            .await?;
        Ok(authority.value)
    }
}

/// The same inside a transaction that is open already.
pub(super) fn load_now(
    connection: &mut DbConnection,
    project: &ProjectId,
    caller: &Caller,
    buckets: Option<&[BucketName]>,
    now: DateTime<Utc>,
) -> Result<Authority, StoreError> {
    let revision = head(connection, project)?;
    let overlay = Overlay::default();
    SnapshotReader { project, overlay: &overlay, revision, now }
        .authority(connection, caller, buckets)
}

/// The rules of the project and of some of its buckets, inside a transaction that is open
/// already; nobody's grants.
pub(super) fn rules<'a>(
    connection: &mut DbConnection,
    project: &ProjectId,
    buckets: impl Iterator<Item = &'a BucketName>,
) -> Result<Authority, StoreError> {
    let revision = head(connection, project)?;
    let overlay = Overlay::default();
    let names: Vec<BucketName> = buckets.cloned().collect();
    let reader = SnapshotReader { project, overlay: &overlay, revision, now: DateTime::UNIX_EPOCH };
    reader.rules(connection, Some(&names))
}

/// A project with what its storage is known to do.
#[derive(Queryable, Selectable)]
#[diesel(table_name = store, check_for_backend(Backend))]
struct RulesRow {
    #[diesel(embed)]
    project: ProjectRow,
    probe: Option<String>,
    accept_unsafe_storage: bool,
}

/// One state of one project, which is read.
pub(super) struct SnapshotReader<'a> {
    pub(super) project: &'a ProjectId,
    pub(super) overlay: &'a Overlay,
    pub(super) revision: Revision,
    pub(super) now: DateTime<Utc>,
}

impl SnapshotReader<'_> {
    /// Everything that bears on what `caller` may do.
    pub(super) fn authority(
        &self,
        connection: &mut DbConnection,
        caller: &Caller,
        buckets: Option<&[BucketName]>,
    ) -> Result<Authority, StoreError> {
        let rules = self.rules(connection, buckets)?;
        self.with_grants(connection, &rules, caller, buckets)
    }

    /// The rules, and what is granted to `caller`.
    fn with_grants(
        &self,
        connection: &mut DbConnection,
        rules: &Authority,
        caller: &Caller,
        buckets: Option<&[BucketName]>,
    ) -> Result<Authority, StoreError> {
        let Caller::User(user) = caller else { return Ok(rules.clone()) };
        let groups = groups::of(connection, self.project, user, self.overlay, self.now)?;
        let grants = self.grants(connection, user, &groups, buckets)?;
        Ok(Authority { grants, groups, ..rules.clone() })
    }

    /// What holds for everybody.
    pub(super) fn rules(
        &self,
        connection: &mut DbConnection,
        buckets: Option<&[BucketName]>,
    ) -> Result<Authority, StoreError> {
        let rows = self.bucket_rows(connection, buckets)?;
        let mut rules = self.rules_of(connection, rows)?;
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

    /// The same of buckets that were read. A bucket that is claimed is none yet.
    fn rules_of(
        &self,
        connection: &mut DbConnection,
        rows: Vec<BucketFacts>,
    ) -> Result<Authority, StoreError> {
        let there = rows.into_iter().filter(|row| row.state != BucketState::Claimed);
        Ok(Authority {
            project: self.project_rules(connection)?,
            buckets: there.map(|row| (row.name, row.rules)).collect(),
            grants: Vec::new(),
            groups: Vec::new(),
            revision: self.revision.number(),
        })
    }

    fn grants(
        &self,
        connection: &mut DbConnection,
        user: &User,
        groups: &[SubjectId],
        buckets: Option<&[BucketName]>,
    ) -> Result<Vec<crate::domain::Grant>, StoreError> {
        let now = grants::for_user(connection, self.project, user, groups, buckets)?;
        let then = grants::at_revision(now, self.overlay, |grant| {
            buckets.is_none_or(|buckets| buckets.contains(&grant.key.bucket))
                && grant.clone().into_grant().names(user, groups)
        });
        Ok(then.into_iter().map(grants::StoredGrant::into_grant).collect())
    }

    pub(super) fn project_rules(
        &self,
        connection: &mut DbConnection,
    ) -> Result<ProjectRules, StoreError> {
        let row = project::table
            .inner_join(store::table.on(store::id.eq(project::store_id)))
            .filter(project::id.eq(self.project.as_str()))
            .select(RulesRow::as_select())
            .first(connection)
            .optional()?
            .ok_or(StoreError::NotFound("project"))?;
        let today = Project::try_from(row.project)?;
        let Project { status, default_permissions, settings, .. } =
            self.overlay.project.clone().unwrap_or(today);
        Ok(ProjectRules {
            active: status == ProjectStatus::Active,
            default_permissions,
            root_extra: settings.root_extra,
            tags_are_authority: settings.tags_are_authority,
            store_is_shared: storage_accounts::is_shared(connection, self.project)?,
            storage: contract(row.probe.as_deref(), row.accept_unsafe_storage)?.into(),
            max_presign: TimeDelta::seconds(settings.max_presign_seconds),
        })
    }

    pub(super) fn bucket_rows(
        &self,
        connection: &mut DbConnection,
        names: Option<&[BucketName]>,
    ) -> Result<Vec<BucketFacts>, StoreError> {
        buckets::facts(connection, self.project, names)
    }
}
