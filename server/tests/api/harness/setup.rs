//! The server's configuration and secrets.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sail_cargo_database::{DatabaseUrl, MasterKey, STATEMENT_LIMIT};
use sail_cargo_server::api::{Patience, ReaderLimits};
use sail_cargo_server::audit::AuditLimits;
use sail_cargo_server::authn::{Fetching, KEY_REFRESH, OperatorKeys};
use sail_cargo_server::cache::MAX_STALENESS;
use sail_cargo_server::clock::Clock;
use sail_cargo_server::config::{
    AccountsConfig, AuthConfig, Config, DatabaseConfig, Limits, OpsConfig,
};
use sail_cargo_server::domain::limits;
use sail_cargo_server::domain::{GatewayAddress, Issuer, IssuerSet, IssuerSettings, Secret};
use sail_cargo_server::limits::Rates;
use sail_cargo_server::origin::proxies::{ForwardedBy, TrustedProxies};
use sail_cargo_server::outbound::Outbound;
use sail_cargo_server::storage_client::upstream::UpstreamLimits;
use sha2::{Digest as _, Sha256};

use super::auth_service::AuthService;
use super::database::{Kind, TestDatabase};
use super::token::{AUDIENCE, ISSUER};

/// Where clients are told to find the gateway.
pub(crate) const GATEWAY_URL: &str = "https://gateway.example.com";

/// Where the server that keeps accounts is reached.
pub(crate) const PUBLIC_URL: &str = "https://cargo.example.com";

/// How the server's configuration differs from the usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    /// No difference: tokens are for one audience, and name their project.
    Usual,
    /// The auth service does not answer when the server starts.
    AuthDown,
    /// Tokens for any audience are accepted.
    AnyAudience,
    /// A token that names no project may be used with `X-Project`.
    ProjectFromHeader,
    /// Groups are in the claim `realm_access.roles`.
    NestedGroups,
    /// Without a cache: the database is read for every signature.
    NothingRemembered,
    /// Cached data may be a minute old.
    LongRemembered,
    /// Only requests whose Host names this machine are answered.
    OnlyLocal,
    /// No database listens at the configured address.
    NoDatabase,
    /// Audit events go through a spool.
    Spool,
    /// There is an operators' listener.
    Ops,
    /// Every client is a trusted proxy.
    BehindProxy,
    /// Few refusals are recorded singly, few stream readers are accepted, and they must read fast.
    Tight,
    /// The disk is nearly full.
    LowDisk,
    /// There is no room on the disk.
    FullDisk,
    /// A body may take a tenth of a second.
    Impatient,
    /// Four requests may be under way at a time.
    Crowded,
    /// Low rate limits, and every client is a trusted proxy.
    Few,
    /// The server keeps accounts, and every client is a trusted proxy.
    Accounts,
}

/// The server's secrets, random for each server.
pub(crate) struct Secrets {
    pub(crate) master_key: String,
    pub(crate) operator_key: String,
    /// The key of the operator called eve.
    pub(crate) eves_key: String,
    /// The store's secret access key.
    pub(crate) store: String,
    /// The API key of project `sail`, with all scopes.
    pub(crate) root_key: String,
}

impl Secrets {
    pub(crate) fn generate() -> Self {
        let random = || uuid::Uuid::new_v4().simple().to_string();
        Self {
            master_key: MasterKey::generate().expose().to_owned(),
            operator_key: format!("cgop_{}", random()),
            eves_key: format!("cgop_{}", random()),
            store: format!("{}/{}", random(), random()),
            root_key: String::new(),
        }
    }

    /// The id of the master key, which rows sealed with it carry.
    pub(crate) fn master_key_id(&self) -> String {
        let key = STANDARD.decode(&self.master_key).unwrap();
        hex::encode(&Sha256::digest(key)[..8])
    }

    /// The setting of the operator keys: one key alone, and one with a name.
    fn operator_keys(&self) -> String {
        format!("{}\neve:{}\n", self.operator_key, self.eves_key)
    }
}

