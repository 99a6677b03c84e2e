//! The storages a day is spent on. Each verifies signatures with code of its own, and says by
//! name what it does otherwise than S3.

mod embedded;
mod limits;
mod seaweedfs;
mod tls_front;

use std::fmt;

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Region, SharedHttpClient};
use sail_cargo_client::Client;
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt as _};

use crate::sdk_operations::Cast;
use crate::storages::REGION;
use crate::test_stack::TestStack;

pub(crate) use embedded::Embedded;
pub(crate) use seaweedfs::Proxied;

/// How bytes travel to a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Https => "https",
        })
    }
}

/// A storage that verifies signatures.
pub(crate) trait Storage {
    /// Has the stack's project keep its buckets here, and returns the way here.
    async fn move_in(&self, test: &TestStack, scheme: Scheme) -> StorageRoute;

    /// How many requests it has answered so far. The last one may be counted a moment later.
    async fn served(&self, test: &TestStack) -> u64;

    /// What it cannot do, or does otherwise than S3, and how it says so. The bucket is left full.
    async fn show_limits(&self, cast: &Cast);
}

/// The way to a storage.
pub(crate) struct StorageRoute {
    url: String,
    /// Trusts the storage's certificate; the SDK's own where there is none.
    http: Option<SharedHttpClient>,
    /// What has to run meanwhile.
    _front: Option<tls_front::TlsFront>,
}

impl StorageRoute {
    /// The stock SDK with no S3 credentials: `cargo` has every request signed.
    pub(crate) fn sdk(&self, cargo: Client) -> S3 {
        let mut config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(&self.url)
            .force_path_style(true);
        config.set_http_client(self.http.clone());
        S3::from_conf(config.remote_signing(RemoteSigner::new(cargo)).build())
    }
}
