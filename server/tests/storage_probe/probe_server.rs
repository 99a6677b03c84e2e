//! A server with one store and one project, and the operator who created them.

use std::time::Duration;

use sail_cargo_client::protocol::{
    AddressingStyle, CreateApiKey, CreateProject, Endpoint, ProbeOutcome, ProbeQuery, ProbeReport,
    PutBucket, PutStore, PutStoreQuery, Scope, SignRequest, Store,
};
use sail_cargo_client::{Client, Credentials, Error, Key};
use sail_cargo_database::MasterKey;
use sail_cargo_server::app::Application;
use sail_cargo_server::authn::OperatorKeys;
use sail_cargo_server::clock::Clock;
use sail_cargo_server::config::{AuthConfig, Config, DatabaseConfig, OpsConfig};
use sail_cargo_server::domain::Secret;
use sail_cargo_server::origin::proxies::TrustedProxies;
use sail_cargo_server::outbound::Outbound;
use sail_cargo_server::storage_client::upstream::UpstreamLimits;

use crate::database::{Kind, TestDatabase, kinds};
use crate::storages::{ACCESS_KEY_ID, REGION, SECRET};

const OPERATOR: &str = "cgop_0123456789abcdef0123456789abcdef";
pub(crate) const STORE: &str = "main";
pub(crate) const BUCKET: &str = "photos";

pub(crate) struct ProbeServer {
    pub(crate) operator: Client,
    base: String,
    handle: actix_web::dev::ServerHandle,
    _database: TestDatabase,
}

/// Runs a test on every kind of database.
pub(crate) async fn on_both(test: impl AsyncFn(&ProbeServer)) {
    for kind in kinds() {
        let server = ProbeServer::start(*kind).await;
        test(&server).await;
        server.handle.stop(false).await;
    }
}

impl ProbeServer {
    pub(crate) async fn start(kind: Kind) -> Self {
        let database = TestDatabase::create(kind);
        let config = Config {
            listen: ([127, 0, 0, 1], 0).into(),
            socket: None,
            tls: None,
            workers: Some(1),
            max_in_flight: 0,
            drain: Duration::from_secs(1),
            ops: OpsConfig::default(),
            limits: sail_cargo_server::config::Limits::default(),
            max_staleness: sail_cargo_server::cache::MAX_STALENESS,
            probe_max_age: sail_cargo_server::domain::limits::DEFAULT_PROBE_AGE,
            audit_spool: None,
            audit: sail_cargo_server::audit::AuditLimits::default(),
            streams: sail_cargo_server::api::ReaderLimits::default(),
            database: DatabaseConfig {
                url: database.url(),
                connections: 2,
                timeout: sail_cargo_database::STATEMENT_LIMIT,
                master_key: MasterKey::parse(&MasterKey::generate()).unwrap(),
            },
            operator_keys: Some(OperatorKeys::parse(&Secret::new(OPERATOR.to_owned())).unwrap()),
            proxies: TrustedProxies::default(),
            auth: AuthConfig::default(),
            outbound: Outbound::direct(),
            gateway: None,
            gateway_address: None,
            upstream: UpstreamLimits::default(),
            accounts: None,
            console: None,
            only_local: false,
        };
        let application = Application::build(config, Clock::system(), true).await.unwrap();
        let base = format!("http://{}", application.address());
        let (handle, health) = (application.handle(), application.health());
        tokio::spawn(application.run_until_stopped());
        health.opened().await;
        let operator = client(&base, OPERATOR);
        Self { operator, base, handle, _database: database }
    }

    /// Saves the store `main` without a probe.
    pub(crate) async fn put_store(&self, store: &PutStore) {
        let unproved = PutStoreQuery { no_probe: true, ..PutStoreQuery::default() };
        self.operator.put_store(STORE, store, &unproved).await.unwrap();
    }

    /// Probes the store `main` and saves it.
    pub(crate) async fn put_probed(&self, store: &PutStore) -> Result<Store, Error> {
        self.operator.put_store(STORE, store, &PutStoreQuery::default()).await
    }

    /// Probes the store `main`.
    pub(crate) async fn probe(&self) -> Result<ProbeReport, Error> {
        self.operator.probe_store(STORE, &ProbeQuery::default()).await
    }

    /// The report that the server keeps.
    pub(crate) async fn kept(&self) -> Option<ProbeReport> {
        self.operator.store(STORE).await.unwrap().probe
    }

    /// Creates a project on the store with a bucket, and returns its root client.
    pub(crate) async fn root(&self) -> Client {
        let project = CreateProject {
            slug: "sail".into(),
            store: STORE.into(),
            root_extra: Vec::new(),
            cors_origins: Vec::new(),
        };
        self.operator.create_project(&project).await.unwrap();
        let key = CreateApiKey {
            name: "root".into(),
            scopes: Some([Scope::Sign, Scope::GrantsWrite, Scope::AuditRead].into()),
            expires_at: None,
            project: Some("sail".into()),
        };
        let key = self.operator.create_api_key(&key).await.unwrap();
        let root = client(&self.base, &key.key);
        root.put_bucket(BUCKET, &PutBucket::default()).await.unwrap();
        root
    }
}

fn client(base: &str, key: &str) -> Client {
    Client::builder(base).credentials(Credentials::api_key(Key::new(key))).build().unwrap()
}

/// A store at `url`, with buckets in the path.
pub(crate) fn at(url: &str) -> PutStore {
    PutStore {
        endpoints: vec![Endpoint { url: url.to_owned(), style: AddressingStyle::Path }],
        region: REGION.to_owned(),
        access_key_id: ACCESS_KEY_ID.to_owned(),
        secret_access_key: SECRET.to_owned(),
        shared: false,
        accept_unsafe_storage: false,
        access: None,
    }
}

/// A request for an object of the bucket, to be signed.
pub(crate) fn object(url: &str, method: &str) -> SignRequest {
    SignRequest {
        method: method.to_owned(),
        url: format!("{url}/{BUCKET}/x"),
        headers: Vec::new(),
        payload: Some("UNSIGNED-PAYLOAD".to_owned()),
        body: None,
    }
}

/// The ids of the cases with this outcome.
pub(crate) fn ids(report: &ProbeReport, outcome: ProbeOutcome) -> Vec<&str> {
    let cases = report.cases.iter().filter(|case| case.outcome == outcome);
    cases.map(|case| case.id.as_str()).collect()
}
