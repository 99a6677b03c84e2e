//! `project`: the projects, which are the tenants.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::columns::{instant, json, micros, permissions, rows_at_most, to_json};
use crate::connection::{Backend, DbConnection};
use crate::domain::s3::Endpoint;
use crate::domain::sigv4::GuardedCredentials;
use crate::domain::{
    GatewaySettings, Home, Permissions, Project, ProjectId, ProjectRules, ProjectSettings,
    ProjectStatus, Resource, Slug, StorageContract, WebOrigin,
};
use crate::error::DatabaseError;
use crate::probe_record;
use crate::schema::{project as dsl, store};
use crate::tables::storage_accounts::{self, AccountVersion, SealedRow};
use crate::vault::MasterKey;

/// The JSON in `project.settings`. The names and formats of the fields never change.
#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
struct SettingsRecord {
    root_extra: Vec<String>,
    tags_are_authority: bool,
    max_presign_seconds: i64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    cors_origins: Vec<String>,
    self_service_keys: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    home: Option<HomeRecord>,
    max_presign_gateway: u32,
    max_session: u32,
    cut_streams: bool,
    public_host_active_content: bool,
}

/// Where users have a place of their own, in JSON.
#[derive(Debug, Serialize, Deserialize)]
struct HomeRecord {
    bucket: String,
    prefix: String,
}

impl Default for SettingsRecord {
    fn default() -> Self {
        ProjectSettings::default().into()
    }
}

impl From<ProjectSettings> for SettingsRecord {
    fn from(settings: ProjectSettings) -> Self {
        Self {
            root_extra: settings.root_extra,
            tags_are_authority: settings.tags_are_authority,
            max_presign_seconds: settings.max_presign_seconds,
            cors_origins: settings.cors_origins,
            self_service_keys: settings.self_service_keys,
            home: settings.home.map(|home| HomeRecord {
                bucket: home.bucket.to_string(),
                prefix: home.prefix.as_str().to_owned(),
            }),
            max_presign_gateway: settings.gateway.max_presign,
            max_session: settings.gateway.max_session,
            cut_streams: settings.gateway.cut_streams,
            public_host_active_content: settings.gateway.public_host_active_content,
        }
    }
}

impl TryFrom<SettingsRecord> for ProjectSettings {
    type Error = DatabaseError;

    fn try_from(record: SettingsRecord) -> Result<Self, DatabaseError> {
        let home = record.home.map(|home| Home::stored(&home.bucket, &home.prefix));
        Ok(Self {
            root_extra: record.root_extra,
            tags_are_authority: record.tags_are_authority,
            max_presign_seconds: record.max_presign_seconds,
            cors_origins: record.cors_origins,
            self_service_keys: record.self_service_keys,
            home: home.transpose().map_err(DatabaseError::corrupt)?,
            gateway: GatewaySettings {
                max_presign: record.max_presign_gateway,
                max_session: record.max_session,
                cut_streams: record.cut_streams,
                public_host_active_content: record.public_host_active_content,
            },
        })
    }
}

/// A project as it is read, with the name of its store from the joined table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct ProjectRow {
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
    type Error = DatabaseError;

    fn try_from(row: ProjectRow) -> Result<Self, DatabaseError> {
        Ok(Self {
            id: ProjectId::parse(&row.id).map_err(DatabaseError::corrupt)?,
            slug: row.slug,
            store: row.store,
            status: parse_status(&row.status)?,
            default_permissions: permissions(row.default_perms)?,
            settings: json::<SettingsRecord>(&row.settings)?.try_into()?,
            created_at: instant(row.created_at)?,
        })
    }
}

/// A project with the last probe of its storage, as they are read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = store, check_for_backend(Backend))]
struct RulesRow {
    #[diesel(embed)]
    project: ProjectRow,
    probe: Option<String>,
    accept_unsafe_storage: bool,
    access: String,
}

/// A project with its storage account, as they are read.
#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct AccessRow {
    slug: String,
    #[diesel(embed)]
    account: AccountVersion,
    #[diesel(select_expression = store::endpoints)]
    endpoints: String,
    #[diesel(embed)]
    sealed: SealedRow,
}

/// How a project's storage is reached, and the project's slug.
pub struct ProjectAccess {
    /// The slug of the project.
    pub slug: String,
    /// The version of the storage account.
    pub account: AccountVersion,
    /// The endpoints of the storage.
    pub endpoints: Vec<Endpoint>,
    /// The credentials of the account, or why the seal does not open.
    pub credentials: Result<GuardedCredentials, DatabaseError>,
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewProjectRow<'a> {
    id: &'a str,
    slug: &'a str,
    store_id: &'a str,
    status: &'static str,
    default_perms: i16,
    settings: String,
    etag: i64,
    created_at: i64,
}

/// The columns of a project that an update may change.
#[derive(AsChangeset)]
#[diesel(table_name = dsl)]
struct ProjectChangeset {
    status: &'static str,
    default_perms: i16,
    settings: String,
}

/// Projects joined with their stores.
macro_rules! joined {
    () => {
        dsl::table.inner_join(store::table.on(store::id.eq(dsl::store_id)))
    };
}

