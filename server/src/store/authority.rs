//! What a decision is made from, read at one revision.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;

use super::Store;
use super::connection::{DbConnection, snapshot};
use super::error::StoreError;
use super::grants;
use super::rows::{json, micros, permissions};
use super::schema::{bucket, group_member, project, project_head, store};
use super::{Settings, stores};
use crate::domain::caller::User;
use crate::domain::s3::Endpoint;
use crate::domain::{
    Authority, BucketName, BucketRules, Caller, ProjectId, ProjectRules, SubjectId,
};

impl Store {
    /// Where the project's storage answers. Not a secret: it is read before anything is judged.
    ///
    /// # Errors
    /// There is no such project.
    pub async fn endpoints(&self, project: ProjectId) -> Result<Vec<Endpoint>, StoreError> {
        self.run(move |connection| {
            let text: String = project::table
                .inner_join(store::table.on(store::id.eq(project::store_id)))
                .filter(project::id.eq(project.as_str()))
                .select(store::endpoints)
                .first(connection)
                .optional()?
                .ok_or(StoreError::NotFound("project"))?;
            stores::parse_endpoints(&text)
        })
        .await
    }

    /// Everything that bears on what `caller` may do in `buckets`; in all buckets when `None`.
    ///
    /// # Errors
    /// There is no such project.
    pub async fn authority(
        &self,
        project: ProjectId,
        caller: Caller,
        buckets: Option<Vec<BucketName>>,
        now: DateTime<Utc>,
    ) -> Result<Authority, StoreError> {
        self.run(move |connection| {
            snapshot(connection, |connection| {
                load(connection, &project, &caller, buckets.as_deref(), now)
            })
        })
        .await
    }
}

/// The same inside a transaction that is open already.
pub(super) fn load(
    connection: &mut DbConnection,
    project: &ProjectId,
    caller: &Caller,
    buckets: Option<&[BucketName]>,
    now: DateTime<Utc>,
) -> Result<Authority, StoreError> {
    let (rules, revision) = project_rules(connection, project)?;
    let buckets_here = bucket_rules(connection, project, buckets)?;
    let (grants, groups) = match caller {
        Caller::User(user) => {
            let groups = groups(connection, project, user, now)?;
            let named: BTreeSet<_> = user.groups.iter().chain(&groups).cloned().collect();
            (grants::naming(connection, project, user, &named, buckets)?, groups)
        }
        Caller::Root(_) | Caller::Operator { .. } => (Vec::new(), Vec::new()),
    };
    Ok(Authority { project: rules, buckets: buckets_here, grants, groups, revision })
}

fn project_rules(
    connection: &mut DbConnection,
    id: &ProjectId,
) -> Result<(ProjectRules, i64), StoreError> {
    type Row = (String, i16, String, bool, (Option<bool>, bool), i64);
    let row: Row = project::table
        .inner_join(store::table.on(store::id.eq(project::store_id)))
        .inner_join(project_head::table.on(project_head::project_id.eq(project::id)))
        .filter(project::id.eq(id.as_str()))
        .select((
            project::status,
            project::default_perms,
            project::settings,
            store::shared,
            (store::probe_safe, store::accept_unsafe_storage),
            project_head::revision,
        ))
        .first(connection)
        .optional()?
        .ok_or(StoreError::NotFound("project"))?;
    let (status, default, settings, store_is_shared, (probe_safe, accepted), revision) = row;
    let settings: Settings = json(&settings)?;
    let rules = ProjectRules {
        active: status == "active",
        default_permissions: permissions(default)?,
        root_extra: settings.root_extra,
        tags_are_authority: settings.tags_are_authority,
        store_is_shared,
        unsafe_storage: probe_safe == Some(false) && !accepted,
        max_presign: TimeDelta::seconds(settings.max_presign_seconds),
    };
    Ok((rules, revision))
}

fn bucket_rules(
    connection: &mut DbConnection,
    project: &ProjectId,
    buckets: Option<&[BucketName]>,
) -> Result<BTreeMap<BucketName, BucketRules>, StoreError> {
    let mut query = bucket::table.filter(bucket::project_id.eq(project.to_string())).into_boxed();
    if let Some(buckets) = buckets {
        let names: Vec<String> = buckets.iter().map(ToString::to_string).collect();
        query = query.filter(bucket::name.eq_any(names));
    }
    query
        .select((bucket::name, bucket::public_perms, bucket::ceiling))
        .load::<(String, i16, i16)>(connection)?
        .into_iter()
        .map(|(name, public, ceiling)| {
            let name = BucketName::parse(&name).map_err(StoreError::corrupt)?;
            let rules =
                BucketRules { public: permissions(public)?, ceiling: permissions(ceiling)? };
            Ok((name, rules))
        })
        .collect()
}

/// The groups that Cargo's own member lists put the user in, now.
fn groups(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &User,
    now: DateTime<Utc>,
) -> Result<Vec<SubjectId>, StoreError> {
    group_member::table
        .filter(group_member::project_id.eq(project.as_str()))
        .filter(group_member::user_.eq(user.id.as_str()))
        .filter(group_member::expires_at.is_null().or(group_member::expires_at.gt(micros(now))))
        .select(group_member::grp)
        .load::<String>(connection)?
        .iter()
        .map(|group| SubjectId::parse(group).map_err(StoreError::corrupt))
        .collect()
}
