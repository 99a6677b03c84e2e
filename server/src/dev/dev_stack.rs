//! Everything `dev` runs, in one process, with its state in one directory.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::config::{BehaviorVersion, Region};
use chrono::TimeDelta;
use sail_cargo_client::{Client, Credentials, Key};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt as _};
use sail_cargo_protocol::{ProbeReport, Scope};
use tokio::net::TcpListener;

use super::issuer::{AuthService, ISSUER, Issuer};
use super::made::Made;
use super::storage::Storage;
use super::{DemoTokens, private_file};
use crate::api::{ReaderLimits, TrustedProxies};
use crate::app::{Application, StartError};
use crate::authn::{ClaimRules, KEY_REFRESH, KeySource, OperatorKeys};
use crate::clock::Clock;
use crate::config::{AuthConfig, Config, DatabaseConfig, Limits, OpsConfig};
use crate::domain::s3::{AddressingStyle, Endpoint, InvalidEndpoint};
use crate::domain::{Caller, Context, OperatorName, Origin, ProjectId, Secret, Slug, limits};
use crate::outbound::Outbound;
use crate::private;
use crate::storage_probe::{Manner, probe_account, safety_of};
use crate::store::{
    AuditLimits, Database, DatabaseUrl, MAX_STALENESS, MasterKey, NewKey, NewProject, NewStore,
    PresentedKey, STATEMENT_LIMIT, Settings, StoreError,
};

/// The demo users.
pub const USERS: [&str; 3] = ["ada", "bob", "carl"];
/// The demo project.
pub const PROJECT: &str = "demo";

const REGION: &str = "us-east-1";
const ACCESS_KEY_ID: &str = "DEVSTORAGEACCESSKEY";
const STORE: &str = "dev";
/// A port to try when another is taken.
const ELSEWHERE: u16 = 9080;

/// Which ports to listen on; 0 takes a free one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ports {
    /// Cargo.
    pub cargo: u16,
    /// The storage.
    pub storage: u16,
    /// The auth service.
    pub auth: u16,
}

/// Why the stack does not start.
pub type DevStackError = Box<dyn std::error::Error + Send + Sync>;

/// A storage, an auth service and a server, running.
pub struct DevStack {
    /// Where the state is.
    pub directory: PathBuf,
    /// Cargo's URL.
    pub cargo_url: String,
    /// The storage's URL.
    pub storage_url: String,
    /// The auth service's URL.
    pub auth_url: String,
    /// The demo project's API key.
    root_key: Secret,
    storage_safety: String,
    storage: Storage,
    auth: AuthService,
    handle: actix_web::dev::ServerHandle,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl DevStack {
    /// Starts everything on the loopback interface, with its state in `directory`: what is there
    /// from an earlier start is used again. A start that fails leaves nothing that it made.
    ///
    /// # Errors
    /// The directory cannot be used, or a port is taken.
    pub async fn start(directory: &Path, ports: Ports) -> Result<Self, DevStackError> {
        // Before anything is made: whoever has the ports may have the directory, too.
        let listeners = Listeners::bind(ports).await?;
        let unusable = |error| format!("{}: {error}", directory.display());
        let made = Made::from_now_on(directory).map_err(unusable)?;
        private::directory(directory).map_err(unusable)?;
        let stack = Self::start_in(directory, ports, listeners).await?;
        made.keep();
        Ok(stack)
    }

    async fn start_in(
        directory: &Path,
        ports: Ports,
        listeners: Listeners,
    ) -> Result<Self, DevStackError> {
        let storage_secret = secret(directory, "storage.secret")?;
        let storage = Storage::start(
            listeners.storage,
            &directory.join("s3"),
            ACCESS_KEY_ID,
            storage_secret.expose().into(),
            REGION,
        )
        .await?;
        let storage_url = format!("http://{}", storage.address());

        let issuer = {
            let directory = directory.to_owned();
            tokio::task::spawn_blocking(move || Issuer::load_or_create(&directory)).await??
        };
        let auth = AuthService::start(listeners.auth, Arc::new(issuer), PROJECT, &USERS).await?;
        let auth_url = format!("http://{}", auth.address());

        let config = config(directory, &auth_url, ports.cargo)?;
        let clock = Clock::system();
        let application = Application::build(config, clock.clone(), true)
            .await
            .map_err(|error| of_the_port(error, ports))?;
        let cargo_url = format!("http://{}", application.address());
        let (handle, health) = (application.handle(), application.health());
        let server = tokio::spawn(application.run_until_stopped());
        health.opened().await;
        let seeded = seed(directory, &storage_url, storage_secret, &clock).await;
        let (root_key, storage_safety) = match seeded {
            Ok(seeded) => seeded,
            Err(error) => {
                handle.stop(false).await;
                server.await.ok();
                return Err(error);
            }
        };
        Ok(Self {
            directory: directory.to_owned(),
            cargo_url,
            storage_url,
            auth_url,
            root_key,
            storage_safety,
            storage,
            auth,
            handle,
            server,
        })
    }

    /// A client of Cargo's API with the project's key.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn root(&self) -> Result<Client, sail_cargo_client::Error> {
        self.client(Credentials::api_key(Key::new(self.root_key.expose())))
    }

