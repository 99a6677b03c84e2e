//! Projects: create, change and find them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::tables::{project_heads, projects, storage_accounts};
use sail_cargo_database::tenancy::{set_no_tenant, set_tenant};
use sail_cargo_database::transaction::exclusive;
use sail_cargo_database::{DatabaseError, DbConnection};

use super::error::ServiceError;
use super::handle::Service;
use super::mutation::{Change, MutationOutcome, mutate};
use super::replies::{Reply, once};
use super::reply_records::ProjectReply;
use super::storage_accounts::demand_shared;
use crate::audit::{self, Decision};
use crate::cache::State;
use crate::domain::{
    At, Context, GatewaySettings, Home, Outcome, Permissions, Project, ProjectId, ProjectSettings,
    ProjectStatus, Slug, WebOrigin,
};

/// A project to be created.
#[derive(Debug, Clone)]
pub struct NewProject {
    /// The slug of the project.
    pub slug: Slug,
    /// The name of its store.
    pub store: Slug,
    /// The settings of the project.
    pub settings: ProjectSettings,
}

/// A change of a project. A field that is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectEdit {
    /// Whether the project is active.
    pub status: Option<ProjectStatus>,
    /// What every user may do in every bucket.
    pub default_permissions: Option<Permissions>,
    /// The operations that root may have signed in addition to the usual ones.
    pub root_extra: Option<Vec<String>>,
    /// Whether tags are authority: only root may write them then.
    pub tags_are_authority: Option<bool>,
    /// The longest lifetime of a presigned URL, in seconds.
    pub max_presign_seconds: Option<i64>,
    /// The origins of web pages that may call the API (CORS).
    pub cors_origins: Option<Vec<String>>,
    /// Whether users make access keys of their own.
    pub self_service_keys: Option<bool>,
    /// Where users have a place of their own.
    pub home: Option<HomeEdit>,
    /// The longest life of a URL that is presigned with an access key, in seconds.
    pub max_presign_gateway: Option<u32>,
    /// The longest life of a session, in seconds.
    pub max_session: Option<u32>,
    /// Whether downloads under way are cut when what they rest on is taken away.
    pub cut_streams: Option<bool>,
    /// Whether browsers may run what they open on the public host.
    pub public_host_active_content: Option<bool>,
}

/// A change of the place where users have what is their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HomeEdit {
    /// They have it there.
    Set(Home),
    /// They have none.
    Remove,
}

impl Service {
    /// Creates a project at revision 0.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such store; [`ServiceError::Conflict`] if the slug
    /// is taken, or another project uses the store and it is not shared;
    /// [`ServiceError::KeyReused`] if the `Idempotency-Key` belongs to another request.
    pub async fn create_project(
        &self,
        new: NewProject,
        context: Context,
    ) -> Result<Reply<Project>, ServiceError> {
        let master_key = self.database.master_key().clone();
        let names = Arc::clone(&self.project_names);
        self.run(move |connection| {
            let created = exclusive(connection, |connection| {
                set_no_tenant(connection)?;
                once::<_, ProjectReply>(connection, &master_key, "", &context, |connection| {
                    let created = create(connection, &new, context.now)?;
                    audit::insert(connection, &context, creation(&created))?;
                    set_no_tenant(connection)?;
                    Ok(created)
                })
            });
            names.forget_all();
            created
        })
        .await
    }

    /// Changes a project.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project.
    pub async fn patch_project(
        &self,
        name: String,
        patch: ProjectEdit,
        context: Context,
    ) -> Result<At<Project>, ServiceError> {
        self.change(move |session| {
            let id = projects::find(session.connection, &name)?.id;
            mutate(session, &id, &context, |connection, _| edit(connection, &id, &patch))
        })
        .await
    }

