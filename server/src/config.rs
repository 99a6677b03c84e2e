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
mod tls;

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
use crate::tls::Tls;

/// How old the data may be that signatures are judged by, where any of it is kept.
const LEASES: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(100)..=Duration::from_mins(1);

/// Requests that may be under way at a time, unless told otherwise.
pub const MAX_IN_FLIGHT: usize = 512;

/// Everything `serve` needs to know.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// A Unix domain socket to listen on as well.
    pub socket: Option<PathBuf>,
    /// What the listeners show, where they speak TLS. The socket speaks none.
    pub tls: Option<Tls>,
    /// How many worker threads; one per core when absent.
    pub workers: Option<usize>,
    /// Requests that may be under way at a time; zero is no limit.
    pub max_in_flight: usize,
    /// How long everything may take after a signal to stop.
    pub drain: Duration,
    /// What those who run the server need.
    pub ops: OpsConfig,
    /// A directory for audit events on their way into the database; straight there when absent.
    pub audit_spool: Option<PathBuf>,
    /// How much of the disk refusals may fill.
    pub audit: AuditLimits,
    /// How many may read event streams.
    pub streams: ReaderLimits,
    /// Where the data is, and how many connections to it.
    pub database: DatabaseConfig,
    /// How old the data may be that signatures are judged by; zero has it read every time.
    pub max_staleness: Duration,
    /// How old the report of a storage's probe may be before its operator is warned.
    pub probe_max_age: TimeDelta,
    /// The operators' keys, if operators may use the API.
    pub operator_keys: Option<OperatorKeys>,
    /// Which proxies are believed when they say whom they speak for.
    pub proxies: TrustedProxies,
    /// Whose tokens are accepted; nobody's when absent.
    pub auth: Option<AuthConfig>,
    /// How the auth service and the storages are reached.
    pub outbound: Outbound,
    /// Whether requests are answered only when they are for this machine by name, as in `dev`.
    pub only_local: bool,
    /// What callers may take of the server.
    pub limits: Limits,
}

impl Settings {
    /// Checks everything and fills in the defaults.
    ///
    /// # Errors
    /// The first setting that is missing or wrong, by its name.
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
            socket: self.socket,
            tls,
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

    /// How the auth service and the storages are reached.
    ///
    /// # Errors
    /// What is set is no proxy, or holds no certificates.
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

/// Where a command may keep what it wants to find again (XDG base directories): in
/// `$XDG_STATE_HOME/sail-cargo`, or below the home directory. None without one.
pub fn state_directory() -> Option<std::path::PathBuf> {
    let below = |base: String, rest: &str| std::path::PathBuf::from(base).join(rest);
    variable("XDG_STATE_HOME")
        .map(|base| below(base, "sail-cargo"))
        .or_else(|| variable("HOME").map(|home| below(home, ".local/state/sail-cargo")))
}
