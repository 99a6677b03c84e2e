//! The names of a probe's buckets and objects.

use super::error::ProbeError;
use super::sub_resource;
use crate::domain::BucketName;
use crate::domain::s3::Operation;

/// The first segment of every key. It is also the name of a bucket that requests are signed for and
/// that is never used.
pub(super) const PREFIX: &str = "sail-cargo-probe";

/// The names of one probe.
#[derive(Debug, Clone)]
pub(super) struct Workspace {
    /// The bucket to work in.
    pub(super) bucket: BucketName,
    /// Whether the operator named an existing bucket, which must stay.
    pub(super) lent: bool,
    /// A random part of the names of everything that the probe creates.
    pub(super) random: String,
    /// The name of a bucket that does not exist.
    pub(super) nowhere: BucketName,
}

impl Workspace {
    /// Uses `bucket`, or chooses a new name.
    ///
    /// # Errors
    /// [`ProbeError::Failed`] only by a defect of this server.
    pub(super) fn choose(bucket: Option<BucketName>) -> Result<Self, ProbeError> {
        let random = uuid::Uuid::new_v4().simple().to_string()[..12].to_owned();
        let lent = bucket.is_some();
        let bucket = bucket.map_or_else(|| name(&format!("{PREFIX}-{random}")), Ok)?;
        let nowhere = name(&format!("sail-cargo-decoy-{random}"))?;
        Ok(Self { bucket, lent, random, nowhere })
    }

    /// All buckets that requests are signed for.
    ///
    /// # Errors
    /// [`ProbeError::Failed`] only by a defect of this server.
    pub(super) fn buckets(&self) -> Result<Vec<BucketName>, ProbeError> {
        let known = [self.bucket.clone(), self.nowhere.clone(), name(PREFIX)?].map(Ok);
        known.into_iter().chain(sub_resource::tried().map(|one| self.another(one))).collect()
    }

    /// The bucket for the test of one operation.
    ///
    /// # Errors
    /// [`ProbeError::Failed`] only by a defect of this server.
    pub(super) fn another(&self, operation: Operation) -> Result<BucketName, ProbeError> {
        name(&format!("{PREFIX}-{}-{}", self.random, operation as usize))
    }
}

fn name(text: &str) -> Result<BucketName, ProbeError> {
    BucketName::parse(text).map_err(|error| ProbeError::Failed(error.to_string()))
}
