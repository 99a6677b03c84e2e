//! `project` and its head row.

mod rows;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::audit::{self, Decision};
use super::cache::State;
use super::change_log::{LoggedRow, Sides};
use super::connection::{DbConnection, exclusive, set_no_tenant, set_tenant};
use super::error::StoreError;
use super::idempotency::{Reply, once};
use super::revision::NewHeadRow;
use super::rows::{json, micros, to_json};
use super::schema::{project as dsl, project_head, store};
use super::write::{Change, MutationOutcome, mutate};
use super::{Database, storage_accounts};
use crate::domain::{At, Context, Permissions, ProjectId, Slug, WebOrigin, limits};
pub(super) use rows::ProjectRow;
use rows::{NewProjectRow, ProjectChangeset, status_word};
use sail_cargo_protocol::{self as wire, Outcome, ProjectStatus};

/// A project to be created.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// Its name.
    pub slug: Slug,
    /// The name of its store.
    pub store: Slug,
    /// Its settings.
    pub settings: Settings,
}

/// The JSON in `project.settings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Operations root may have signed beyond the usual ones.
    pub root_extra: Vec<String>,
    /// Only root may write tags.
    pub tags_are_authority: bool,
    /// How long a presigned URL may live at most.
    pub max_presign_seconds: i64,
    /// Origins of web pages that may ask, in the form in which browsers send them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cors_origins: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            root_extra: Vec::new(),
            tags_are_authority: false,
            max_presign_seconds: limits::DEFAULT_MAX_PRESIGN.num_seconds(),
            cors_origins: Vec::new(),
        }
    }
}

/// A stored project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Its name.
    pub slug: String,
    /// The name of its store.
    pub store: String,
    /// Whether it is in use.
    pub status: ProjectStatus,
    /// What every user may do in every bucket.
    pub default_permissions: Permissions,
    /// Its settings.
    pub settings: Settings,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

impl Database {
    /// Creates a project at revision 0.
    ///
    /// # Errors
    /// The slug is taken, there is no such store, or it is another project's and not shared; the
    /// `Idempotency-Key` came with another request before.
    pub async fn create_project(
        &self,
        new: NewProject,
        context: Context,
    ) -> Result<Reply<wire::Project>, StoreError> {
        let master_key = self.master_key.clone();
        self.run(move |connection| {
            exclusive(connection, |connection| {
                set_no_tenant(connection)?;
                once(connection, &master_key, "", &context, |connection| {
                    let created = create(connection, &new, context.now)?;
                    audit::insert(connection, &context, created.was_created())?;
                    set_no_tenant(connection)?;
                    Ok(created.to_wire())
                })
            })
        })
        .await
    }

    /// Changes a project: what is absent stays as it is.
    ///
    /// # Errors
    /// There is none of that name.
    pub async fn patch_project(
        &self,
        name: String,
        patch: ProjectEdit,
        context: Context,
    ) -> Result<At<Project>, StoreError> {
        self.change(move |session| {
            let id = find(session.connection, &name)?.id;
            mutate(session, &id, &context, |connection, _| edit(connection, &id, &patch))
        })
        .await
    }

    /// A caller's own project.
    ///
    /// # Errors
    /// It is gone, or not at the revision the caller has seen.
    pub async fn project_at(
        &self,
        project: ProjectId,
        context: Context,
    ) -> Result<At<Project>, StoreError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            find(connection, project.as_str())
        })
        .await
    }

    /// The projects by slug, behind `after`, at most `limit`.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn projects(&self, after: String, limit: usize) -> Result<Vec<Project>, StoreError> {
        self.run(move |connection| {
            joined!()
                .filter(dsl::slug.gt(after))
                .order(dsl::slug)
                .limit(i64::try_from(limit).unwrap_or(i64::MAX))
                .select(ProjectRow::as_select())
                .load(connection)?
                .into_iter()
                .map(Project::try_from)
                .collect()
        })
        .await
    }

    /// The origins of web pages that active projects name, by project; those that name none are
    /// left out.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn cors_origins(
        &self,
    ) -> Result<BTreeMap<ProjectId, BTreeSet<WebOrigin>>, StoreError> {
        self.run(|connection| {
            let rows: Vec<(String, String)> = dsl::table
                .filter(dsl::status.eq(status_word(ProjectStatus::Active)))
                .filter(dsl::settings.like("%\"cors_origins\"%"))
                .select((dsl::id, dsl::settings))
                .load(connection)?;
            let named = rows.into_iter().map(|(id, settings)| {
                let settings: Settings = json(&settings)?;
                let origins = settings.cors_origins.iter().map(|text| WebOrigin::parse(text));
                let origins = origins.collect::<Result<_, _>>().map_err(StoreError::corrupt)?;
                Ok((ProjectId::parse(&id).map_err(StoreError::corrupt)?, origins))
            });
            named.collect()
        })
        .await
    }

    /// The id of a project, by slug or id.
    ///
    /// # Errors
    /// There is none of that name.
    pub async fn project_id(&self, name: &str) -> Result<ProjectId, StoreError> {
        let cached = |state: &State| Some(state.project().clone());
        match self.cache.get_named_if_fresh(name, cached) {
            Some(id) => Ok(id),
            None => self.project(name.to_owned()).await.map(|project| project.id),
        }
    }

    /// One project, by slug or id.
    ///
    /// # Errors
    /// There is none of that name.
    pub async fn project(&self, name: String) -> Result<Project, StoreError> {
        self.run(move |connection| find(connection, &name)).await
    }
}

