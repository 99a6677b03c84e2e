//! The settings of the server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::accounts::AccountSettings;
use super::audit::AuditSettings;
use super::auth::AuthTable;
use super::console::ConsoleSettings;
use super::database::DatabaseSettings;
use super::error::ConfigError;
use super::file;
use super::gateway::GatewaySettings;
use super::limits::LimitSettings;
use super::ops::OpsSettings;
use super::secrets::warn_if_open;
use super::streams::StreamSettings;
use super::upstream::UpstreamSettings;
use crate::origin::proxies::ForwardedBy;
use crate::text_file;

/// The settings of the server, from flags, environment variables and the TOML file. The file has
/// the flags' names with underscores, some in tables such as `[database]`, `[limits]` and `[ops]`.
/// Secrets have no flags.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, env = "SAIL_CARGO_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// Unix domain socket to listen on as well, for clients with `unix:PATH`; every process that
    /// may write to it can send requests
    #[arg(long, env = "SAIL_CARGO_SOCKET", value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// PEM file with the server's certificate and those that lead to its authority: every listener but the
    /// socket then speaks TLS. It is read again when it changes, and on SIGHUP [default: none]
    #[arg(long, env = "SAIL_CARGO_TLS_CERT", value_name = "PATH")]
    pub tls_cert: Option<PathBuf>,
    /// PEM file with the private key of that certificate
    #[arg(long, env = "SAIL_CARGO_TLS_KEY", value_name = "PATH")]
    pub tls_key: Option<PathBuf>,
    /// Worker threads [default: one per core]
    #[arg(long, env = "SAIL_CARGO_WORKERS", value_name = "N")]
    pub workers: Option<usize>,
    /// Requests processed at a time; more, or any while the server is overloaded, are answered 503
    /// at once. 0 for no limit: requests wait [default: 512]
    #[arg(long, env = "SAIL_CARGO_MAX_IN_FLIGHT", value_name = "N")]
    pub max_in_flight: Option<usize>,
    /// Seconds from a stop signal (SIGTERM) to the end of the process; requests under way must
    /// finish within them [default: 10]
    #[arg(long, env = "SAIL_CARGO_DRAIN_SECONDS", value_name = "SECONDS")]
    pub drain_seconds: Option<u64>,
    /// Milliseconds until a change made through another replica must apply to signatures; 0 reads
    /// the database for each signature [default: 1000]
    #[arg(long, env = "SAIL_CARGO_MAX_STALENESS_MS", value_name = "MILLISECONDS")]
    pub max_staleness_ms: Option<u64>,
    /// Directory for audit events on their way into the database: a signature waits for a write to
    /// a file there, not for a commit. A killed server loses no event; a machine that loses power
    /// loses the last moments [default: none, a signature waits for the commit]
    #[arg(long, env = "SAIL_CARGO_AUDIT_SPOOL", value_name = "DIR")]
    pub audit_spool: Option<PathBuf>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would take the comment for the command's own")]
    pub database: DatabaseSettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would take the comment for the command's own")]
    pub ops: OpsSettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would take the comment for the command's own")]
    pub gateway: GatewaySettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would take the comment for the command's own")]
    pub audit: AuditSettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would take the comment for the command's own")]
    pub streams: StreamSettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would take the comment for the command's own")]
    pub upstream: UpstreamSettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would take the comment for the command's own")]
    pub accounts: AccountSettings,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would take the comment for the command's own")]
    pub console: ConsoleSettings,
    /// The table `[auth]` of a file.
    #[arg(skip)]
    pub auth: AuthTable,
    /// The auth service's keys: a URL (JWKS, PEM, or JSON array of PEMs) or file:PATH [default: what
    /// ISSUER/.well-known/openid-configuration names]
    #[arg(long, env = "SAIL_CARGO_AUTH_KEYS", value_name = "URL", hide_env_values = true)]
    pub auth_keys: Option<String>,
    /// PEM file with CA certificates to trust for the auth service, in addition to the system's
    #[arg(long, env = "SAIL_CARGO_AUTH_CA", value_name = "PATH")]
    pub auth_ca: Option<PathBuf>,
    /// Seconds between fetches of the keys; a removed key is out after at most this time plus 20
    /// seconds [default: 40]
    #[arg(long, env = "SAIL_CARGO_AUTH_REFRESH_SECONDS", value_name = "SECONDS")]
    pub auth_refresh_seconds: Option<u64>,
    /// The issuer (`iss`) that every token must name
    #[arg(long, env = "SAIL_CARGO_AUTH_ISSUER", value_name = "ISSUER")]
    pub auth_issuer: Option<String>,
    /// The audience (`aud`) that every token must name
    #[arg(long, env = "SAIL_CARGO_AUTH_AUDIENCE", value_name = "AUDIENCE")]
    pub auth_audience: Option<String>,
    /// Accept tokens for any audience; needed if the auth service sets none
    #[arg(long, env = "SAIL_CARGO_AUTH_ANY_AUDIENCE", num_args = 0..=1, default_missing_value = "true")]
    pub auth_any_audience: Option<bool>,
    /// Claims that may hold the user's id, in order of preference [default: id,sub]
    #[arg(long, env = "SAIL_CARGO_AUTH_USER_CLAIMS", value_delimiter = ',', value_name = "CLAIMS")]
    pub auth_user_claims: Option<Vec<String>>,
    /// The claim that names the project [default: projectId]
    #[arg(long, env = "SAIL_CARGO_AUTH_PROJECT_CLAIM", value_name = "CLAIM")]
    pub auth_project_claim: Option<String>,
    /// Let tokens that name no project choose one by X-Project [default: false]
    #[arg(long, env = "SAIL_CARGO_AUTH_PROJECT_FROM_HEADER", num_args = 0..=1, default_missing_value = "true")]
    pub auth_project_from_header: Option<bool>,
    /// The claim that lists groups, or its path within another claim, such as realm_access.roles
    /// [default: groups]
    #[arg(long, env = "SAIL_CARGO_AUTH_GROUPS_CLAIM", value_name = "CLAIM")]
    pub auth_groups_claim: Option<String>,
    /// The longest life of a token, in hours [default: 24]
    #[arg(long, env = "SAIL_CARGO_AUTH_MAX_TOKEN_HOURS", value_name = "HOURS")]
    pub auth_max_token_hours: Option<u32>,
    /// Days after which a storage's probe report counts as old and the log and `stores list` warn
    /// about it [default: 30]
    #[arg(long, env = "SAIL_CARGO_PROBE_MAX_AGE_DAYS", value_name = "DAYS")]
    pub probe_max_age_days: Option<u16>,
    /// The largest token, in bytes [default: 16384]
    #[arg(long, env = "SAIL_CARGO_AUTH_MAX_TOKEN_BYTES", value_name = "BYTES")]
    pub auth_max_token_bytes: Option<usize>,
    /// HTTP proxy for requests to the auth service and the storages, except those on this machine.
    /// HTTP_PROXY and similar variables have no effect [default: none]
    #[arg(long, env = "SAIL_CARGO_OUTBOUND_PROXY", value_name = "URL", hide_env_values = true)]
    pub outbound_proxy: Option<String>,
    /// File with CA certificates (PEM) to trust for the storages, in addition to the usual ones
    #[arg(long, env = "SAIL_CARGO_STORAGE_CA", value_name = "FILE")]
    pub storage_ca: Option<PathBuf>,
    /// Proxies trusted to report their client's address: addresses, networks such as 10.0.0.0/8,
    /// and `unix` for the Unix socket [default: none]
    #[arg(
        long,
        env = "SAIL_CARGO_TRUSTED_PROXIES",
        value_delimiter = ',',
        value_name = "NETWORKS"
    )]
    pub trusted_proxies: Option<Vec<String>>,
    /// The header in which trusted proxies report it [default: x-forwarded-for]
    #[arg(long, env = "SAIL_CARGO_FORWARDED_BY", value_enum, value_name = "HEADER")]
    pub forwarded_by: Option<ForwardedBy>,
    /// File that holds the operator keys as `NAME:KEY`, one per line (or SAIL_CARGO_OPERATOR_KEY,
    /// separated by commas); a single key needs no name
    #[arg(long, env = "SAIL_CARGO_OPERATOR_KEY_FILE", value_name = "PATH")]
    pub operator_key_file: Option<PathBuf>,
    #[command(flatten)]
    #[expect(missing_docs, reason = "clap would take the comment for the command's own")]
    pub limits: LimitSettings,
}