    /// A client of Cargo's API for one of the demo users.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn user(&self, name: &str) -> Result<Client, sail_cargo_client::Error> {
        self.client(Credentials::user(DemoTokens::new(&self.auth_url, name)))
    }

    fn client(&self, credentials: Credentials) -> Result<Client, sail_cargo_client::Error> {
        Client::builder(&self.cargo_url).credentials(credentials).build()
    }

    /// The stock SDK with no S3 credentials: `client` has every request signed.
    pub fn s3(&self, client: Client) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(&self.storage_url)
            .force_path_style(true)
            .remote_signing(RemoteSigner::new(client))
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// How many requests reached the storage so far.
    pub fn storage_requests(&self) -> u64 {
        self.storage.served()
    }

    /// What a probe found of the storage, in a few words.
    pub fn storage_safety(&self) -> &str {
        &self.storage_safety
    }

    /// Runs until a signal says stop.
    ///
    /// # Errors
    /// The server broke down.
    pub async fn run_until_stopped(self) -> Result<(), DevStackError> {
        let ended = self.server.await;
        self.storage.stop().await;
        self.auth.stop().await;
        Ok(ended??)
    }

    /// Stops everything, letting requests under way finish.
    ///
    /// # Errors
    /// The server broke down.
    pub async fn stop(self) -> Result<(), DevStackError> {
        self.handle.stop(true).await;
        self.run_until_stopped().await
    }
}

impl std::fmt::Debug for DevStack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// The ports of what `dev` brings along.
struct Listeners {
    storage: TcpListener,
    auth: TcpListener,
}

impl Listeners {
    /// Takes them. That of Cargo, which it takes by itself, is looked at.
    async fn bind(ports: Ports) -> Result<Self, DevStackError> {
        drop(listen("Cargo", ports.cargo, ports).await?);
        Ok(Self {
            storage: listen("the storage", ports.storage, ports).await?,
            auth: listen("the auth service", ports.auth, ports).await?,
        })
    }
}

async fn listen(what: &str, port: u16, ports: Ports) -> Result<TcpListener, DevStackError> {
    let bound = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    bound.map_err(|error| taken(what, port, ports, &error))
}

/// An error of the server's start, in the words of whoever chose the port.
fn of_the_port(error: StartError, ports: Ports) -> DevStackError {
    match error {
        StartError::Listen { error, .. } => taken("Cargo", ports.cargo, ports, &error),
        other => other.into(),
    }
}

fn taken(what: &str, port: u16, ports: Ports, error: &std::io::Error) -> DevStackError {
    // Not one that is among those that were tried.
    let other = if ports.cargo.abs_diff(ELSEWHERE) < 3 { ELSEWHERE + 1000 } else { ELSEWHERE };
    format!(
        "--port: {what} cannot listen on port {port}: {error}. Cargo takes the port that --port \
         names, the storage and the auth service the next two: try `sail-cargo dev --port {other}`"
    )
    .into()
}

/// A random secret that is kept in a private file.
fn secret(directory: &Path, name: &str) -> Result<Secret, DevStackError> {
    let path = directory.join(name);
    let text = match private_file::read(&path)? {
        Some(text) => text,
        None => private_file::keep(&path, MasterKey::generate().expose())?,
    };
    Ok(Secret::new(text.to_string()))
}

fn database(directory: &Path) -> Result<DatabaseConfig, DevStackError> {
    Ok(DatabaseConfig {
        url: DatabaseUrl::Sqlite(directory.join("cargo.db")),
        connections: 4,
        timeout: STATEMENT_LIMIT,
        master_key: MasterKey::parse(&secret(directory, "master.key")?)?,
    })
}

fn config(directory: &Path, auth_url: &str, port: u16) -> Result<Config, DevStackError> {
    let rules = ClaimRules {
        max_bytes: limits::DEFAULT_MAX_TOKEN,
        issuer: ISSUER.to_owned(),
        audience: None,
        leeway: TimeDelta::seconds(30),
        max_lifetime: TimeDelta::hours(24),
        user_claims: vec!["id".to_owned(), "sub".to_owned()],
        project_claim: "projectId".to_owned(),
        project_from_header: false,
        groups_claim: "groups".to_owned(),
        role_claim: "role".to_owned(),
    };
    let operator = Secret::new(format!("cgop_{}", secret(directory, "operator.secret")?.expose()));
    Ok(Config {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        socket: None,
        workers: Some(2),
        max_in_flight: 0,
        drain: Duration::from_secs(5),
        ops: OpsConfig::default(),
        max_staleness: MAX_STALENESS,
        limits: Limits::default().without_rates(),
        probe_max_age: limits::DEFAULT_PROBE_AGE,
        audit_spool: None,
        audit: AuditLimits::default(),
        streams: ReaderLimits::default(),
        database: database(directory)?,
        operator_keys: Some(OperatorKeys::parse(&operator)?),
        proxies: TrustedProxies::default(),
        auth: Some(AuthConfig {
            source: KeySource::parse(&format!("{auth_url}/public-key"))?,
            refresh: KEY_REFRESH,
            roots: Vec::new(),
            rules,
        }),
        outbound: Outbound::direct(),
        only_local: true,
    })
}

