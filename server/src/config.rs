//! Configuration: flags override `SAIL_CARGO_*`, which override a TOML file. Each value is read
//! once, here.

mod accounts;
mod audit;
mod auth;
mod certificates;
mod console;
mod database;
mod environment;
mod error;
mod file;
mod gateway;
mod gateway_clients;
mod gateway_host;
mod gateway_public;
mod limits;
mod ops;
mod secrets;
mod settings;
mod streams;
mod tls;
mod upstream;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;

pub use accounts::{AccountSettings, AccountsConfig};
pub use audit::AuditSettings;
pub use auth::{AuthConfig, AuthTable};
use certificates::roots;
pub use console::{ConsoleConfig, ConsoleSettings, DemoSignIn};
pub use database::{DatabaseConfig, DatabaseSettings};
use environment::variable;
pub use environment::{check_environment, is_blank, is_set};
pub use error::ConfigError;
pub use gateway::{GatewayConfig, GatewaySettings};
pub use gateway_clients::{BodyTimes, ClientLimits, ClientSettings};
pub(crate) use gateway_host::split_port;
pub use gateway_public::{PublicHosts, PublicSettings};
pub use limits::{LimitSettings, Limits};
pub use ops::{OpsConfig, OpsSettings};
pub use secrets::secret;
use secrets::warn_if_open;
pub use settings::Settings;
pub use streams::StreamSettings;
pub use upstream::UpstreamSettings;

use crate::api::ReaderLimits;
use crate::audit::AuditLimits;
use crate::authn::OperatorKeys;
use crate::cache::MAX_STALENESS;
use crate::domain::GatewayAddress;
use crate::domain::limits::DEFAULT_PROBE_AGE;
use crate::origin::proxies::TrustedProxies;
use crate::outbound::Outbound;
use crate::storage_client::upstream::UpstreamLimits;
use crate::tls::Tls;

/// The range of `max_staleness`, unless it is zero: how old cached data may be when a signature is
/// decided by it.
const LEASES: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_mins(1);

/// Default for the number of requests that may be in progress at a time.
pub const MAX_IN_FLIGHT: usize = 512;

/// The resolved configuration of `serve`.
#[derive(Debug)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// A Unix domain socket to listen on as well.
    pub socket: Option<PathBuf>,
    /// The certificate of the listeners, if they speak TLS. The socket never does.
    pub tls: Option<Tls>,
    /// The number of worker threads; `None` for one per core.
    pub workers: Option<usize>,
    /// How many requests may be in progress at a time; zero for no limit.
    pub max_in_flight: usize,
    /// How long the shutdown may take after a signal.
    pub drain: Duration,
    /// The settings of the operators' listener.
    pub ops: OpsConfig,
    /// The S3 gateway; `None` without an address for it.
    pub gateway: Option<GatewayConfig>,
    /// Where clients reach the gateway. Port 0 stands for the port that the gateway is bound to.
    pub gateway_address: Option<GatewayAddress>,
    /// The directory of the audit spool; `None` to write audit events directly into the database.
    pub audit_spool: Option<PathBuf>,
    /// How much disk space refusals may fill.
    pub audit: AuditLimits,
    /// How many clients may read event streams.
    pub streams: ReaderLimits,
    /// The database's URL, and the size of its connection pool.
    pub database: DatabaseConfig,
    /// How old cached data may be when a signature is decided by it. Zero reads the database each
    /// time.
    pub max_staleness: Duration,
    /// How old a storage's probe report may be before the server warns its operator.
    pub probe_max_age: TimeDelta,
    /// The operators' keys; `None` if operators may not use the API.
    pub operator_keys: Option<OperatorKeys>,
    /// The proxies whose forwarding headers are trusted.
    pub proxies: TrustedProxies,
    /// The auth services whose tokens are accepted.
    pub auth: AuthConfig,
    /// The embedded auth service; `None` to keep no accounts.
    pub accounts: Option<AccountsConfig>,
    /// The console; `None` to serve none.
    pub console: Option<ConsoleConfig>,
    /// How the server connects to the auth service and to the storages.
    pub outbound: Outbound,
    /// How long a storage may take, and how many connections it gets.
    pub upstream: UpstreamLimits,
    /// Whether the server refuses requests whose `Host` does not name this machine, as in `dev`.
    pub only_local: bool,
    /// The limits on what callers may use of the server.
    pub limits: Limits,
}

