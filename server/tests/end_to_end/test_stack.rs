//! A stack for each test, with one bucket.

use std::path::Path;

use aws_sdk_s3::Client as S3;
use sail_cargo_client::protocol::{
    AddressingStyle, Endpoint, GrantQuery, Permission, PutGrant, PutStore, PutStoreQuery,
};
use sail_cargo_client::{Client, Credentials, Error, Key};
use sail_cargo_server::dev::{DevOptions, DevStack};
use tempfile::TempDir;

use crate::dev_issuer;

pub(crate) const BUCKET: &str = "photos";

/// The store of the demo project.
const STORE: &str = "dev";

pub(crate) struct TestStack {
    pub(crate) stack: DevStack,
    pub(crate) directory: TempDir,
}

impl TestStack {
    /// Starts the stack. Root creates the bucket through the SDK.
    pub(crate) async fn start() -> Self {
        let test = Self::bare().await;
        test.root_s3().create_bucket().bucket(BUCKET).send().await.unwrap();
        test
    }

    /// Starts the stack without a bucket.
    pub(crate) async fn bare() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let stack = Self::start_in(&state).await;
        Self { stack, directory }
    }

    /// Starts a stack with its state in a directory. It believes the tests' auth service, too.
    pub(crate) async fn start_in(state: &Path) -> DevStack {
        let options = DevOptions { issuers: dev_issuer::issuers(), ..DevOptions::default() };
        DevStack::start_with(state, options).await.unwrap()
    }

    /// A client of a user of the tests' auth service.
    pub(crate) fn user(&self, name: &str) -> Client {
        dev_issuer::client(&self.stack, name)
    }

    pub(crate) fn root(&self) -> Client {
        self.stack.root().unwrap()
    }

    pub(crate) fn root_s3(&self) -> S3 {
        self.stack.s3(self.root())
    }

    pub(crate) fn s3(&self, user: &str) -> S3 {
        self.stack.s3(self.user(user))
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

    /// A secret that the stack keeps in a file.
    pub(crate) fn secret(&self, name: &str) -> String {
        std::fs::read_to_string(self.stack.directory.join(name)).unwrap()
    }

    /// A client of an operator.
    pub(crate) fn operator(&self) -> Client {
        let key = Key::new(format!("cgop_{}", self.secret("operator.secret")));
        let builder = Client::builder(&self.stack.cargo_url).credentials(Credentials::api_key(key));
        builder.build().unwrap()
    }

    /// Moves the project's buckets to another address, through the API as an operator.
    pub(crate) async fn put_store(&self, url: &str, access_key_id: &str, secret: &str) {
        self.try_put_store(url, access_key_id, secret).await.unwrap();
    }

    /// Like [`TestStack::put_store`], which may fail.
    pub(crate) async fn try_put_store(
        &self,
        url: &str,
        access_key_id: &str,
        secret: &str,
    ) -> Result<(), Error> {
        let store = store(url, access_key_id, secret);
        self.operator().put_store(STORE, &store, &PutStoreQuery::default()).await.map(drop)
    }

    /// Like [`TestStack::put_store`], without probing the storage.
    pub(crate) async fn put_unproved_store(&self, url: &str, access_key_id: &str, secret: &str) {
        let store = store(url, access_key_id, secret);
        let query = PutStoreQuery { no_probe: true, ..PutStoreQuery::default() };
        self.operator().put_store(STORE, &store, &query).await.unwrap();
    }
}

/// A storage account at `url`.
pub(crate) fn store(url: &str, access_key_id: &str, secret: &str) -> PutStore {
    PutStore {
        endpoints: vec![Endpoint { url: url.to_owned(), style: AddressingStyle::Path }],
        region: "us-east-1".to_owned(),
        access_key_id: access_key_id.to_owned(),
        secret_access_key: secret.to_owned(),
        shared: false,
        accept_unsafe_storage: false,
        access: None,
    }
}