    /// The caller's own project.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if the project does not exist; [`ServiceError::Conflict`] if the
    /// database is behind the revision that the caller has seen.
    pub async fn project_at(
        &self,
        project: ProjectId,
        context: Context,
    ) -> Result<At<Project>, ServiceError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            Ok(projects::find(connection, project.as_str())?)
        })
        .await
    }

    /// A page of the projects: at most `limit` projects after `after`, by slug.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn projects(
        &self,
        after: String,
        limit: usize,
    ) -> Result<Vec<Project>, ServiceError> {
        self.run(move |connection| Ok(projects::list(connection, &after, limit)?)).await
    }

    /// The CORS origins of the active projects, by project. Projects without any are left out.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn cors_origins(
        &self,
    ) -> Result<BTreeMap<ProjectId, BTreeSet<WebOrigin>>, ServiceError> {
        self.run(|connection| Ok(projects::cors_origins(connection)?)).await
    }

    /// The id of a project, by slug or id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project.
    pub async fn project_id(&self, name: &str) -> Result<ProjectId, ServiceError> {
        let cached = |state: &State| Some(state.project().clone());
        if let Some(id) = self.cache.get_named_if_fresh(name, cached) {
            return Ok(id);
        }
        let find = async { Ok(self.project(name.to_owned()).await?.id) };
        // Boxed, because a look-up is rare and would enlarge the future of every request.
        Box::pin(self.project_names.look_up(name, find)).await
    }

    /// What a project says of the gateway.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project; [`ServiceError::Database`] if the cache does
    /// not know and the database does not answer.
    pub async fn gateway_settings(
        &self,
        project: &ProjectId,
    ) -> Result<GatewaySettings, ServiceError> {
        let cached = |state: &State| Some(state.gateway_settings());
        if let Some(known) = self.cache.get_if_fresh(project, None, cached) {
            return Ok(known);
        }
        let project = project.clone();
        let found = self.read(project.clone(), None, move |connection, _| {
            Ok(projects::rules(connection, &project, None)?.at_gateway)
        });
        Ok(found.await?.value)
    }

    /// One project, by slug or id.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project.
    pub async fn project(&self, name: String) -> Result<Project, ServiceError> {
        self.run(move |connection| Ok(projects::find(connection, &name)?)).await
    }
}

fn create(
    connection: &mut DbConnection,
    new: &NewProject,
    now: DateTime<Utc>,
) -> Result<Project, ServiceError> {
    let (store_id, shared) = storage_accounts::id_and_shared(connection, &new.store)?;
    let id = uuid::Uuid::new_v4().to_string();
    let id = ProjectId::parse(&id).map_err(DatabaseError::corrupt)?;
    set_tenant(connection, &id)?;
    projects::insert(connection, &id, &new.slug, &store_id, &new.settings, now)?;
    demand_shared(connection, &store_id, &new.store, shared)?;
    project_heads::insert(connection, &id)?;
    Ok(projects::find(connection, id.as_str())?)
}

fn edit(
    connection: &mut DbConnection,
    id: &ProjectId,
    edit: &ProjectEdit,
) -> Result<MutationOutcome<Project>, ServiceError> {
    let before = projects::find(connection, id.as_str())?;
    let (now, new) = (before.settings.clone(), edit.clone());
    let settings = ProjectSettings {
        root_extra: new.root_extra.unwrap_or(now.root_extra),
        tags_are_authority: new.tags_are_authority.unwrap_or(now.tags_are_authority),
        max_presign_seconds: new.max_presign_seconds.unwrap_or(now.max_presign_seconds),
        cors_origins: new.cors_origins.unwrap_or(now.cors_origins),
        self_service_keys: new.self_service_keys.unwrap_or(now.self_service_keys),
        home: match new.home {
            Some(HomeEdit::Set(home)) => Some(home),
            Some(HomeEdit::Remove) => None,
            None => now.home,
        },
        gateway: edited(now.gateway, edit),
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
    projects::update(connection, &after)?;
    let change = Change {
        kind: "project.patch",
        bucket: None,
        object: Some(after.slug.clone()),
        detail: format!("{} project {}", verb(before.status, after.status), after.slug),
        rows: vec![LoggedRow::Project(Sides::of(Some(&before), Some(&after)))],
    };
    Ok(MutationOutcome::Changed(after, change))
}

/// The settings of the gateway after `edit`.
fn edited(now: GatewaySettings, edit: &ProjectEdit) -> GatewaySettings {
    let active = edit.public_host_active_content;
    GatewaySettings {
        max_presign: edit.max_presign_gateway.unwrap_or(now.max_presign),
        max_session: edit.max_session.unwrap_or(now.max_session),
        cut_streams: edit.cut_streams.unwrap_or(now.cut_streams),
        public_host_active_content: active.unwrap_or(now.public_host_active_content),
    }
}

/// The audit event of a project's creation.
fn creation(project: &Project) -> Decision {
    Decision {
        project: project.id.clone(),
        action: "project.create",
        bucket: None,
        object: Some(project.slug.clone()),
        outcome: Outcome::Allow,
        reason: "ok",
        detail: format!("created project {} on store {}", project.slug, project.store).into(),
        revision: Some(0),
        request: None,
    }
}

/// The verb that describes a change of a project's status.
fn verb(before: ProjectStatus, after: ProjectStatus) -> &'static str {
    match (before == after, after) {
        (true, _) => "changed",
        (false, ProjectStatus::Active) => "activated",
        (false, ProjectStatus::Suspended) => "suspended",
    }
}
