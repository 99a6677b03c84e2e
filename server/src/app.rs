//! The composition root: the only place where things are wired.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use chrono::{DateTime, TimeDelta, Utc};

use crate::authn::{Authenticator, FailureLog, KeyCache, KeyUsage, Tokens};
use crate::clock::Clock;
use crate::config::{AuthConfig, Config, DatabaseConfig};
use crate::http::stores::to_wire;
use crate::http::{self, Bodies, Readers, State};
use crate::limits::Limits;
use crate::outbound::Outbound;
use crate::probe::warnings;
use crate::settle::Settler;
use crate::sharing;
use crate::storage::StorageError;
use crate::store::{MigrationError, Project, SpoolError, Store, StoreError};

/// How long the head of a request may take to come.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the auth service may take to answer with its keys.
const KEY_TIMEOUT: Duration = Duration::from_secs(2);

/// A server that is bound and wired, not yet running.
pub struct Application {
    address: SocketAddr,
    server: Server,
    keys: Option<Arc<KeyCache>>,
    store: Store,
    failures: Arc<FailureLog>,
    limits: Arc<Limits>,
    clock: Clock,
    probe_max_age: TimeDelta,
    drain: Duration,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// The socket cannot be listened on.
    #[error("cannot listen on {path}: {error}", path = .path.display())]
    Socket {
        /// Its path.
        path: PathBuf,
        /// Why not.
        #[source]
        error: std::io::Error,
    },
    /// The schema is older than this program.
    #[error("the database lacks {0} migrations: run `sail-cargo migrate`, or serve --migrate")]
    Migrations(usize),
    /// The schema could not be brought up to date.
    #[error("{0}")]
    Migrate(#[from] MigrationError),
    /// The spool for audit events cannot be used.
    #[error("{0}")]
    AuditSpool(#[from] SpoolError),
    /// The HTTP client for the auth service cannot be made.
    #[error("the HTTP client cannot be made: {0}")]
    HttpClient(#[from] reqwest::Error),
    /// The HTTP client for the storages cannot be made.
    #[error("{0}")]
    Storage(#[from] StorageError),
}

impl Application {
    /// Opens the database, binds the address and wires everything. Port 0 takes a free one.
    ///
    /// The auth service need not be there, nor the database; readiness says when they are not.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn build(config: Config, clock: Clock, migrate: bool) -> Result<Self, StartError> {
        let DatabaseConfig { url, connections, timeout, master_key } = config.database;
        let mut store = Store::open_within(url, connections, timeout, master_key)
            .remembering(config.max_staleness);
        check_schema(&store, migrate.then(|| clock.now())).await?;
        if let Some(directory) = &config.audit_spool {
            store = store.with_audit_spool(directory)?;
        }
        check_storages(&store, clock.now(), config.probe_max_age).await;
        check_sharing(&store, clock.now(), config.probe_max_age).await;
        check_role(&store).await;
        check_groups(&store).await;
        let outbound = config.outbound;
        let tokens = config.auth.map(|auth| tokens(auth, &outbound, clock.clone())).transpose()?;
        let keys = tokens.as_ref().map(|tokens| tokens.keys().clone());
        let limits = Arc::new(Limits::new(config.limits.rates));
        let guesses = limits.guesses().clone();
        let authenticator =
            Authenticator::new(store.clone(), config.operator_keys, tokens, guesses);
        let settler = Settler::new(&outbound, clock.clone())?;
        let failures = Arc::new(FailureLog::default());
        let state = Data::new(State {
            store: store.clone(),
            authenticator,
            limits: limits.clone(),
            bodies: Bodies::new(config.limits.patience),
            readers: Readers::default(),
            key_usage: KeyUsage::default(),
            failures: failures.clone(),
            proxies: config.proxies,
            outbound,
            settler,
            probe_max_age: config.probe_max_age,
            clock: clock.clone(),
        });

        let cannot = |error| StartError::Listen(config.listen, error);
        let listener = TcpListener::bind(config.listen).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let mut server = HttpServer::new(move || http::application(state.clone()))
            .tcp_nodelay(true)
            .client_request_timeout(HEAD_TIMEOUT)
            .shutdown_timeout(config.drain.as_secs());
        if let Some(workers) = config.workers {
            server = server.workers(workers);
        }
        let mut server = server.listen(listener).map_err(cannot)?;
        if let Some(path) = config.socket {
            let listener = socket(&path).and_then(|listener| server.listen_uds(listener));
            server = listener.map_err(|error| StartError::Socket { path, error })?;
        }
        let server = server.run();
        let (probe_max_age, drain) = (config.probe_max_age, config.drain);
        Ok(Self { address, server, keys, store, failures, limits, clock, probe_max_age, drain })
    }

    /// Its database, and what it remembers of that.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The auth service's keys, where there is one.
    pub fn auth_keys(&self) -> Option<Arc<KeyCache>> {
        self.keys.clone()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it from elsewhere: new connections are refused, requests under way may finish.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until SIGTERM, SIGINT or [`Application::handle`] says stop; then records who was not
    /// let in, and writes the audit events that wait in the spool.
    ///
    /// # Errors
    /// The server broke down.
    pub async fn run_until_stopped(self) -> std::io::Result<()> {
        let refresher = self.keys.map(|keys| tokio::spawn(async move { keys.keep_fresh().await }));
        let store = self.store.clone();
        let memory = tokio::spawn(async move { store.keep_remembering().await });
        let (failures, store, clock) =
            (self.failures.clone(), self.store.clone(), self.clock.clone());
        let recorder = tokio::spawn(async move { failures.keep_recording(&store, &clock).await });
        let storages = keep_checking_storages(self.store.clone(), self.clock, self.probe_max_age);
        let storages = tokio::spawn(storages);
        let limits = self.limits;
        let limits = tokio::spawn(async move { limits.keep_tidy().await });
        let ended = self.server.await;
        self.failures.stop();
        recorder.await.ok();
        memory.abort();
        storages.abort();
        limits.abort();
        if let Some(refresher) = refresher {
            refresher.abort();
        }
        let left = self.store.close_audit(self.drain).await;
        if left > 0 {
            log::warn!("{left} audit events stay in the spool: the next start writes them");
        }
        ended
    }
}

/// What it takes to accept tokens of the auth service.
fn tokens(auth: AuthConfig, outbound: &Outbound, clock: Clock) -> Result<Tokens, reqwest::Error> {
    let http = outbound
        .client()
        .tls_certs_merge(auth.roots)
        .connect_timeout(KEY_TIMEOUT)
        .timeout(KEY_TIMEOUT)
        .build()?;
    let keys = Arc::new(KeyCache::new(auth.source, auth.refresh, http, clock));
    Ok(Tokens::new(keys, auth.rules))
}

/// Listens on a Unix domain socket. One that a server left behind is replaced; one that answers,
/// or anything else of that name, is not.
fn socket(path: &Path) -> std::io::Result<UnixListener> {
    let is_left_behind = path
        .symlink_metadata()
        .is_ok_and(|file| file.file_type().is_socket() && UnixStream::connect(path).is_err());
    if is_left_behind {
        std::fs::remove_file(path)?;
    }
    UnixListener::bind(path)
}

/// Says which storages nobody has looked at, or not for long, or somebody has and found wanting.
async fn check_storages(store: &Store, now: DateTime<Utc>, max_age: TimeDelta) {
    for account in store.stores().await.unwrap_or_default() {
        let (name, accepted) = (&account.name, account.accept_unsafe_storage);
        for warning in warnings(name, account.probe.as_ref(), accepted, now, max_age) {
            log::warn!("store {name}: {warning}");
        }
    }
}

/// The same once a day: reports grow old while a server runs.
async fn keep_checking_storages(store: Store, clock: Clock, max_age: TimeDelta) {
    let mut days = tokio::time::interval(Duration::from_hours(24));
    days.tick().await;
    loop {
        days.tick().await;
        check_storages(&store, clock.now(), max_age).await;
    }
}

/// Says which stores are several projects' although nobody said so.
async fn check_sharing(store: &Store, now: DateTime<Utc>, max_age: TimeDelta) {
    let stores = store.stores().await.unwrap_or_default();
    let stores: Vec<_> = stores.into_iter().map(|store| to_wire(store, now, max_age)).collect();
    let projects = store.projects(String::new(), usize::MAX >> 1).await.unwrap_or_default();
    let projects: Vec<_> = projects.iter().map(Project::to_wire).collect();
    for sentence in sharing::unsaid(&stores, &projects) {
        log::warn!("{sentence}");
    }
}

/// Says when the second lock between tenants is open.
async fn check_role(store: &Store) {
    if store.bypasses_row_security().await.unwrap_or(false) {
        log::warn!(
            "the database role is a superuser or has BYPASSRLS: row-level security does not bind \
             it. Give the server a role of its own that owns its database"
        );
    }
}

/// Says which groups tokens do not enter any more, until somebody has said that this is right.
async fn check_groups(store: &Store) {
    for left_out in store.tokens_left_out().await.unwrap_or_default() {
        log::warn!("{left_out}");
    }
}

/// A schema that is too old is refused; a database that is away is only said to be. What a
/// migration changes in a project is changed at `migrate`.
async fn check_schema(store: &Store, migrate: Option<DateTime<Utc>>) -> Result<(), StartError> {
    if let Some(now) = migrate {
        for name in store.migrate(now).await? {
            log::info!("applied migration {name}");
        }
    }
    match store.pending_migrations().await {
        Ok(pending) if pending.is_empty() => Ok(()),
        Ok(pending) => Err(StartError::Migrations(pending.len())),
        Err(StoreError::Unavailable(cause)) => {
            log::error!("the database is not available yet: {cause}");
            Ok(())
        }
        Err(other) => {
            log::error!("{other}");
            Ok(())
        }
    }
}
