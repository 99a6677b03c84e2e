//! `ls`, `cat`, `cp`, `rm`: objects, as whoever is logged in, through the interceptor. What a grant
//! is worth can be tried here.

mod cat;
mod copier;
mod cp;
mod interrupt;
mod jobs;
mod listed;
mod location;
mod ls;
mod pairs;
mod progress;
mod refusal;
mod removal;
mod rm;
mod tree;
mod walk;

pub(super) use cat::{CatArgs, cat};
pub(super) use cp::{CpArgs, cp};
pub(super) use ls::{LsArgs, ls};
pub(super) use refusal::is_refusal;
pub(super) use rm::{RmArgs, rm};

use sail_cargo_client::Client;
use sail_cargo_middleware::RemoteSigner;

use super::Failure;
use super::remote::Remote;

/// Somebody's client of Cargo, and one of S3 with its signatures.
struct SignedClients {
    cargo: Client,
    s3: aws_sdk_s3::Client,
}

impl SignedClients {
    async fn open(remote: &Remote) -> Result<Self, Failure> {
        let cargo = remote.client()?;
        let s3 = RemoteSigner::new(cargo.clone()).connect().await?;
        Ok(Self { cargo, s3 })
    }
}
