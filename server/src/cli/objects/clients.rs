//! The clients of a command on objects.

use sail_cargo_client::Client;
use sail_cargo_middleware::RemoteSigner;

use crate::cli::failure::Failure;
use crate::cli::remote::Remote;

/// A client of Cargo, and a client of S3 whose requests Cargo signs, both with the caller's
/// credentials.
pub(super) struct SignedClients {
    pub(super) cargo: Client,
    pub(super) s3: aws_sdk_s3::Client,
}

impl SignedClients {
    pub(super) async fn open(remote: &Remote) -> Result<Self, Failure> {
        let cargo = remote.client()?;
        let s3 = RemoteSigner::new(cargo.clone()).connect().await?;
        Ok(Self { cargo, s3 })
    }
}