/// Projects with their stores.
macro_rules! joined {
    () => {
        dsl::table.inner_join(store::table.on(store::id.eq(dsl::store_id)))
    };
}
use joined;

fn create(
    connection: &mut DbConnection,
    new: &NewProject,
    now: DateTime<Utc>,
) -> Result<Project, StoreError> {
    let (store_id, shared): (String, bool) = store::table
        .filter(store::name.eq(new.store.as_str()))
        .select((store::id, store::shared))
        .first(connection)
        .optional()?
        .ok_or(StoreError::NotFound("store"))?;
    let id = uuid::Uuid::new_v4().to_string();
    set_tenant(connection, &ProjectId::parse(&id).map_err(StoreError::corrupt)?)?;
    let row = NewProjectRow {
        id: &id,
        slug: new.slug.as_str(),
        store_id: &store_id,
        status: status_word(ProjectStatus::Active),
        default_perms: 0,
        settings: to_json(&new.settings)?,
        etag: 0,
        created_at: micros(now),
    };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    storage_accounts::demand_shared(connection, &store_id, &new.store, shared)?;
    let head = NewHeadRow {
        project_id: &id,
        epoch: &uuid::Uuid::new_v4().to_string(),
        revision: 0,
        chain_hash: &[0; 32],
    };
    diesel::insert_into(project_head::table).values(head).execute(connection)?;
    find(connection, &id)
}

/// What a project shall be: what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectEdit {
    /// Whether it is in use.
    pub status: Option<ProjectStatus>,
    /// What every user may do in every bucket.
    pub default_permissions: Option<Permissions>,
    /// Operations root may have signed beyond the usual ones.
    pub root_extra: Option<Vec<String>>,
    /// Only root may write tags.
    pub tags_are_authority: Option<bool>,
    /// How long a presigned URL may live at most.
    pub max_presign_seconds: Option<i64>,
    /// Origins of web pages that may ask.
    pub cors_origins: Option<Vec<String>>,
}

fn edit(
    connection: &mut DbConnection,
    id: &ProjectId,
    edit: &ProjectEdit,
) -> Result<MutationOutcome<Project>, StoreError> {
    let before = find(connection, id.as_str())?;
    let (now, new) = (before.settings.clone(), edit.clone());
    let settings = Settings {
        root_extra: new.root_extra.unwrap_or(now.root_extra),
        tags_are_authority: new.tags_are_authority.unwrap_or(now.tags_are_authority),
        max_presign_seconds: new.max_presign_seconds.unwrap_or(now.max_presign_seconds),
        cors_origins: new.cors_origins.unwrap_or(now.cors_origins),
    };
    let after = Project {
        status: edit.status.unwrap_or(before.status),
        default_permissions: edit.default_permissions.unwrap_or(before.default_permissions),
        settings,
        ..before.clone()
    };
    if before == after {
        return Ok(MutationOutcome::Unchanged(after));
    }
    let row = ProjectChangeset {
        status: status_word(after.status),
        default_perms: after.default_permissions.bits(),
        settings: to_json(&after.settings)?,
    };
    diesel::update(dsl::table.find(id.as_str()))
        .set((row, dsl::etag.eq(dsl::etag + 1)))
        .execute(connection)?;
    let change = Change {
        kind: "project.patch",
        bucket: None,
        object: Some(after.slug.clone()),
        detail: format!("{} project {}", verb(before.status, after.status), after.slug),
        rows: vec![LoggedRow::Project(Sides::of(Some(&before), Some(&after)))],
    };
    Ok(MutationOutcome::Changed(after, change))
}

impl Project {
    /// The audit event of its creation.
    fn was_created(&self) -> Decision {
        Decision {
            project: self.id.clone(),
            action: "project.create",
            bucket: None,
            object: Some(self.slug.clone()),
            outcome: Outcome::Allow,
            reason: "ok",
            detail: format!("created project {} on store {}", self.slug, self.store).into(),
            revision: Some(0),
            request: None,
        }
    }

    /// As answers have it.
    pub fn to_wire(&self) -> wire::Project {
        wire::Project {
            id: self.id.to_string(),
            slug: self.slug.clone(),
            store: self.store.clone(),
            root_extra: self.settings.root_extra.clone(),
            status: self.status,
            default_permissions: self.default_permissions.into(),
            tags_are_authority: self.settings.tags_are_authority,
            max_presign_seconds: u32::try_from(self.settings.max_presign_seconds)
                .unwrap_or(u32::MAX),
            cors_origins: self.settings.cors_origins.clone(),
            created_at: self.created_at,
        }
    }
}

/// What a change of a project is called.
fn verb(before: ProjectStatus, after: ProjectStatus) -> &'static str {
    match (before == after, after) {
        (true, _) => "changed",
        (false, ProjectStatus::Active) => "activated",
        (false, ProjectStatus::Suspended) => "suspended",
    }
}

fn find(connection: &mut DbConnection, name: &str) -> Result<Project, StoreError> {
    joined!()
        .filter(dsl::slug.eq(name).or(dsl::id.eq(name)))
        .select(ProjectRow::as_select())
        .first(connection)
        .optional()?
        .ok_or(StoreError::NotFound("project"))?
        .try_into()
}
