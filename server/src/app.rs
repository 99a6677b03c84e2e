//! The composition root: the only place that creates the server's parts and connects them.

mod error;
mod gateway;
mod opening;
mod ops;
mod remarks;
mod stopping;

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::api::{self, Bodies, Crowd, Feeds, Origins, Readers, State};
use crate::authn::{Authenticator, FailureLog, KeyCache, KeyUsage, Tokens};
use crate::clock::Clock;
use crate::config::{AuthConfig, Config, DatabaseConfig};
use crate::gateway::Shared;
use crate::health::{Health, Phase};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::outbound::Outbound;
use crate::recorder::Recorder;
use crate::service::Service;
use crate::service::bucket_lifecycle::Reconciler;
use crate::storage_client::upstream::Upstream;
use crate::tls::{Tls, warn_if_plain};
pub use error::StartError;
use gateway::Bound;
use opening::Opening;
use remarks::Remarks;
use stopping::{Budget, Signals, stop};

/// Longest time to receive the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest time to connect to the auth service, and to receive its keys.
const KEY_TIMEOUT: Duration = Duration::from_secs(2);

/// A server whose listeners are bound and whose parts are connected. It does not serve yet.
pub struct Application {
    address: SocketAddr,
    ops_address: Option<SocketAddr>,
    gateway: Option<Bound>,
    server: Server,
    ops: Option<Server>,
    keys: Option<Arc<KeyCache>>,
    service: Service,
    readers: Readers,
    recorder: Recorder,
    limits: Arc<Limits>,
    health: Arc<Health>,
    opening: Opening,
    tls: Option<Tls>,
    remarks: Remarks,
    budget: Budget,
    clock: Clock,
}

impl Application {
    /// Binds the addresses, creates all parts, and begins to open the database. Port 0 binds a free
    /// port.
    ///
    /// The auth service and the database may be unavailable at this point.
    /// [`Application::run_until_stopped`] waits for them, and readiness reports them as failed
    /// until then.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn build(config: Config, clock: Clock, migrate: bool) -> Result<Self, StartError> {
        let DatabaseConfig { url, connections, timeout, master_key } = config.database;
        if let Some(file) = url.file() {
            crate::private::warn_if_open("the database", file);
        }
        // Without the operators' listener nobody can read metrics, so none are kept.
        let metrics = config.ops.address.map(|_| Metrics::on()).unwrap_or_default();
        let metrics = Arc::new(metrics);
        let mut service = Service::open_within(url, connections, timeout, master_key)
            .with_metrics(metrics.clone())
            .with_cache(config.max_staleness, clock.clone());
        if let Some(directory) = &config.audit_spool {
            service = service.with_audit_spool(directory)?;
        }
        service = service.with_audit_limits(config.audit, config.audit_spool.as_deref());
        let outbound = config.outbound;
        let tokens = config.auth.map(|auth| tokens(auth, &outbound, clock.clone(), metrics));
        let tokens = tokens.transpose()?;
        let keys = tokens.as_ref().map(|tokens| tokens.keys().clone());
        let limits = Arc::new(Limits::new(config.limits.rates));
        let guesses = limits.guesses().clone();
        let authenticator =
            Arc::new(Authenticator::new(service.clone(), config.operator_keys, tokens, guesses));
        let upstream = Upstream::new(&outbound, config.upstream)?;
        let reconciler = Reconciler::new(upstream.clone(), clock.clone());
        let failures = Arc::new(FailureLog::default());
        let recorder = Recorder::new(failures.clone(), service.clone(), clock.clone());
        let readers = Readers::new(config.streams);
        let health = Arc::new(Health::new(service.clone(), keys.clone(), clock.clone()));
        let state = Data::new(State {
            service: service.clone(),
            authenticator: authenticator.clone(),
            limits: limits.clone(),
            bodies: Bodies::new(config.limits.patience),
            crowd: Crowd::new(config.max_in_flight),
            readers: readers.clone(),
            feeds: Feeds::default(),
            key_usage: KeyUsage::default(),
            failures,
            health: health.clone(),
            proxies: config.proxies,
            origins: Origins::default(),
            upstream: upstream.clone(),
            reconciler,
            probe_max_age: config.probe_max_age,
            only_local: config.only_local,
            clock: clock.clone(),
        });

