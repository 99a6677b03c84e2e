//! `project` and its head row.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::Store;
use super::connection::{DbConnection, enter, exclusive};
use super::error::StoreError;
use super::revision::At;
use super::rows::{instant, json, micros, permissions, to_json};
use super::schema::{project as dsl, project_head, store};
use super::write::Context;
use crate::domain::{Permissions, ProjectId, Slug};
use sail_cargo_protocol::ProjectStatus;

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
}

impl Default for Settings {
    fn default() -> Self {
        Self { root_extra: Vec::new(), tags_are_authority: false, max_presign_seconds: 3600 }
    }
}

/// A stored project.
#[derive(Debug, Clone)]
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

impl Store {
    /// Creates a project at revision 0.
    ///
    /// # Errors
    /// The slug is taken, or there is no such store.
    pub async fn create_project(
        &self,
        new: NewProject,
        now: DateTime<Utc>,
    ) -> Result<Project, StoreError> {
        self.run(move |connection| exclusive(connection, |c| create(c, &new, now))).await
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

    /// All projects, by slug.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn projects(&self) -> Result<Vec<Project>, StoreError> {
        self.run(|connection| {
            joined!()
                .order(dsl::slug)
                .select(COLUMNS)
                .load::<Row>(connection)?
                .into_iter()
                .map(project)
                .collect()
        })
        .await
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
    let store_id: String = store::table
        .filter(store::name.eq(new.store.as_str()))
        .select(store::id)
        .first(connection)
        .optional()?
        .ok_or(StoreError::NotFound("store"))?;
    let id = uuid::Uuid::new_v4().to_string();
    enter(connection, &ProjectId::parse(&id).map_err(StoreError::corrupt)?)?;
    diesel::insert_into(dsl::table)
        .values((
            dsl::id.eq(&id),
            dsl::slug.eq(new.slug.as_str()),
            dsl::store_id.eq(store_id),
            dsl::status.eq("active"),
            dsl::default_perms.eq(0_i16),
            dsl::settings.eq(to_json(&new.settings)?),
            dsl::etag.eq(0_i64),
            dsl::created_at.eq(micros(now)),
        ))
        .execute(connection)?;
    diesel::insert_into(project_head::table)
        .values((
            project_head::project_id.eq(&id),
            project_head::epoch.eq(uuid::Uuid::new_v4().to_string()),
            project_head::revision.eq(0_i64),
            project_head::chain_hash.eq(vec![0_u8; 32]),
        ))
        .execute(connection)?;
    find(connection, &id)
}

fn find(connection: &mut DbConnection, name: &str) -> Result<Project, StoreError> {
    joined!()
        .filter(dsl::slug.eq(name).or(dsl::id.eq(name)))
        .select(COLUMNS)
        .first::<Row>(connection)
        .optional()?
        .ok_or(StoreError::NotFound("project"))
        .and_then(project)
}

type Row = (String, String, String, String, i16, String, i64);

const COLUMNS: (
    dsl::id,
    dsl::slug,
    store::name,
    dsl::status,
    dsl::default_perms,
    dsl::settings,
    dsl::created_at,
) = (
    dsl::id,
    dsl::slug,
    store::name,
    dsl::status,
    dsl::default_perms,
    dsl::settings,
    dsl::created_at,
);

fn project(row: Row) -> Result<Project, StoreError> {
    let (id, slug, store, status, default, settings, created_at) = row;
    Ok(Project {
        id: ProjectId::parse(&id).map_err(StoreError::corrupt)?,
        slug,
        store,
        status: match status.as_str() {
            "active" => ProjectStatus::Active,
            "suspended" => ProjectStatus::Suspended,
            other => return Err(StoreError::corrupt(format!("no status is called {other}"))),
        },
        default_permissions: permissions(default)?,
        settings: json(&settings)?,
        created_at: instant(created_at)?,
    })
}
