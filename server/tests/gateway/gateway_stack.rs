//! A stack for each test, with one bucket and access keys for its users.

use std::net::SocketAddr;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use sail_cargo_client::protocol::{
    AddressingStyle, CreateAccessKey, CreatedAccessKey, Endpoint, GrantQuery, Permission, PutGrant,
    PutStore, PutStoreQuery, SubjectKind,
};
use sail_cargo_client::{Client, Credentials as Proof, Key};
use sail_cargo_database::DatabaseUrl;
use sail_cargo_server::dev::{DevOptions, DevStack};
use tempfile::TempDir;

use crate::database::{self, TestDatabase};
use crate::dev_issuer;
use crate::raw::{Answer, Connection, Signer, Wire};
use crate::storages::{ACCESS_KEY_ID, REGION, SECRET, Storage};
use crate::template;

pub(crate) const BUCKET: &str = "photos";

/// The store of the stack's project.
pub(crate) const STORE: &str = "dev";

/// How long a test waits for a condition at most.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct GatewayStack {
    pub(crate) stack: DevStack,
    _directory: TempDir,
    _database: TestDatabase,
}

impl GatewayStack {
    /// Starts the stack. The application creates the bucket through the gateway.
    pub(crate) async fn start() -> Self {
        Self::start_on(database::Kind::Sqlite).await
    }

    /// Starts the stack with a database of this kind.
    pub(crate) async fn start_on(database: database::Kind) -> Self {
        let test = Self::bare(database).await;
        test.create_bucket().await;
        test
    }

    /// Starts the stack in front of `storage`.
    pub(crate) async fn before(storage: &Storage) -> Self {
        Self::before_on(storage, database::Kind::Sqlite).await
    }

    /// Starts the stack in front of `storage`, with a database of this kind.
    pub(crate) async fn before_on(storage: &Storage, database: database::Kind) -> Self {
        let test = Self::bare(database).await;
        test.put_store(&storage.url, &PutStoreQuery::default()).await;
        test.create_bucket().await;
        test
    }

    /// Starts the stack in front of the storage at `url`, which is not probed.
    pub(crate) async fn before_url(url: &str) -> Self {
        let test = Self::bare(database::Kind::Sqlite).await;
        let unprobed = PutStoreQuery { no_probe: true, ..PutStoreQuery::default() };
        test.put_store(url, &unprobed).await;
        test.create_bucket().await;
        test
    }

    /// Starts the stack in front of the storage at `url`, which is probed.
    pub(crate) async fn before_probed(url: &str) -> Self {
        let test = Self::bare(database::Kind::Sqlite).await;
        test.put_store(url, &PutStoreQuery::default()).await;
        test.create_bucket().await;
        test
    }