        let shared = Shared {
            service: service.clone(),
            reconciler: state.reconciler.clone(),
            authenticator,
            limits: limits.clone(),
            failures: state.failures.clone(),
            health: health.clone(),
            proxies: state.proxies.clone(),
            upstream,
            clock: clock.clone(),
        };
        let tls = config.tls.as_ref();
        let gateway = config.gateway.as_ref().map(|config| Bound::bind(config, tls, shared));
        let gateway = gateway.transpose()?;
        let ops = config.ops.address.map(|address| ops::bind(address, tls, state.clone()));
        let (ops_address, ops) = ops.transpose()?.unzip();
        let address = config.listen;
        let cannot = |error| StartError::Listen { flag: "--listen", address, error };
        let listener = TcpListener::bind(config.listen).map_err(cannot)?;
        let address = listener.local_addr().map_err(cannot)?;
        let mut server = HttpServer::new(move || api::application(state.clone()))
            .tcp_nodelay(true)
            .client_request_timeout(HEAD_TIMEOUT)
            .disable_signals()
            .shutdown_timeout(config.drain.as_secs());
        if let Some(workers) = config.workers {
            server = server.workers(workers);
        }
        warn_if_plain("--listen", address, config.tls.as_ref());
        let server = match &config.tls {
            Some(tls) => server.listen_rustls_0_23(listener, tls.server_config()),
            None => server.listen(listener),
        };
        let mut server = server.map_err(cannot)?;
        if let Some(path) = config.socket {
            let listener = socket(&path).and_then(|listener| server.listen_uds(listener));
            server = listener.map_err(|error| StartError::Socket { path, error })?;
        }
        let server = server.run();
        let remarks = Remarks { probe_max_age: config.probe_max_age };
        let how = (migrate, health.clone());
        let opening = Opening::begin(service.clone(), clock.clone(), remarks, how).await?;
        let budget = Budget { drain: config.drain, notice: config.ops.drain_notice };
        Ok(Self {
            address,
            ops_address,
            gateway,
            server,
            ops,
            keys,
            service,
            readers,
            recorder,
            limits,
            health,
            opening,
            tls: config.tls,
            remarks,
            budget,
            clock,
        })
    }

    /// The service: transactions, and the cache above them.
    pub fn service(&self) -> &Service {
        &self.service
    }

    /// The cache of the auth service's keys; `None` if the server accepts no tokens.
    pub fn auth_keys(&self) -> Option<Arc<KeyCache>> {
        self.keys.clone()
    }

    /// The certificate of its listeners, if they speak TLS.
    pub fn tls(&self) -> Option<Tls> {
        self.tls.clone()
    }

    /// The address that the API listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address that the operators' listener (health, metrics) listens on, if it is configured.
    pub fn ops_address(&self) -> Option<SocketAddr> {
        self.ops_address
    }

    /// The address of the S3 gateway, if it is configured.
    pub fn gateway_address(&self) -> Option<SocketAddr> {
        self.gateway.as_ref().and_then(Bound::address)
    }

    /// The server's health, as the readiness endpoint reports it.
    pub fn health(&self) -> Arc<Health> {
        self.health.clone()
    }

    /// The open event streams. End them before you stop the server: an event stream does not end by
    /// itself.
    pub fn readers(&self) -> Readers {
        self.readers.clone()
    }

    /// A handle that stops the server: it refuses new connections, and lets running requests
    /// finish.
    pub fn handle(&self) -> ServerHandle {
        self.server.handle()
    }

    /// Serves until SIGTERM, SIGINT or [`Application::handle`] stops the server. Then it records
    /// the counted authentication failures, and writes the audit events that wait in the spool.
    ///
    /// If the database is unavailable at the start, the server opens it as soon as it answers.
    ///
    /// # Errors
    /// The listener fails, or the database is not the one that this server expects
    /// ([`StartError`]).
    pub async fn run_until_stopped(self) -> std::io::Result<()> {
        let mut signals = Signals::listen()?;
        let mut tasks = JoinSet::new();
        let limits = self.limits;
        tasks.spawn(async move { limits.keep_tidy().await });
        if let Some(keys) = self.keys {
            tasks.spawn(async move { keys.keep_fresh().await });
        }
        if let Some(tls) = self.tls {
            tasks.spawn(tls.keep_fresh());
        }
        if let Some(ops) = self.ops {
            tasks.spawn(async move { drop(ops.await) });
            let metrics = self.service.metrics().clone();
            tasks.spawn(async move { metrics.keep_tidy().await });
        }
        let gateway =
            self.gateway.map(|gateway| gateway.serve(self.health.clone(), self.budget.drain));
        let gateway = gateway.transpose()?;
        let service = self.service.clone();
        tasks.spawn(async move { service.run_refresher().await });
        tasks.spawn(self.remarks.keep_making(self.service.clone(), self.clock));
        let (health, readers) = (self.health.clone(), self.readers.clone());
        tasks.spawn(async move {
            health.stopping().await;
            readers.end();
        });
        let recorder = self.recorder.clone();
        let recording = tokio::spawn(async move { recorder.run().await });

        let (handle, mut server) = (self.server.handle(), Box::pin(self.server));
        let mut opening = tokio::spawn(self.opening.keep());
        let (ended, end) = tokio::select! {
            ended = &mut server => (ended, Instant::now() + self.budget.drain),
            Ok(wrong) = &mut opening => {
                (Err(std::io::Error::other(wrong)), Instant::now() + self.budget.drain)
            }
            manner = signals.next() => {
                let how = (manner, self.budget);
                (Ok(()), stop(server.as_mut(), &handle, &mut signals, how, &self.health).await)
            }
        };
        self.health.enter(Phase::Stopping);
        drop(server);
        if let Some(gateway) = gateway {
            timeout_at(end, gateway).await.ok();
        }
        self.readers.end();
        self.recorder.stop();
        timeout_at(end, recording).await.ok();
        let left = self.service.audit().close(end.saturating_duration_since(Instant::now())).await;
        if left > 0 {
            log::warn!(
                "{left} audit events stay in the spool: the next start writes them to the database"
            );
        }
        opening.abort();
        ended
    }
}

/// Creates the key cache and the rules that user tokens are checked with.
fn tokens(
    auth: AuthConfig,
    outbound: &Outbound,
    clock: Clock,
    metrics: Arc<Metrics>,
) -> Result<Tokens, reqwest::Error> {
    let http = outbound
        .client()
        .tls_certs_merge(auth.roots)
        .connect_timeout(KEY_TIMEOUT)
        .timeout(KEY_TIMEOUT)
        .build()?;
    let keys = Arc::new(KeyCache::new(auth.source, auth.refresh, http, clock, metrics));
    Ok(Tokens::new(keys, auth.rules))
}

/// Listens on a Unix domain socket. A socket file that a stopped server left behind is replaced. A
/// socket that answers, or a file of another type, is not: then binding fails.
fn socket(path: &Path) -> std::io::Result<UnixListener> {
    let is_left_behind = path
        .symlink_metadata()
        .is_ok_and(|file| file.file_type().is_socket() && UnixStream::connect(path).is_err());
    if is_left_behind {
        std::fs::remove_file(path)?;
    }
    UnixListener::bind(path)
}
