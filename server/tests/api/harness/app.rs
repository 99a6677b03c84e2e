//! The server under test.

use std::fmt::Write as _;
use std::time::Duration;

use chrono::TimeDelta;
use reqwest::Method;
use sail_cargo_client::protocol::{
    AddressingStyle, Bucket, CreateApiKey, CreateProject, CreatedApiKey, Endpoint, Grant,
    Permission, Project, PutBucket, PutGrant, PutStore, Scope, Store,
};
use sail_cargo_server::app::Application;
use sail_cargo_server::authn::{ClaimRules, KeySource, OperatorKey};
use sail_cargo_server::config::{AuthConfig, Config, DatabaseConfig};
use sail_cargo_server::domain::Secret;
use sail_cargo_server::store::{DatabaseUrl, MasterKey};
use tokio::task::JoinHandle;

use super::actor::{Actor, Proof};
use super::auth_service::{AuthService, Form};
use super::clock::TestClock;
use super::database::{Database, Kind};
use super::logs;
use super::s3::{ENDPOINT, REGION, VIRTUAL_HOST};
use super::signing_key::KEYS;
use super::token::{AUDIENCE, ISSUER, Token};

/// Every scope a key can have.
const SCOPES: [Scope; 6] = [
    Scope::Sign,
    Scope::GrantsRead,
    Scope::GrantsWrite,
    Scope::KeysRead,
    Scope::KeysWrite,
    Scope::AuditRead,
];

/// In what the server is other than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    /// In nothing: tokens are for one audience, and name their project.
    Usual,
    /// The auth service does not answer when the server starts.
    AuthDown,
    /// Tokens for any audience are accepted.
    AnyAudience,
    /// A token that names no project may have the request name it.
    ProjectFromHeader,
    /// There is nothing at the database's address.
    NoDatabase,
}

/// A running server with the store `main`, the project `sail` in it, and all who talk to it.
pub(crate) struct TestApp {
    pub(crate) base: String,
    pub(crate) clock: TestClock,
    pub(crate) auth: AuthService,
    pub(crate) database: Database,
    /// What must be seen nowhere.
    pub(crate) secrets: Secrets,
    http: reqwest::Client,
    handle: actix_web::dev::ServerHandle,
    running: JoinHandle<std::io::Result<()>>,
}

/// The server's secrets, none like another server's.
pub(crate) struct Secrets {
    pub(crate) master_key: String,
    pub(crate) operator_key: String,
    /// The store's secret access key.
    pub(crate) store: String,
    /// The API key of project `sail`, good for everything.
    pub(crate) root_key: String,
}

impl Secrets {
    fn generate() -> Self {
        let random = || uuid::Uuid::new_v4().simple().to_string();
        Self {
            master_key: MasterKey::generate().expose().to_owned(),
            operator_key: format!("cgop_{}", random()),
            store: format!("{}/{}", random(), random()),
            root_key: String::new(),
        }
    }
}

impl TestApp {
    /// Starts the server and makes its store, project and first key.
    pub(crate) async fn start(kind: Kind, setup: Setup) -> Self {
        logs::capture();
        let (clock, auth) = (TestClock::new(), AuthService::start().await);
        if setup != Setup::AuthDown {
            auth.publish(Form::Jwks, &[&KEYS[0]]);
        }
        let (database, secrets) = (Database::create(kind), Secrets::generate());
        let config = config(&database, &secrets, &auth, setup);
        let has_database = setup != Setup::NoDatabase;
        let application = Application::build(config, clock.hands(), has_database).await.unwrap();
        let base = format!("http://{}", application.address());
        let handle = application.handle();
        let running = tokio::spawn(application.run_until_stopped());
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        let mut app = Self { base, clock, auth, database, secrets, http, handle, running };
        if has_database {
            app.furnish().await;
        }
        app
    }

    /// Stops the server; whatever it said last is said now.
    pub(crate) async fn stop(mut self) {
        self.handle.stop(false).await;
        (&mut self.running).await.unwrap().unwrap();
    }

    async fn furnish(&mut self) {
        self.make_store("main").await;
        self.secrets.root_key = self.make_project("sail", "main").await;
    }

    /// Makes a store at the usual endpoints, an account of its own but for `main`.
    pub(crate) async fn make_store(&self, name: &str) {
        let path = format!("/v1/stores/{name}");
        let mut store = self.store();
        if name != "main" {
            store.access_key_id = format!("AKIA{}", name.to_uppercase());
        }
        self.operator().put(&path, &store).await.ok::<Store>();
    }

    /// Makes a project and returns its first API key, good for everything.
    pub(crate) async fn make_project(&self, slug: &str, store: &str) -> String {
        let project = CreateProject {
            slug: slug.to_owned(),
            store: store.to_owned(),
            root_extra: vec!["PutBucketPolicy".to_owned()],
        };
        self.operator().post("/v1/projects", &project).await.ok::<Project>();
        let key = CreateApiKey { project: Some(slug.to_owned()), ..new_key("root", SCOPES) };
        self.operator().post("/v1/api-keys", &key).await.ok::<CreatedApiKey>().key
    }

