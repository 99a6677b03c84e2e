//! How a command reaches a storage or a gateway.

use std::path::PathBuf;

use super::super::bootstrap::Fill;
use super::super::failure::Failure;
use crate::clock::Clock;
use crate::config::Settings;
use crate::domain::BucketName;
use crate::storage_client::upstream::{Upstream, UpstreamLimits};
use crate::storage_probe::Manner;

/// How this process reaches a storage that it probes.
#[derive(Debug, clap::Args)]
pub(super) struct ReachArgs {
    /// HTTP proxy to the storage, for a probe from the local database
    #[arg(long, env = "SAIL_CARGO_OUTBOUND_PROXY", value_name = "URL", hide_env_values = true)]
    outbound_proxy: Option<String>,
    /// File with CA certificates (PEM) to trust for the storage, for a probe from the local
    /// database
    #[arg(long, env = "SAIL_CARGO_STORAGE_CA", value_name = "FILE")]
    storage_ca: Option<PathBuf>,
}

impl ReachArgs {
    pub(super) fn way(self, fill: Fill<'_>) -> Result<Upstream, Failure> {
        let Self { outbound_proxy, storage_ca } = self;
        let settings = Settings { outbound_proxy, storage_ca, ..Settings::default() };
        let outbound = fill(settings)?.outbound()?;
        Ok(Upstream::new(&outbound, UpstreamLimits::default()).map_err(|e| e.to_string())?)
    }
}

/// How to probe.
pub(super) fn manner(bucket: Option<BucketName>, upstream: Upstream) -> Manner {
    Manner { bucket, upstream, clock: Clock::system() }
}
