//! The configuration of the server in `dev`, and the secrets it keeps.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::dev_stack::USERS;
use super::error::DevStackError;
use super::issuer::ISSUER;
use super::ports::Ports;
use super::private_file;
use crate::api::ReaderLimits;
use crate::audit::AuditLimits;
use crate::authn::{KEY_REFRESH, OperatorKeys};
use crate::cache::MAX_STALENESS;
use crate::config::{
    AccountsConfig, AuthConfig, ClientLimits, Config, ConsoleConfig, DatabaseConfig, DemoSignIn,
    GatewayConfig, Limits, OpsConfig, PublicHosts,
};
use crate::domain::sigv4::inbound::Regions;
use crate::domain::{GatewayAddress, Issuer, IssuerSet, IssuerSettings, Secret, WebOrigin, limits};
use crate::origin::proxies::TrustedProxies;
use crate::outbound::Outbound;
use crate::storage_client::upstream::UpstreamLimits;
use sail_cargo_database::{DatabaseUrl, MasterKey, STATEMENT_LIMIT};

/// Below this host anybody reads what a project made public: `http://demo.public.localhost:9000/…`.
const PUBLIC: &str = "public.localhost";

/// The origins of the console's pages: people write `localhost`, programs the address.
pub(super) fn pages(port: u16) -> Vec<WebOrigin> {
    let origin = |host| WebOrigin::parse(&format!("http://{host}:{port}")).ok();
    ["localhost", "127.0.0.1"].into_iter().filter_map(origin).collect()
}

/// A random secret, kept in a file that only its owner may read.
pub(super) fn secret(directory: &Path, name: &str) -> Result<Secret, DevStackError> {
    let path = directory.join(name);
    let text = match private_file::read(&path)? {
        Some(text) => text,
        None => private_file::keep(&path, MasterKey::generate().expose())?,
    };
    Ok(Secret::new(text.to_string()))
}

/// The database file in `directory`.
pub(crate) fn database_in(directory: &Path) -> DatabaseUrl {
    DatabaseUrl::Sqlite(directory.join("cargo.db"))
}

/// The database at `url`, with the master key that is kept in `directory`.
pub(super) fn database(
    url: DatabaseUrl,
    directory: &Path,
) -> Result<DatabaseConfig, DevStackError> {
    Ok(DatabaseConfig {
        url,
        connections: 4,
        timeout: STATEMENT_LIMIT,
        master_key: MasterKey::parse(&secret(directory, "master.key")?)?,
    })
}

/// The server's whole configuration: `dev` takes no settings but the directory of the console's pages.
pub(super) fn config(
    database_url: DatabaseUrl,
    directory: &Path,
    auth_url: &str,
    ports: Ports,
    console_dir: Option<PathBuf>,
) -> Result<Config, DevStackError> {
    let issuer = Issuer::parse(IssuerSettings {
        issuer: ISSUER.to_owned(),
        keys: Some(format!("{auth_url}/public-key")),
        any_audience: true,
        user_claims: vec!["id".to_owned(), "sub".to_owned()],
        project_claim: Some("projectId".to_owned()),
        ..IssuerSettings::default()
    })?;
    let operator = Secret::new(format!("cgop_{}", secret(directory, "operator.secret")?.expose()));
    Ok(Config {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, ports.cargo)),
        socket: None,
        tls: None,
        workers: Some(2),
        max_in_flight: 0,
        drain: Duration::from_secs(5),
        ops: OpsConfig::default(),
        gateway: Some(GatewayConfig {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, ports.gateway)),
            hosts: ["localhost", "127.0.0.1"].map(str::to_owned).to_vec(),
            public: PublicHosts { suffixes: vec![PUBLIC.to_owned()], project: None },
            is_strict: true,
            regions: Regions::default(),
            is_http2: false,
            clients: ClientLimits::default(),
            echoes: true,
        }),
        gateway_address: Some(GatewayAddress {
            endpoint: format!("http://localhost:{}", ports.gateway),
            region: Regions::default().own().to_owned(),
        }),
        max_staleness: MAX_STALENESS,
        limits: Limits::default().without_rates(),
        probe_max_age: limits::DEFAULT_PROBE_AGE,
        audit_spool: None,
        audit: AuditLimits::default(),
        streams: ReaderLimits::default(),
        database: database(database_url, directory)?,
        operator_keys: Some(OperatorKeys::parse(&operator)?),
        proxies: TrustedProxies::default(),
        auth: AuthConfig {
            issuers: IssuerSet::of([issuer])?,
            max_token: limits::DEFAULT_MAX_TOKEN,
            refresh: KEY_REFRESH,
            roots: Vec::new(),
        },
        accounts: Some(AccountsConfig { public_url: format!("http://localhost:{}", ports.cargo) }),
        console: Some(ConsoleConfig {
            directory: console_dir,
            origins: pages(ports.cargo),
            demo: Some(DemoSignIn { url: format!("{auth_url}/token"), users: &USERS }),
        }),
        outbound: Outbound::direct(),
        upstream: UpstreamLimits::default(),
        only_local: true,
    })
}