/// Writes the store, the project and its key, unless they are there, and returns the key, with
/// what a probe says of the storage.
async fn seed(
    directory: &Path,
    storage_url: &str,
    storage_secret: Secret,
    clock: &Clock,
) -> Result<(Secret, String), DevStackError> {
    let database = database(directory)?;
    let store = Database::open(database.url, 1, database.master_key);
    let account = NewStore {
        name: Slug::parse(STORE)?,
        endpoints: endpoints(storage_url)?,
        region: REGION.to_owned(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: storage_secret,
        shared: is_shared(&store).await?,
        accept_unsafe_storage: false,
    };
    let (ours, new) = (context(None, clock), account.clone());
    let manner = Manner { bucket: None, outbound: Outbound::direct(), clock: clock.clone() };
    let report = match known_report(&store, &account).await {
        Some(report) => report,
        None => probe_account(store.clone(), new, manner, ours.clone()).await?,
    };
    store.put_store(account, Some(report), ours).await?;
    let project = match store.project(PROJECT.to_owned()).await {
        Ok(project) => project.id,
        Err(StoreError::NotFound(_)) => {
            let (slug, store_name) = (Slug::parse(PROJECT)?, Slug::parse(STORE)?);
            let new = NewProject { slug, store: store_name, settings: Settings::default() };
            let made = store.create_project(new, context(None, clock)).await?;
            ProjectId::parse(&made.value.id)?
        }
        Err(other) => return Err(other.into()),
    };
    let known = store.store(Slug::parse(STORE)?).await?;
    let safety = safety_of(known.probe.as_ref(), known.accept_unsafe_storage);
    Ok((root_key(directory, &store, project, clock).await?, safety))
}

/// The storage by both its names: people write `localhost`, programs the address.
fn endpoints(storage_url: &str) -> Result<Vec<Endpoint>, InvalidEndpoint> {
    let named = storage_url.replace("127.0.0.1", "localhost");
    [storage_url, &named]
        .map(|url| Endpoint::parse(url, AddressingStyle::Path))
        .into_iter()
        .collect()
}

/// What a probe found earlier of the very storage, unless an earlier release looked for less.
async fn known_report(store: &Database, account: &NewStore) -> Option<ProbeReport> {
    let known = store.store(account.name.clone()).await.ok()?;
    let same = known.endpoints == account.endpoints && known.access_key_id == account.access_key_id;
    known.probe.filter(|report| same && !report.sub_resources.is_empty())
}

/// Whether the storage was put as shared, or was used by several projects before that was refused.
async fn is_shared(store: &Database) -> Result<bool, DevStackError> {
    let stores = store.stores().await?;
    let is_put = stores.iter().any(|account| account.name == STORE && account.shared);
    let users = store.projects(String::new(), usize::MAX >> 1).await?;
    Ok(is_put || users.iter().filter(|project| project.store == STORE).count() > 1)
}

/// The key in `root.key`, while it is good; else a new one in its place.
async fn root_key(
    directory: &Path,
    store: &Database,
    project: ProjectId,
    clock: &Clock,
) -> Result<Secret, DevStackError> {
    let path = directory.join("root.key");
    if let Some(known) = private_file::read(&path)? {
        let presented = PresentedKey::parse(known.trim());
        if let Some(presented) = presented
            && store.key_holder(presented, clock.now()).await?.is_ok()
        {
            return Ok(Secret::new(known.trim().to_owned()));
        }
        std::fs::remove_file(&path)?;
    }
    let new = NewKey {
        name: "dev".to_owned(),
        scopes: Scope::ALL.into(),
        expires_at: Some(clock.now() + TimeDelta::days(365)),
    };
    let context = context(Some(project.clone()), clock);
    let created = store.create_key(project, new, context).await?.value.value;
    let key = Secret::new(created.key);
    private_file::keep(&path, key.expose())?;
    Ok(key)
}

/// What is made for the start is made by the server.
fn context(project: Option<ProjectId>, clock: &Clock) -> Context {
    Context {
        caller: Caller::Operator { name: OperatorName::server(), project },
        now: clock.now(),
        request_id: "dev".to_owned(),
        origin: Origin::default(),
        at_least: None,
        idempotency: None,
    }
}
