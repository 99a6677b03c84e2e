//! The configuration of the server in `dev`, and the secrets it keeps.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use super::dev_stack::DevOptions;
use super::error::DevStackError;
use super::private_file;
use super::seed::PROJECT;
use super::users::{self, NAMES};
use crate::api::ReaderLimits;
use crate::audit::AuditLimits;
use crate::authn::OperatorKeys;
use crate::cache::MAX_STALENESS;
use crate::config::{
    AccountsConfig, AuthConfig, ClientLimits, Config, ConsoleConfig, DatabaseConfig, DemoSignIn,
    GatewayConfig, Limits, OpsConfig, PublicHosts,
};
use crate::domain::sigv4::inbound::Regions;
use crate::domain::{GatewayAddress, Secret, WebOrigin, limits};
use crate::origin::proxies::TrustedProxies;
use crate::outbound::Outbound;
use crate::storage_client::upstream::UpstreamLimits;
use sail_cargo_database::{DatabaseUrl, MasterKey, STATEMENT_LIMIT};

/// Below this host anybody reads what a project made public: `http://demo.public.localhost:9000/…`.
const PUBLIC: &str = "public.localhost";

/// The secrets of a stack, each in a file of its directory.
#[derive(Debug)]
pub(super) struct Secrets {
    /// The storage's secret access key.
    pub(super) storage: Secret,
    /// The key that seals the secrets in the database, as text.
    master: Secret,
    /// The operator's key.
    pub(super) operator: Secret,
    /// The password of all demo users.
    pub(super) users: Secret,
}

impl Secrets {
    /// Reads them. Those that are not there are made.
    pub(super) fn keep(directory: &Path) -> Result<Self, DevStackError> {
        let operator = secret(directory, "operator.secret")?;
        Ok(Self {
            storage: secret(directory, "storage.secret")?,
            master: secret(directory, "master.key")?,
            operator: Secret::new(format!("cgop_{}", operator.expose())),
            users: users::password(directory)?,
        })
    }

    /// The key that seals the secrets in the database.
    pub(super) fn master_key(&self) -> Result<MasterKey, DevStackError> {
        Ok(MasterKey::parse(&self.master)?)
    }
}

/// The origins of the console's pages: people write `localhost`, programs the address.
fn pages(port: u16) -> Vec<WebOrigin> {
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
pub(super) fn database_in(directory: &Path) -> DatabaseUrl {
    DatabaseUrl::Sqlite(directory.join("cargo.db"))
}

/// The server's whole configuration.
pub(super) fn config(
    database: DatabaseUrl,
    secrets: &Secrets,
    options: DevOptions,
) -> Result<Config, DevStackError> {
    let DevOptions { ports, console_dir, issuers, .. } = options;
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
        database: DatabaseConfig {
            url: database,
            connections: 4,
            timeout: STATEMENT_LIMIT,
            master_key: secrets.master_key()?,
        },
        operator_keys: Some(OperatorKeys::parse(&secrets.operator)?),
        proxies: TrustedProxies::default(),
        auth: AuthConfig { issuers, ..AuthConfig::default() },
        accounts: Some(AccountsConfig { public_url: format!("http://localhost:{}", ports.cargo) }),
        console: Some(ConsoleConfig {
            directory: console_dir,
            origins: pages(ports.cargo),
            demo: Some(DemoSignIn {
                project: PROJECT,
                users: &NAMES,
                password: secrets.users.clone(),
            }),
        }),
        outbound: Outbound::direct(),
        upstream: UpstreamLimits::default(),
        only_local: true,
    })
}