impl Settings {
    /// Validates all settings and fills in the defaults.
    ///
    /// # Errors
    /// The first setting that is missing or invalid, with its name.
    pub fn resolve(self) -> Result<Config, ConfigError> {
        let (auth, tls) = (self.auth()?, self.tls()?);
        let drain = Duration::from_secs(self.drain_seconds.unwrap_or(10));
        let (max_staleness, days) = (self.max_staleness()?, self.probe_max_age_days);
        let outbound = self.outbound()?;
        warn_if_open("SAIL_CARGO_OPERATOR_KEY_FILE", self.operator_key_file.as_deref());
        let operator_keys = secret("SAIL_CARGO_OPERATOR_KEY", self.operator_key_file.as_deref())?
            .map(|keys| OperatorKeys::parse(&keys))
            .transpose()
            .map_err(|error| ConfigError::new("SAIL_CARGO_OPERATOR_KEY", error))?;
        let proxies = self.trusted_proxies.as_deref().unwrap_or_default();
        let proxies = TrustedProxies::parse(proxies, self.forwarded_by.unwrap_or_default())
            .map_err(|error| ConfigError::new("SAIL_CARGO_TRUSTED_PROXIES", error))?;
        Ok(Config {
            console: self.console.resolve(self.accounts.public_url.as_deref()),
            accounts: self.accounts.resolve(&auth.issuers)?,
            socket: self.socket,
            tls,
            listen: self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            workers: self.workers,
            max_in_flight: self.max_in_flight.unwrap_or(MAX_IN_FLIGHT),
            drain,
            ops: self.ops.resolve(drain)?,
            gateway_address: self.gateway.public_address()?,
            gateway: self.gateway.resolve()?,
            max_staleness,
            audit_spool: self.audit_spool,
            probe_max_age: days.map_or(DEFAULT_PROBE_AGE, |days| TimeDelta::days(days.into())),
            audit: self.audit.limits()?,
            streams: self.streams.limits()?,
            database: self.database.resolve()?,
            operator_keys,
            proxies,
            auth,
            outbound,
            upstream: self.upstream.limits()?,
            only_local: false,
            limits: self.limits.resolve()?,
        })
    }

    /// How the server connects to the auth service and to the storages.
    ///
    /// # Errors
    /// The configured proxy is no proxy URL, or the configured file holds no certificates.
    pub fn outbound(&self) -> Result<Outbound, ConfigError> {
        let proxy = self.outbound_proxy.as_deref();
        let outbound = proxy
            .map_or(Ok(Outbound::direct()), Outbound::through)
            .map_err(|error| ConfigError::new("SAIL_CARGO_OUTBOUND_PROXY", error))?;
        Ok(outbound.trusting(roots("SAIL_CARGO_STORAGE_CA", self.storage_ca.as_deref())?))
    }

    fn max_staleness(&self) -> Result<Duration, ConfigError> {
        match self.max_staleness_ms.map(Duration::from_millis) {
            None => Ok(MAX_STALENESS),
            Some(wanted) if wanted.is_zero() || LEASES.contains(&wanted) => Ok(wanted),
            Some(_) => Err(ConfigError::new(
                "SAIL_CARGO_MAX_STALENESS_MS",
                "must be 0, or between 100 and 60000",
            )),
        }
    }
}

/// The directory for a command's persistent state (XDG base directories):
/// `$XDG_STATE_HOME/sail-cargo`, or `.local/state/sail-cargo` in the home directory. `None` if
/// neither variable is set.
pub fn state_directory() -> Option<std::path::PathBuf> {
    let below = |base: String, rest: &str| std::path::PathBuf::from(base).join(rest);
    variable("XDG_STATE_HOME")
        .map(|base| below(base, "sail-cargo"))
        .or_else(|| variable("HOME").map(|home| below(home, ".local/state/sail-cargo")))
}
