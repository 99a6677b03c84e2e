//! Creates the store, the project, the users and the keys of `dev`.

use std::path::Path;

use sail_cargo_client::{Client, Credentials, Key};
use sail_cargo_protocol::{CreateApiKey, ProbeReport, Scope};

use super::access_key::{self, HOLDER};
use super::config::Secrets;
use super::error::DevStackError;
use super::private_file;
use super::users::{self, DemoUsers};
use crate::clock::Clock;
use crate::domain::s3::{AddressingStyle, Endpoint, InvalidEndpoint};
use crate::domain::{Caller, Context, NewKey, OperatorName, Origin, ProjectId, Secret, Slug};
use crate::domain::{PresentedKey, ProjectSettings};
use crate::outbound::Outbound;
use crate::service::{NewProject, Service, ServiceError};
use crate::storage_client::upstream::{Upstream, UpstreamLimits};
use crate::storage_probe::{Manner, StoreUse, probe_account, safety_of};
use sail_cargo_database::{Database, DatabaseUrl, NewStore};

/// The demo project.
pub const PROJECT: &str = "demo";

pub(super) const REGION: &str = "us-east-1";
pub(super) const ACCESS_KEY_ID: &str = "DEVSTORAGEACCESSKEY";
const STORE: &str = "dev";

/// What was made, or was there.
pub(super) struct Seeded {
    /// The demo project's API key.
    pub(super) root_key: Secret,
    /// A probe's verdict on the storage, in a few words.
    pub(super) storage_safety: String,
    pub(super) users: DemoUsers,
}

/// Creates the store, the project, its API key, the demo users and an access key, unless they exist, and has the
/// server make the keys of their tokens meanwhile.
pub(super) async fn seed(
    directory: &Path,
    database: DatabaseUrl,
    secrets: &Secrets,
    (cargo_url, storage_url): (&str, &str),
    clock: &Clock,
) -> Result<Seeded, DevStackError> {
    let service = Service::new(Database::open(database, 1, secrets.master_key()?));
    let storage = (storage_url, secrets.storage.clone());
    let (storage_safety, ()) =
        tokio::try_join!(store(&service, storage, clock), signing_keys(cargo_url))?;
    let project = project(&service, clock).await?;
    let root_key = root_key(directory, &service, project.clone(), clock).await?;
    let client = |key: &Secret| {
        let key = Credentials::api_key(Key::new(key.expose()));
        Client::builder(cargo_url).credentials(key)
    };
    let operator = client(&secrets.operator).project(PROJECT).build()?;
    let users = users::make(secrets.users.clone(), &client(&root_key).build()?, &operator).await?;
    users::keep(directory, &users, cargo_url)?;
    access_key::keep(directory, &service, (project, users.id(HOLDER)), clock).await?;
    Ok(Seeded { root_key, storage_safety, users })
}

/// Asks for the keys of access tokens. Whoever asks first waits until they are made.
async fn signing_keys(cargo_url: &str) -> Result<(), DevStackError> {
    let http = Outbound::direct().client().build()?;
    http.get(format!("{cargo_url}/auth/jwks.json")).send().await?.error_for_status()?;
    Ok(())
}

/// Registers the storage, which is probed if it never was. Returns the probe's verdict.
async fn store(
    service: &Service,
    (storage_url, storage_secret): (&str, Secret),
    clock: &Clock,
) -> Result<String, DevStackError> {
    let account = NewStore {
        name: Slug::parse(STORE)?,
        endpoints: endpoints(storage_url)?,
        region: REGION.to_owned(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: storage_secret,
        shared: is_shared(service).await?,
        accept_unsafe_storage: false,
        access: None,
    };
    let (ours, new) = (context(None, clock), account.clone());
    let upstream = Upstream::new(&Outbound::direct(), UpstreamLimits::default())?;
    let manner = Manner { bucket: None, upstream, clock: clock.clone() };
    let report = match known_report(service, &account).await {
        Some(report) => report,
        None => probe_account(service.clone(), new, manner, ours.clone()).await?,
    };
    service.put_store(account, Some(report), ours).await?;
    let known = service.store(Slug::parse(STORE)?).await?;
    Ok(safety_of(known.probe.as_ref(), StoreUse::from(&known)))
}

/// The demo project, which is created the first time.
async fn project(service: &Service, clock: &Clock) -> Result<ProjectId, DevStackError> {
    match service.project(PROJECT.to_owned()).await {
        Ok(project) => Ok(project.id),
        Err(ServiceError::NotFound(_)) => {
            let (slug, store) = (Slug::parse(PROJECT)?, Slug::parse(STORE)?);
            let new = NewProject { slug, store, settings: ProjectSettings::default() };
            Ok(service.create_project(new, context(None, clock)).await?.value.id)
        }
        Err(other) => Err(other.into()),
    }
}

/// The storage's endpoints under both host names: people write `localhost`, programs the address.
fn endpoints(storage_url: &str) -> Result<Vec<Endpoint>, InvalidEndpoint> {
    let named = storage_url.replace("127.0.0.1", "localhost");
    [storage_url, &named]
        .map(|url| Endpoint::parse(url, AddressingStyle::Path))
        .into_iter()
        .collect()
}

/// The report of an earlier probe of this storage, which is the same wherever it listens. None if an
/// earlier release probed it less thoroughly.
async fn known_report(service: &Service, account: &NewStore) -> Option<ProbeReport> {
    let known = service.store(account.name.clone()).await.ok()?;
    let same = known.access_key_id == account.access_key_id;
    known.probe.filter(|report| same && !report.sub_resources.is_empty())
}

/// Whether the store is marked as shared, or several projects use it since before that mark was
/// required.
async fn is_shared(service: &Service) -> Result<bool, DevStackError> {
    let stores = service.stores().await?;
    let is_put = stores.iter().any(|account| account.name == STORE && account.shared);
    let users = service.projects(String::new(), usize::MAX >> 1).await?;
    Ok(is_put || users.iter().filter(|project| project.store == STORE).count() > 1)
}

/// The key in `root.key` if it is valid, else a new one, which replaces it.
async fn root_key(
    directory: &Path,
    service: &Service,
    project: ProjectId,
    clock: &Clock,
) -> Result<Secret, DevStackError> {
    let path = directory.join("root.key");
    if let Some(known) = private_file::read(&path)? {
        let presented = PresentedKey::parse(known.trim());
        if let Some(presented) = presented
            && service.key_holder(presented, clock.now()).await?.is_ok()
        {
            return Ok(Secret::new(known.trim().to_owned()));
        }
        std::fs::remove_file(&path)?;
    }
    let asked = CreateApiKey {
        name: "dev".to_owned(),
        scopes: Some(Scope::ALL.into()),
        expires_at: None,
        project: None,
    };
    let context = context(Some(project.clone()), clock);
    let new = NewKey::parse(asked, &context.caller, context.now)?;
    let created = service.create_key(project, new, context).await?.value.value;
    private_file::keep(&path, created.key.expose())?;
    Ok(created.key)
}

/// The request context of the seed: the caller is the server itself.
pub(super) fn context(project: Option<ProjectId>, clock: &Clock) -> Context {
    Context {
        caller: Caller::Operator { name: OperatorName::server(), project },
        now: clock.now(),
        request_id: "dev".to_owned(),
        origin: Origin::default(),
        at_least: None,
        idempotency: None,
    }
}
