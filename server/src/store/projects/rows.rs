//! The rows of `project`.

use diesel::prelude::*;
use sail_cargo_protocol::ProjectStatus;

use super::super::connection::Backend;
use super::super::error::StoreError;
use super::super::rows::{instant, json, permissions};
use super::super::schema::{project as dsl, store};
use super::Project;
use crate::domain::ProjectId;

/// A project as it is read, with the name of its store: the two tables joined.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
pub(in crate::store) struct ProjectRow {
    id: String,
    slug: String,
    #[diesel(select_expression = store::name)]
    store: String,
    status: String,
    default_perms: i16,
    settings: String,
    created_at: i64,
}

impl TryFrom<ProjectRow> for Project {
    type Error = StoreError;

    fn try_from(row: ProjectRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: ProjectId::parse(&row.id).map_err(StoreError::corrupt)?,
            slug: row.slug,
            store: row.store,
            status: parse_status(&row.status)?,
            default_permissions: permissions(row.default_perms)?,
            settings: json(&row.settings)?,
            created_at: instant(row.created_at)?,
        })
    }
}

/// A project that is not there yet.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
pub(super) struct NewProjectRow<'a> {
    pub(super) id: &'a str,
    pub(super) slug: &'a str,
    pub(super) store_id: &'a str,
    pub(super) status: &'static str,
    pub(super) default_perms: i16,
    pub(super) settings: String,
    pub(super) etag: i64,
    pub(super) created_at: i64,
}

/// What may change of a project.
#[derive(AsChangeset)]
#[diesel(table_name = dsl)]
pub(super) struct ProjectChangeset {
    pub(super) status: &'static str,
    pub(super) default_perms: i16,
    pub(super) settings: String,
}

/// The word that stands for a status in `status`.
pub(super) const fn status_word(status: ProjectStatus) -> &'static str {
    match status {
        ProjectStatus::Active => "active",
        ProjectStatus::Suspended => "suspended",
    }
}

/// The status that a word stands for. Nothing is done in a project of another.
fn parse_status(word: &str) -> Result<ProjectStatus, StoreError> {
    match word {
        "active" => Ok(ProjectStatus::Active),
        "suspended" => Ok(ProjectStatus::Suspended),
        other => Err(StoreError::corrupt(format!("no status is called {other}"))),
    }
}
