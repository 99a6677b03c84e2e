//! A stack for each test, with one bucket and access keys for its users.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use sail_cargo_client::Client;
use sail_cargo_client::protocol::{
    CreateAccessKey, CreatedAccessKey, GrantQuery, Permission, PutGrant,
};
use sail_cargo_server::dev::{DevStack, Ports};
use tempfile::TempDir;

pub(crate) const BUCKET: &str = "photos";

/// How long a test waits for a condition at most.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct GatewayStack {
    pub(crate) stack: DevStack,
    _directory: TempDir,
}

impl GatewayStack {
    /// Starts the stack. The application creates the bucket through the gateway.
    pub(crate) async fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let stack = DevStack::start(&state, Ports::default()).await.unwrap();
        let test = Self { stack, _directory: directory };
        let root = test.key(None).await;
        test.s3(&root).create_bucket().bucket(BUCKET).send().await.unwrap();
        test
    }

    pub(crate) fn root(&self) -> Client {
        self.stack.root().unwrap()
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

    /// The stock SDK, pointed at the gateway.
    pub(crate) fn s3(&self, key: &CreatedAccessKey) -> S3 {
        let (id, secret) = (&key.stored.access_key_id, &key.secret_access_key);
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

    pub(crate) async fn grant(&self, user: &str, prefix: &str, permissions: &[Permission]) {
        let query = GrantQuery { prefix: prefix.to_owned(), ..GrantQuery::default() };
        let permissions = permissions.iter().copied().collect();
        let grant = PutGrant { permissions, ..PutGrant::default() };
        self.root().put_grant(BUCKET, user, &query, &grant).await.unwrap();
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
