//! The composition root: the only place that creates the server's parts and connects them.

mod error;
mod gateway;
mod head_scan;
mod listeners;
mod opening;
mod ops;
mod remarks;
mod stopping;
mod timed_service;
mod timed_socket;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::web::Data;
use sail_cargo_database::Database;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::api::{Bodies, Crowd, Feeds, Readers, State};
use crate::audit::{AuditLimits, SpoolError};
use crate::auth::{Accounts, KEYS_LOOKED_AT};
use crate::authn::{Authenticator, FailureLog, Fetching, Issuers, KeyUsage, Tokens};
use crate::clock::Clock;
use crate::config::{AccountsConfig, AuthConfig, Config, DatabaseConfig};
use crate::console::Console;
use crate::domain::IssuerSet;
use crate::domain::limits::DEFAULT_MAX_TOKEN;
use crate::gateway::Shared;
use crate::health::{Health, Phase};
use crate::limits::Limits;
use crate::metrics::Metrics;
use crate::outbound::Outbound;
use crate::recorder::Recorder;
use crate::service::bucket_lifecycle::Reconciler;
use crate::service::{Service, UserNames};
use crate::storage_client::upstream::Upstream;
use crate::tls::Tls;
use crate::web_origins::WebOrigins;
pub use error::StartError;
use gateway::Bound;
use listeners::Listeners;
use opening::Opening;
use remarks::Remarks;
use stopping::{Budget, Signals, stop};

/// Longest time to connect to the auth service, and to receive its keys.
const KEY_TIMEOUT: Duration = Duration::from_secs(2);