    /// What the store `main` is.
    pub(crate) fn store(&self) -> PutStore {
        let endpoint = |url: &str, style| Endpoint { url: url.to_owned(), style };
        PutStore {
            endpoints: vec![
                endpoint(ENDPOINT, AddressingStyle::Path),
                endpoint(VIRTUAL_HOST, AddressingStyle::VirtualHosted),
            ],
            region: REGION.to_owned(),
            access_key_id: "AKIACARGO".to_owned(),
            secret_access_key: self.secrets.store.clone(),
            shared: false,
        }
    }

    /// Nobody.
    pub(crate) fn anon(&self) -> Actor {
        self.actor(&Proof::default())
    }

    /// Whoever runs the server.
    pub(crate) fn operator(&self) -> Actor {
        self.with_key(&self.secrets.operator_key)
    }

    /// The application behind project `sail`.
    pub(crate) fn root(&self) -> Actor {
        self.with_key(&self.secrets.root_key)
    }

    /// A user of project `sail`, with a fresh token.
    pub(crate) fn ada(&self) -> Actor {
        self.user("ada")
    }

    /// Another.
    pub(crate) fn bob(&self) -> Actor {
        self.user("bob")
    }

    pub(crate) fn user(&self, name: &str) -> Actor {
        self.with_token(&self.token(name).signed_by(&KEYS[0]))
    }

    /// A good token, to be spoilt or signed.
    pub(crate) fn token(&self, user: &str) -> Token {
        Token::oidc(user, self.clock.now())
    }

    pub(crate) fn with_token(&self, token: &str) -> Actor {
        self.actor(&Proof { token: Some(token.to_owned()), ..Proof::default() })
    }

    pub(crate) fn with_key(&self, key: &str) -> Actor {
        self.actor(&Proof { key: Some(key.to_owned()), ..Proof::default() })
    }

    /// Whoever can show all of this.
    pub(crate) fn actor(&self, proof: &Proof) -> Actor {
        Actor::new(&self.http, &self.base, proof)
    }

    /// Registers a bucket to project `sail`.
    pub(crate) async fn register(&self, bucket: &str) {
        let path = format!("/v1/buckets/{bucket}");
        self.root().put(&path, &PutBucket::default()).await.ok::<Bucket>();
    }

    /// Grants a user of project `sail` something on a bucket, or on `bucket/prefix/`.
    pub(crate) async fn grant(&self, place: &str, user: &str, permissions: &[Permission]) {
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let mut path = format!("/v1/buckets/{bucket}/grants/");
        for byte in user.bytes() {
            write!(path, "%{byte:02X}").unwrap();
        }
        let root = self.root();
        let request = root.request(Method::PUT, &path).query(&[("prefix", prefix)]);
        let grant =
            PutGrant { permissions: permissions.iter().copied().collect(), ..PutGrant::default() };
        root.send(request.json(&grant)).await.ok::<Grant>();
    }

    /// Has root make a key of project `sail`.
    pub(crate) async fn key(&self, scopes: impl IntoIterator<Item = Scope>) -> CreatedApiKey {
        self.root().post("/v1/api-keys", &new_key("test", scopes)).await.ok()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let line = format!("the test failed on {:?}\n", self.database.kind());
            std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).ok();
        }
    }
}

fn new_key(name: &str, scopes: impl IntoIterator<Item = Scope>) -> CreateApiKey {
    CreateApiKey {
        name: name.to_owned(),
        scopes: Some(scopes.into_iter().collect()),
        expires_at: None,
        project: None,
    }
}

fn config(database: &Database, secrets: &Secrets, auth: &AuthService, setup: Setup) -> Config {
    let url = match setup {
        Setup::NoDatabase => nowhere(database.kind()),
        _ => database.url(),
    };
    let secret = |text: &str| Secret::new(text.to_owned());
    Config {
        listen: ([127, 0, 0, 1], 0).into(),
        workers: Some(1),
        drain: Duration::from_secs(1),
        database: DatabaseConfig {
            url,
            connections: 4,
            master_key: MasterKey::parse(&secret(&secrets.master_key)).unwrap(),
        },
        operator_key: Some(OperatorKey::parse(&secret(&secrets.operator_key)).unwrap()),
        auth: Some(AuthConfig {
            source: KeySource::parse(&auth.url).unwrap(),
            rules: ClaimRules {
                issuer: ISSUER.to_owned(),
                audience: (setup != Setup::AnyAudience).then(|| AUDIENCE.to_owned()),
                leeway: TimeDelta::seconds(30),
                max_lifetime: TimeDelta::hours(24),
                user_claims: vec!["id".to_owned(), "sub".to_owned()],
                project_claim: "projectId".to_owned(),
                project_from_header: setup == Setup::ProjectFromHeader,
                groups_claim: "groups".to_owned(),
                role_claim: "role".to_owned(),
            },
        }),
    }
}

/// An address without a database.
fn nowhere(kind: Kind) -> DatabaseUrl {
    match kind {
        Kind::Sqlite => DatabaseUrl::Sqlite("/nowhere/at/all/cargo.db".into()),
        // Port 1 is nobody's.
        Kind::Postgres => DatabaseUrl::Postgres("postgres://nobody@127.0.0.1:1/none".to_owned()),
    }
}
