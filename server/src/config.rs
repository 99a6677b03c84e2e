//! Configuration: flags, then `SAIL_CARGO_*`, then a TOML file; each value read once, here.

mod audit;
mod auth;
mod certificates;
mod database;
mod environment;
mod error;
mod file;
mod limits;
mod ops;
mod secrets;
mod settings;
mod streams;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;

pub use audit::AuditSettings;
pub use auth::AuthConfig;
use certificates::roots;
pub use database::{DatabaseConfig, DatabaseSettings};
use environment::variable;
pub use environment::{check_environment, is_blank};
pub use error::ConfigError;
pub use limits::{LimitSettings, Limits};
pub use ops::{OpsConfig, OpsSettings};
pub use secrets::secret;
use secrets::warn_if_open;
pub use settings::Settings;
pub use streams::StreamSettings;

use crate::api::{ReaderLimits, TrustedProxies};
use crate::audit::AuditLimits;
use crate::authn::OperatorKeys;
use crate::cache::MAX_STALENESS;
use crate::domain::limits::DEFAULT_PROBE_AGE;
use crate::outbound::Outbound;

/// The permitted ages of cached data, unless nothing is cached.
const LEASES: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_mins(1);

/// The default number of requests processed at a time.
pub const MAX_IN_FLIGHT: usize = 512;

/// The configuration of `serve`.
#[derive(Debug)]
pub struct Config {
    /// The address to listen on.
    pub listen: SocketAddr,
    /// A Unix domain socket to listen on as well.
    pub socket: Option<PathBuf>,
    /// The number of worker threads; None for one per core.
    pub workers: Option<usize>,
    /// The most requests processed at a time; 0 for no limit.
    pub max_in_flight: usize,
    /// The time from a stop signal to the end of the process.
    pub drain: Duration,
    /// The operators' configuration.
    pub ops: OpsConfig,
    /// The directory of the audit spool; None to write events straight to the database.
    pub audit_spool: Option<PathBuf>,
    /// Limits on the disk space of the audit trail.
    pub audit: AuditLimits,
    /// Limits on the readers of event streams.
    pub streams: ReaderLimits,
    /// The database and the master key.
    pub database: DatabaseConfig,
    /// The greatest age of cached data that signatures are based on; 0 to read the database for
    /// each.
    pub max_staleness: Duration,
    /// The age from which operators are warned about a storage's probe report.
    pub probe_max_age: TimeDelta,
    /// The operators' keys; None if operators may not use the API.
    pub operator_keys: Option<OperatorKeys>,
    /// The proxies trusted to report their client's address.
    pub proxies: TrustedProxies,
    /// The auth service whose tokens are accepted; None to accept no tokens.
    pub auth: Option<AuthConfig>,
    /// How to reach the auth service and the storages.
    pub outbound: Outbound,
    /// Whether to answer only requests whose Host names this machine, as `dev` does.
    pub only_local: bool,
    /// Limits on requests.
    pub limits: Limits,
}

impl Settings {
    /// Checks all settings and fills in the defaults.
    ///
    /// # Errors
    /// [`ConfigError`] with the first setting that is missing or invalid.
    pub fn resolve(self) -> Result<Config, ConfigError> {
        let auth = self.auth()?;
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
            socket: self.socket,
            listen: self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            workers: self.workers,
            max_in_flight: self.max_in_flight.unwrap_or(MAX_IN_FLIGHT),
            drain,
            ops: self.ops.resolve(drain)?,
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
            only_local: false,
            limits: self.limits.resolve()?,
        })
    }

    /// How to reach the auth service and the storages.
    ///
    /// # Errors
    /// [`ConfigError`] if the proxy is invalid, or the file holds no certificates.
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

/// The directory in which commands keep state between runs (XDG base directories):
/// `$XDG_STATE_HOME/sail-cargo`, or below the home directory. None if neither is set.
pub fn state_directory() -> Option<std::path::PathBuf> {
    let below = |base: String, rest: &str| std::path::PathBuf::from(base).join(rest);
    variable("XDG_STATE_HOME")
        .map(|base| below(base, "sail-cargo"))
        .or_else(|| variable("HOME").map(|home| below(home, ".local/state/sail-cargo")))
}