/// A server whose listeners are bound and whose parts are connected. It does not serve yet.
pub struct Application {
    address: SocketAddr,
    ops_address: Option<SocketAddr>,
    gateway: Option<Bound>,
    server: Server,
    ops: Option<Server>,
    state: Data<State>,
    issuers: Arc<Issuers>,
    accounts: Option<Arc<Accounts>>,
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
        // Without the operators' listener nobody can read metrics, so none are kept.
        let metrics = config.ops.address.map(|_| Metrics::on()).unwrap_or_default();
        let metrics = Arc::new(metrics);
        let listener = config.gateway.as_ref().map(gateway::listen).transpose()?;
        let public = config.gateway_address;
        let public = public.map(|told| gateway::public_address(told, listener.as_ref()));
        let service = service(config.database, metrics.clone())
            .with_cache(config.max_staleness, clock.clone())
            .with_gateway(public)
            .with_users(user_names(&config.auth.issuers, config.accounts.is_some()));
        let service = with_audit(service, config.audit, config.audit_spool.as_deref())?;
        let outbound = config.outbound;
        let tokens = tokens(config.auth, &outbound, clock.clone(), metrics.clone())?;
        let issuers = tokens.issuers().clone();
        let limits = Arc::new(Limits::new(config.limits.rates));
        let guesses = limits.guesses().clone();
        let accounts = config.accounts.as_ref();
        let accounts =
            accounts.map(|config| accounts_of(config, &service, &outbound, &clock, metrics));
        let (accounts, own) = accounts.transpose()?.unzip();
        let authenticator = Arc::new(Authenticator::with_accounts(
            service.clone(),
            config.operator_keys,
            (tokens, own),
            guesses,
        ));
        let upstream = Upstream::new(&outbound, config.upstream)?;
        let reconciler = Reconciler::new(upstream.clone(), clock.clone());
        let failures = Arc::new(FailureLog::default());
        let recorder = Recorder::new(failures.clone(), service.clone(), clock.clone());
        let readers = Readers::new(config.streams);
        let health = Arc::new(Health::new(service.clone(), issuers.clone(), clock.clone()));
        let own = config.console.iter().flat_map(|console| console.origins.clone());
        let console = config.console.as_ref().map(|console| {
            Console::new(console, service.gateway().cloned(), issuers.clone()).map(Data::new)
        });
        let console = console.transpose()?;
        let state = Data::new(State {
            authenticator: authenticator.clone(),
            service: service.clone(),
            accounts: accounts.clone(),
            limits: limits.clone(),
            bodies: Bodies::new(config.limits.patience),
            crowd: Crowd::new(config.max_in_flight),
            readers: readers.clone(),
            feeds: Feeds::default(),
            key_usage: KeyUsage::default(),
            failures,
            health: health.clone(),
            proxies: config.proxies,
            origins: WebOrigins::with_own(own),
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
            origins: state.origins.clone(),
            clock: clock.clone(),
        };
        let tls = config.tls.as_ref();
        let gateway = listener.zip(config.gateway.as_ref());
        let gateway = gateway.map(|(listener, gateway)| Bound::new(listener, gateway, tls, shared));
        let ops = config.ops.address.map(|address| ops::bind(address, tls, state.clone()));
        let (ops_address, ops) = ops.transpose()?.unzip();
        let listeners = Listeners {
            address: config.listen,
            socket: config.socket,
            workers: config.workers,
            drain: config.drain,
        };
        let (address, server) = listeners.bind(tls, state.clone(), console)?;
        let remarks = Remarks { probe_max_age: config.probe_max_age };
        let how = (migrate, health.clone(), issuers.clone());
        let opening = Opening::begin(service.clone(), clock.clone(), remarks, how).await?;
        let budget = Budget { drain: config.drain, notice: config.ops.drain_notice };
        Ok(Self {
            address,
            ops_address,
            gateway,
            server,
            ops,
            state,
            issuers,
            accounts,
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

    /// What the handlers share: [`crate::api::application`] answers requests with it, also without a
    /// listener.
    pub fn state(&self) -> Data<State> {
        self.state.clone()
    }

    /// The issuers whose tokens the server accepts.
    pub fn issuers(&self) -> Arc<Issuers> {
        self.issuers.clone()
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
        let (issuers, service) = (self.issuers.clone(), self.service.clone());
        let health = self.health.clone();
        tasks.spawn(async move {
            health.opened().await;
            issuers.keep_reloading(&service).await;
        });
        let issuers = self.issuers;
        tasks.spawn(async move { issuers.keep_fresh().await });
        if let Some(accounts) = self.accounts {
            let health = self.health.clone();
            tasks.spawn(async move {
                health.opened().await;
                accounts.keep().await;
            });
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
            self.gateway.map(|gateway| gateway.serve(self.health.clone(), self.budget.notice));
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
            gateway.finish(self.budget.cut(end), end).await;
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

/// Opens the database, and creates the service on it.
fn service(config: DatabaseConfig, metrics: Arc<Metrics>) -> Service {
    let DatabaseConfig { url, connections, timeout, master_key } = config;
    if let Some(file) = url.file() {
        crate::private::warn_if_open("the database", file);
    }
    let database = Database::open_within(url, connections, timeout, master_key);
    Service::new(database).with_metrics(metrics)
}

/// Who names users: accounts, unless an issuer without an alias does.
fn user_names(issuers: &IssuerSet, has_accounts: bool) -> UserNames {
    let others = issuers.iter().any(|issuer| issuer.names_under().is_none());
    if has_accounts && !others { UserNames::Accounts } else { UserNames::Open }
}

/// Attaches the audit spool, if there is one, and the limits of the audit trail.
fn with_audit(
    service: Service,
    limits: AuditLimits,
    spool: Option<&Path>,
) -> Result<Service, SpoolError> {
    let service = match spool {
        Some(directory) => service.with_audit_spool(directory)?,
        None => service,
    };
    Ok(service.with_audit_limits(limits, spool))
}

/// Creates the embedded auth service, and what its tokens are verified with.
fn accounts_of(
    config: &AccountsConfig,
    service: &Service,
    outbound: &Outbound,
    clock: &Clock,
    metrics: Arc<Metrics>,
) -> Result<(Arc<Accounts>, Tokens), StartError> {
    let fetching = Fetching {
        every: KEYS_LOOKED_AT,
        http: outbound.client().build()?,
        clock: clock.clone(),
        metrics,
    };
    let issuer = Accounts::issuer(config).map_err(StartError::PublicUrl)?;
    let issuers = Arc::new(Issuers::of_accounts(issuer, service.clone(), fetching));
    let accounts = Accounts::new(service.clone(), config, issuers.clone(), clock.clone());
    let accounts = accounts.map_err(StartError::Threads)?;
    Ok((Arc::new(accounts), Tokens::new(issuers, DEFAULT_MAX_TOKEN)))
}

/// Creates the caches of the issuers' keys, and what user tokens are checked with.
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
    let fetching = Fetching { every: auth.refresh, http, clock, metrics };
    Ok(Tokens::new(Arc::new(Issuers::new(auth.issuers, fetching)), auth.max_token))
}
