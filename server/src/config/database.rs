//! Settings of the database and of the master key for the secrets in it.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::environment::{is_blank, variable};
use super::error::ConfigError;
use super::secrets::{secret, warn_if_open};
use sail_cargo_database::{DatabaseUrl, MasterKey, STATEMENT_LIMIT};

/// The permitted time limits of a statement.
const TIMEOUTS: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(500)..=Duration::from_mins(1);

/// The database and the master key.
#[derive(Debug)]
pub struct DatabaseConfig {
    /// The database's URL.
    pub url: DatabaseUrl,
    /// The most connections in the pool.
    pub connections: u32,
    /// The time limit of a statement on PostgreSQL.
    pub timeout: Duration,
    /// The key that seals the stores' secrets.
    pub master_key: MasterKey,
}

/// The settings of every command that uses a database.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatabaseSettings {
    /// URL of the database: sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME; DATABASE_URL works,
    /// too [default: sqlite:sail-cargo.db]
    #[arg(long, visible_alias = "database", env = "SAIL_CARGO_DATABASE_URL")]
    #[arg(value_name = "URL", hide_env_values = true)]
    #[serde(rename = "url")]
    pub database_url: Option<String>,
    /// The most connections to the database [default: 10]
    #[arg(long, env = "SAIL_CARGO_DATABASE_CONNECTIONS", value_name = "N")]
    #[serde(rename = "connections")]
    pub database_connections: Option<u32>,
    /// Milliseconds that PostgreSQL may take for a statement, ten times as many for one that reads
    /// or writes much; after that the server answers 503 [default: 3000]
    #[arg(long, env = "SAIL_CARGO_DATABASE_TIMEOUT_MS", value_name = "MILLISECONDS")]
    #[serde(rename = "timeout_ms")]
    pub database_timeout_ms: Option<u64>,
    /// File that holds the master key (or SAIL_CARGO_MASTER_KEY); make one with: openssl rand
    /// -base64 32
    #[arg(long, env = "SAIL_CARGO_MASTER_KEY_FILE", value_name = "PATH")]
    pub master_key_file: Option<PathBuf>,
}

impl DatabaseSettings {
    /// These settings; those not set are taken from `file`.
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            database_url: self.database_url.or(file.database_url),
            database_connections: self.database_connections.or(file.database_connections),
            database_timeout_ms: self.database_timeout_ms.or(file.database_timeout_ms),
            master_key_file: self.master_key_file.or(file.master_key_file),
        }
    }

    /// The database's URL.
    ///
    /// # Errors
    /// [`ConfigError`] if the URL's scheme is unknown.
    pub fn url(&self) -> Result<DatabaseUrl, ConfigError> {
        let url = self
            .database_url
            .clone()
            .filter(|url| !url.is_empty() || !is_blank("SAIL_CARGO_DATABASE_URL"))
            .or_else(|| variable("DATABASE_URL"))
            .unwrap_or_else(|| "sqlite:sail-cargo.db".to_owned());
        DatabaseUrl::parse(&url).map_err(|error| ConfigError::new("SAIL_CARGO_DATABASE_URL", error))
    }

    /// Checks all settings and fills in the defaults.
    ///
    /// # Errors
    /// [`ConfigError`] with the first setting that is missing or invalid.
    pub fn resolve(self) -> Result<DatabaseConfig, ConfigError> {
        let url = self.url()?;
        let connections = self.database_connections.unwrap_or(10);
        if connections == 0 {
            return Err(ConfigError::new("SAIL_CARGO_DATABASE_CONNECTIONS", "must not be 0"));
        }
        let timeout = self.database_timeout_ms.map_or(STATEMENT_LIMIT, Duration::from_millis);
        if !TIMEOUTS.contains(&timeout) {
            let range = "must be between 500 and 60000";
            return Err(ConfigError::new("SAIL_CARGO_DATABASE_TIMEOUT_MS", range));
        }
        let name = "SAIL_CARGO_MASTER_KEY";
        warn_if_open("SAIL_CARGO_MASTER_KEY_FILE", self.master_key_file.as_deref());
        let text = secret(name, self.master_key_file.as_deref())?.ok_or_else(|| {
            ConfigError::new(name, "is needed (or …_FILE): openssl rand -base64 32")
        })?;
        let master_key = MasterKey::parse(&text).map_err(|error| ConfigError::new(name, error))?;
        Ok(DatabaseConfig { url, connections, timeout, master_key })
    }
}