impl Settings {
    /// Takes settings that no flag or variable sets from a TOML file.
    ///
    /// # Errors
    /// [`ConfigError`] if the file cannot be read, or has an unknown key.
    pub fn or_file(self, path: &Path) -> Result<Self, ConfigError> {
        let name = path.display().to_string();
        let text = text_file::read(path).map_err(|error| ConfigError::new(&name, error))?;
        let file: Self = file::parse(&text).map_err(|error| ConfigError::new(&name, error))?;
        let may_hold_a_password = |url: &String| url.contains('@') || url.contains("password");
        if file.database.database_url.as_ref().is_some_and(may_hold_a_password) {
            warn_if_open("the configuration", Some(path));
        }
        Ok(Self {
            listen: self.listen.or(file.listen),
            socket: self.socket.or(file.socket),
            tls_cert: self.tls_cert.or(file.tls_cert),
            tls_key: self.tls_key.or(file.tls_key),
            workers: self.workers.or(file.workers),
            max_in_flight: self.max_in_flight.or(file.max_in_flight),
            drain_seconds: self.drain_seconds.or(file.drain_seconds),
            ops: self.ops.or(file.ops),
            gateway: self.gateway.or(file.gateway),
            max_staleness_ms: self.max_staleness_ms.or(file.max_staleness_ms),
            audit_spool: self.audit_spool.or(file.audit_spool),
            probe_max_age_days: self.probe_max_age_days.or(file.probe_max_age_days),
            database: self.database.or(file.database),
            audit: self.audit.or(&file.audit),
            accounts: self.accounts.or(file.accounts),
            console: self.console.or(file.console),
            streams: self.streams.or(&file.streams),
            upstream: self.upstream.or(&file.upstream),
            auth: file.auth,
            auth_keys: self.auth_keys.or(file.auth_keys),
            auth_ca: self.auth_ca.or(file.auth_ca),
            auth_refresh_seconds: self.auth_refresh_seconds.or(file.auth_refresh_seconds),
            auth_issuer: self.auth_issuer.or(file.auth_issuer),
            auth_audience: self.auth_audience.or(file.auth_audience),
            auth_any_audience: self.auth_any_audience.or(file.auth_any_audience),
            auth_user_claims: self.auth_user_claims.or(file.auth_user_claims),
            auth_project_claim: self.auth_project_claim.or(file.auth_project_claim),
            auth_project_from_header: self
                .auth_project_from_header
                .or(file.auth_project_from_header),
            auth_groups_claim: self.auth_groups_claim.or(file.auth_groups_claim),
            auth_max_token_hours: self.auth_max_token_hours.or(file.auth_max_token_hours),
            auth_max_token_bytes: self.auth_max_token_bytes.or(file.auth_max_token_bytes),
            outbound_proxy: self.outbound_proxy.or(file.outbound_proxy),
            storage_ca: self.storage_ca.or(file.storage_ca),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            forwarded_by: self.forwarded_by.or(file.forwarded_by),
            operator_key_file: self.operator_key_file.or(file.operator_key_file),
            limits: self.limits.or(file.limits),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(toml: &str) -> Result<Settings, String> {
        toml::from_str(toml).map_err(|error| error.to_string())
    }

    #[test]
    fn unknown_keys_are_errors() {
        assert!(settings("listen = '0.0.0.0:1'").is_ok());
        assert!(settings("lisen = '0.0.0.0:1'").unwrap_err().contains("lisen"));
    }
}
