//! A world of its own for each test, with one bucket and three users in it.

use aws_sdk_s3::Client as S3;
use sail_cargo_client::Client;
use sail_cargo_client::protocol::{GrantQuery, Permission, PutGrant};
use sail_cargo_server::dev::{Ports, World};
use tempfile::TempDir;

pub(crate) const BUCKET: &str = "photos";

pub(crate) struct Stage {
    pub(crate) world: World,
    pub(crate) directory: TempDir,
}

impl Stage {
    /// Starts everything; root has created the bucket through the SDK.
    pub(crate) async fn set() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let state = directory.path().join("state");
        let world = World::start(&state, Ports::default()).await.unwrap();
        let stage = Self { world, directory };
        stage.root_s3().create_bucket().bucket(BUCKET).send().await.unwrap();
        stage
    }

    pub(crate) fn root(&self) -> Client {
        self.world.root().unwrap()
    }

    pub(crate) fn root_s3(&self) -> S3 {
        self.world.s3(self.root())
    }

    pub(crate) fn s3(&self, user: &str) -> S3 {
        self.world.s3(self.world.user(user).unwrap())
    }

    pub(crate) async fn grant(&self, user: &str, prefix: &str, permissions: &[Permission]) {
        let query = GrantQuery { prefix: prefix.to_owned(), ..GrantQuery::default() };
        let permissions = permissions.iter().copied().collect();
        let grant = PutGrant { permissions, ..PutGrant::default() };
        self.root().put_grant(BUCKET, user, &query, &grant).await.unwrap();
    }
}