/// The configuration of a server on `database`.
pub(super) fn config(
    database: &TestDatabase,
    secrets: &Secrets,
    auth: &AuthService,
    setup: Setup,
    spool: &Path,
) -> Config {
    let url = match setup {
        Setup::NoDatabase => nowhere(database.kind()),
        _ => database.url(),
    };
    let secret = |text: &str| Secret::new(text.to_owned());
    Config {
        outbound: Outbound::direct(),
        accounts: is_with_accounts(setup)
            .then(|| AccountsConfig { public_url: PUBLIC_URL.to_owned() }),
        console: None,
        gateway: None,
        gateway_address: Some(GatewayAddress {
            endpoint: GATEWAY_URL.to_owned(),
            region: "us-east-1".to_owned(),
        }),
        upstream: UpstreamLimits::default(),
        only_local: setup == Setup::OnlyLocal,
        limits: limits(setup),
        listen: ([127, 0, 0, 1], 0).into(),
        socket: None,
        tls: None,
        workers: Some(1),
        // No limit: tests share a busy machine.
        max_in_flight: if setup == Setup::Crowded { 4 } else { 0 },
        drain: Duration::from_secs(1),
        ops: OpsConfig {
            address: (setup == Setup::Ops).then(|| ([127, 0, 0, 1], 0).into()),
            ..OpsConfig::default()
        },
        probe_max_age: limits::DEFAULT_PROBE_AGE,
        max_staleness: match setup {
            Setup::NothingRemembered => Duration::ZERO,
            Setup::LongRemembered => Duration::from_mins(1),
            _ => MAX_STALENESS,
        },
        audit_spool: (setup == Setup::Spool).then(|| spool.to_owned()),
        audit: audit_limits(setup),
        streams: match setup {
            Setup::Tight => ReaderLimits {
                all: 6,
                per_project: 4,
                per_key: 2,
                patience: Duration::from_millis(500),
            },
            _ => ReaderLimits::default(),
        },
        database: DatabaseConfig {
            url,
            connections: 4,
            timeout: STATEMENT_LIMIT,
            master_key: MasterKey::parse(&secret(&secrets.master_key)).unwrap(),
        },
        operator_keys: Some(OperatorKeys::parse(&secret(&secrets.operator_keys())).unwrap()),
        proxies: if matches!(setup, Setup::BehindProxy | Setup::Few) || is_with_accounts(setup) {
            TrustedProxies::parse(&["127.0.0.0/8".to_owned()], ForwardedBy::default()).unwrap()
        } else {
            TrustedProxies::default()
        },
        auth: AuthConfig {
            issuers: IssuerSet::of([Issuer::parse(default_issuer(auth, setup)).unwrap()]).unwrap(),
            max_token: limits::DEFAULT_MAX_TOKEN,
            refresh: KEY_REFRESH,
            roots: Vec::new(),
        },
    }
}

/// The issuer without an alias, whose keys `auth` publishes.
pub(crate) fn default_issuer(auth: &AuthService, setup: Setup) -> IssuerSettings {
    let is_any = setup == Setup::AnyAudience;
    IssuerSettings {
        issuer: ISSUER.to_owned(),
        keys: Some(auth.url.clone()),
        audiences: (!is_any).then(|| AUDIENCE.to_owned()).into_iter().collect(),
        any_audience: is_any,
        user_claims: vec!["id".to_owned(), "sub".to_owned()],
        project_claim: Some("projectId".to_owned()),
        project_from_header: setup == Setup::ProjectFromHeader,
        groups_claim: (setup == Setup::NestedGroups).then(|| "realm_access.roles".to_owned()),
        ..IssuerSettings::default()
    }
}

/// How keys are fetched beside a server.
pub(crate) fn fetching() -> Fetching {
    Fetching {
        every: KEY_REFRESH,
        http: reqwest::Client::new(),
        clock: Clock::system(),
        metrics: Arc::default(),
    }
}

/// Whether the server keeps accounts.
pub(super) fn is_with_accounts(setup: Setup) -> bool {
    setup == Setup::Accounts
}

fn audit_limits(setup: Setup) -> AuditLimits {
    let usual = AuditLimits::default();
    match setup {
        Setup::Tight => AuditLimits { per_minute: 3, per_day: 12, ..usual },
        Setup::LowDisk => AuditLimits { low_water: u64::MAX, ..usual },
        Setup::FullDisk => AuditLimits { low_water: u64::MAX, floor: u64::MAX, ..usual },
        _ => usual,
    }
}

/// Low rates per second. Bursts may be twice as large.
const FEW: Rates = Rates { address: 40, key: 20, user: 5, project: 30, failed_proofs: 3 };

fn limits(setup: Setup) -> Limits {
    let usual = Limits::default();
    // No minimum rate of bodies: it would depend on the load of the machine.
    let patience = Patience { bytes_per_second: 0, ..usual.patience };
    let usual = Limits { patience, ..usual };
    match setup {
        Setup::Impatient => {
            let total = Duration::from_millis(100);
            Limits { patience: Patience { total, ..usual.patience }, ..usual }
        }
        Setup::Few => Limits { rates: FEW, ..usual },
        // No limit: many tests fail to authenticate on purpose.
        _ => Limits { rates: Rates { failed_proofs: 0, ..usual.rates }, ..usual },
    }
}

/// The URL of a database that does not exist.
fn nowhere(kind: Kind) -> DatabaseUrl {
    match kind {
        Kind::Sqlite => DatabaseUrl::Sqlite("/nowhere/at/all/cargo.db".into()),
        // Nothing listens on port 1.
        Kind::Postgres => DatabaseUrl::Postgres("postgres://nobody@127.0.0.1:1/none".to_owned()),
    }
}
