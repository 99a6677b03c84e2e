//! The storages of the end-to-end tests. Each verifies signatures with its own code. Their
//! differences from S3 are tested as well.

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

/// The protocol to a storage.
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
    /// Moves the stack's project to this storage, and returns the route to it.
    async fn move_in(&self, test: &TestStack, scheme: Scheme) -> StorageRoute;

    /// The number of requests it has answered. The last one may be counted a moment later.
    async fn served(&self, test: &TestStack) -> u64;

    /// Shows what it does not support or does differently from S3. Leaves objects in the bucket.
    async fn show_limits(&self, cast: &Cast);
}

/// The route to a storage.
pub(crate) struct StorageRoute {
    url: String,
    /// A client that trusts the storage's certificate; None for the SDK's own.
    http: Option<SharedHttpClient>,
    /// The TLS front, kept running.
    _front: Option<tls_front::TlsFront>,
}

impl StorageRoute {
    /// The stock SDK without S3 credentials; `cargo` signs.
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
