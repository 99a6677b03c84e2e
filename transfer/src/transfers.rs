//! What transfers share: the client, and how much goes at once.

use aws_sdk_s3::Client;

use crate::plan;

/// How large a part is, unless told otherwise: 8 MiB.
const PART_SIZE: u64 = 8 << 20;
/// How many parts go at once, unless told otherwise.
const PARALLEL: usize = 4;

/// Transfers through one SDK client. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Transfers {
    pub(crate) s3: Client,
    pub(crate) part_size: u64,
    pub(crate) parallel: usize,
}

impl Transfers {
    /// Transfers through `s3`, which is anything but a bare client:
    /// [`remote_signing`](sail_cargo_middleware::RemoteSigningExt::remote_signing) was called on its configuration.
    pub fn new(s3: Client) -> Self {
        Self { s3, part_size: PART_SIZE, parallel: PARALLEL }
    }

    /// How many bytes a part has: 8 MiB when left out. S3 takes 5 MiB to 5 GiB, and what is
    /// beyond that is taken for the nearest. A file of more than 10,000 such parts gets larger
    /// ones.
    #[must_use]
    pub fn part_size(self, bytes: u64) -> Self {
        Self { part_size: bytes.clamp(plan::MIN_PART, plan::MAX_PART), ..self }
    }

    /// How many parts of one transfer go at once: 4 when left out, at least 1.
    #[must_use]
    pub fn parallel(self, parts: usize) -> Self {
        Self { parallel: parts.max(1), ..self }
    }
}