/// One project, by slug or id.
pub fn find(connection: &mut DbConnection, name: &str) -> Result<Project, DatabaseError> {
    joined!()
        .filter(dsl::slug.eq(name).or(dsl::id.eq(name)))
        .select(ProjectRow::as_select())
        .first(connection)
        .optional()?
        .ok_or(DatabaseError::NotFound(Resource::Project))
        .and_then(Project::try_from)
}

/// A page of the projects: at most `limit` projects after `after`, by slug.
pub fn list(
    connection: &mut DbConnection,
    after: &str,
    limit: usize,
) -> Result<Vec<Project>, DatabaseError> {
    joined!()
        .filter(dsl::slug.gt(after))
        .order(dsl::slug)
        .limit(rows_at_most(limit))
        .select(ProjectRow::as_select())
        .load(connection)?
        .into_iter()
        .map(Project::try_from)
        .collect()
}

/// The CORS origins of the active projects, by project. Projects without any are left out.
pub fn cors_origins(
    connection: &mut DbConnection,
) -> Result<BTreeMap<ProjectId, BTreeSet<WebOrigin>>, DatabaseError> {
    let rows: Vec<(String, String)> = dsl::table
        .filter(dsl::status.eq(status_word(ProjectStatus::Active)))
        .filter(dsl::settings.like("%\"cors_origins\"%"))
        .select((dsl::id, dsl::settings))
        .load(connection)?;
    let named = rows.into_iter().map(|(id, settings)| {
        let settings: SettingsRecord = json(&settings)?;
        let origins = settings.cors_origins.iter().map(|text| WebOrigin::parse(text));
        let origins = origins.collect::<Result<_, _>>().map_err(DatabaseError::corrupt)?;
        Ok((ProjectId::parse(&id).map_err(DatabaseError::corrupt)?, origins))
    });
    named.collect()
}

/// The project's rules as they are now, or with the settings in `before`.
pub fn rules(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: Option<&Project>,
) -> Result<ProjectRules, DatabaseError> {
    let row = joined!()
        .filter(dsl::id.eq(project.as_str()))
        .select(RulesRow::as_select())
        .first(connection)
        .optional()?
        .ok_or(DatabaseError::NotFound(Resource::Project))?;
    let report = row.probe.as_deref().map(probe_record::read).transpose()?;
    let today = Project::try_from(row.project)?;
    let Project { status, default_permissions, settings, .. } = before.cloned().unwrap_or(today);
    Ok(ProjectRules {
        active: status == ProjectStatus::Active,
        default_permissions,
        root_extra: settings.root_extra,
        tags_are_authority: settings.tags_are_authority,
        store_is_shared: storage_accounts::is_shared(connection, project)?,
        storage: StorageContract::of(report.as_ref(), row.accept_unsafe_storage)
            .reached_by(storage_accounts::parse_access(&row.access)?)
            .into(),
        gateway: None,
        max_presign: TimeDelta::seconds(settings.max_presign_seconds),
        at_gateway: settings.gateway,
    })
}

/// The project's slug, and how its storage is reached.
pub fn access(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    project: &ProjectId,
) -> Result<ProjectAccess, DatabaseError> {
    let AccessRow { slug, account, endpoints, sealed } = joined!()
        .filter(dsl::id.eq(project.as_str()))
        .select(AccessRow::as_select())
        .first(connection)?;
    let endpoints = storage_accounts::parse_endpoints(&endpoints)?;
    Ok(ProjectAccess { slug, account, endpoints, credentials: sealed.open(master_key) })
}

/// Creates a project in a store.
pub fn insert(
    connection: &mut DbConnection,
    id: &ProjectId,
    slug: &Slug,
    store_id: &str,
    settings: &ProjectSettings,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let row = NewProjectRow {
        id: id.as_str(),
        slug: slug.as_str(),
        store_id,
        status: status_word(ProjectStatus::Active),
        default_perms: Permissions::NONE.bits(),
        settings: to_json(&SettingsRecord::from(settings.clone()))?,
        etag: 0,
        created_at: micros(now),
    };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

/// Updates the status, the default permissions and the settings of an existing project.
pub fn update(connection: &mut DbConnection, project: &Project) -> Result<(), DatabaseError> {
    let changeset = ProjectChangeset {
        status: status_word(project.status),
        default_perms: project.default_permissions.bits(),
        settings: to_json(&SettingsRecord::from(project.settings.clone()))?,
    };
    diesel::update(dsl::table.find(project.id.as_str()))
        .set((changeset, dsl::etag.eq(dsl::etag + 1)))
        .execute(connection)?;
    Ok(())
}

/// The stored word for a status.
pub(super) const fn status_word(status: ProjectStatus) -> &'static str {
    match status {
        ProjectStatus::Active => "active",
        ProjectStatus::Suspended => "suspended",
    }
}

/// The status that a stored word names. An unknown word is an error, so nothing is done in such a
/// project.
fn parse_status(word: &str) -> Result<ProjectStatus, DatabaseError> {
    match word {
        "active" => Ok(ProjectStatus::Active),
        "suspended" => Ok(ProjectStatus::Suspended),
        other => Err(DatabaseError::corrupt(format!("unknown status {other}"))),
    }
}
