//! The client and the settings that transfers share.

use aws_sdk_s3::Client;

use crate::plan;

/// Default part size: 8 MiB.
const PART_SIZE: u64 = 8 << 20;
/// Default number of parts at a time.
const PARALLEL: usize = 4;

/// Transfers with one SDK client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Transfers {
    pub(crate) s3: Client,
    pub(crate) part_size: u64,
    pub(crate) parallel: usize,
}

impl Transfers {
    /// Transfers with `s3`. Its configuration must use
    /// [`remote_signing`](sail_cargo_middleware::RemoteSigningExt::remote_signing).
    pub fn new(s3: Client) -> Self {
        Self { s3, part_size: PART_SIZE, parallel: PARALLEL }
    }

    /// The part size in bytes; 8 MiB by default. Values are limited to S3's range, 5 MiB to 5 GiB.
    /// A file with more than 10,000 such parts gets larger ones.
    #[must_use]
    pub fn part_size(self, bytes: u64) -> Self {
        Self { part_size: bytes.clamp(plan::MIN_PART, plan::MAX_PART), ..self }
    }

    /// The number of parts of one transfer that are sent or fetched at a time; 4 by default, at
    /// least 1.
    #[must_use]
    pub fn parallel(self, parts: usize) -> Self {
        Self { parallel: parts.max(1), ..self }
    }
}