    async fn bare(database: database::Kind) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let database = TestDatabase::create(database);
        if let DatabaseUrl::Sqlite(file) = database.url() {
            template::copy(&state, file.parent().unwrap()).await;
        }
        let options = DevOptions {
            database: Some(database.url()),
            issuers: dev_issuer::issuers(),
            ..DevOptions::default()
        };
        let stack = DevStack::start_with(&state, options).await.unwrap();
        Self { stack, _directory: directory, _database: database }
    }

    async fn create_bucket(&self) {
        self.root_s3().await.create_bucket().bucket(BUCKET).send().await.unwrap();
    }

    /// Moves the project to the storage at `url`.
    async fn put_store(&self, url: &str, query: &PutStoreQuery) {
        let store = PutStore {
            endpoints: vec![Endpoint { url: url.to_owned(), style: AddressingStyle::Path }],
            region: REGION.to_owned(),
            access_key_id: ACCESS_KEY_ID.to_owned(),
            secret_access_key: SECRET.to_owned(),
            shared: false,
            accept_unsafe_storage: false,
            access: None,
        };
        self.operator().put_store(STORE, &store, query).await.unwrap();
    }

    /// The key of the stack's operator.
    pub(crate) fn operator_key(&self) -> String {
        let secret = std::fs::read_to_string(self.stack.directory.join("operator.secret")).unwrap();
        format!("cgop_{secret}")
    }

    pub(crate) fn operator(&self) -> Client {
        let key = Proof::api_key(Key::new(self.operator_key()));
        Client::builder(&self.stack.cargo_url).credentials(key).build().unwrap()
    }

    pub(crate) fn root(&self) -> Client {
        self.stack.root().unwrap()
    }

    /// A client of a user of the tests' auth service.
    pub(crate) fn user(&self, name: &str) -> Client {
        dev_issuer::client(&self.stack, name)
    }

    /// A new access key of a user, or of the application.
    pub(crate) async fn key(&self, user: Option<&str>) -> CreatedAccessKey {
        let new = CreateAccessKey {
            user: user.map(str::to_owned),
            name: "a test's".to_owned(),
            ..CreateAccessKey::default()
        };
        self.limited_key(&new).await
    }

    pub(crate) async fn limited_key(&self, new: &CreateAccessKey) -> CreatedAccessKey {
        self.root().create_access_key(new).await.unwrap()
    }

    /// Where the gateway listens.
    pub(crate) fn gateway(&self) -> SocketAddr {
        let port = self.stack.gateway_url.rsplit(':').next().unwrap().parse().unwrap();
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// Signs by itself with a key.
    pub(crate) fn signer(&self, key: &CreatedAccessKey) -> Signer {
        Signer::new(key, &format!("localhost:{}", self.gateway().port()))
    }

    /// Signs by itself with a new access key of a user, or of the application.
    pub(crate) async fn signer_of(&self, user: Option<&str>) -> Signer {
        self.signer(&self.key(user).await)
    }

    /// Sends a request of the raw client on a connection of its own.
    pub(crate) async fn send(&self, wire: &Wire) -> Answer {
        Connection::send(self.gateway(), wire).await
    }

    /// The stock SDK, pointed at the gateway.
    pub(crate) fn s3(&self, key: &CreatedAccessKey) -> S3 {
        let (id, secret) = (&key.stored.access_key_id, key.secret.expose());
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(&self.stack.gateway_url)
            .force_path_style(true)
            .credentials_provider(Credentials::new(id, secret, None, None, "test"))
            .build();
        S3::from_conf(config)
    }

    /// The stock SDK of a user with a new access key.
    pub(crate) async fn s3_of(&self, user: &str) -> S3 {
        self.s3(&self.key(Some(user)).await)
    }

    /// The stock SDK of the application with a new access key.
    pub(crate) async fn root_s3(&self) -> S3 {
        self.s3(&self.key(None).await)
    }

    /// Gives everybody permissions, with or without credentials.
    pub(crate) async fn grant_public(&self, prefix: &str, permissions: &[Permission]) {
        let kind = SubjectKind::Public;
        let query = GrantQuery { prefix: prefix.to_owned(), kind, ..GrantQuery::default() };
        let permissions = permissions.iter().copied().collect();
        let grant = PutGrant { permissions, ..PutGrant::default() };
        self.root().put_grant(BUCKET, "*", &query, &grant).await.unwrap();
    }

    pub(crate) async fn grant(&self, user: &str, prefix: &str, permissions: &[Permission]) {
        self.grant_in(BUCKET, user, prefix, permissions).await;
    }

    pub(crate) async fn grant_in(
        &self,
        bucket: &str,
        user: &str,
        prefix: &str,
        permissions: &[Permission],
    ) {
        let query = GrantQuery { prefix: prefix.to_owned(), ..GrantQuery::default() };
        let permissions = permissions.iter().copied().collect();
        let grant = PutGrant { permissions, ..PutGrant::default() };
        self.root().put_grant(bucket, user, &query, &grant).await.unwrap();
    }
}

/// Asks again until `condition` holds.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, condition: impl Fn() -> F) {
    let asked = async {
        while !condition().await {
            tokio::task::yield_now().await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, asked).await.is_ok(), "{what}");
}

/// S3's code of an error; `-` where there is none.
pub(crate) fn code<T, E, R>(answer: Result<T, aws_sdk_s3::error::SdkError<E, R>>) -> String
where
    E: aws_sdk_s3::error::ProvideErrorMetadata,
{
    match answer {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            aws_sdk_s3::error::ProvideErrorMetadata::code(&error).unwrap_or("-").to_owned()
        }
    }
}
