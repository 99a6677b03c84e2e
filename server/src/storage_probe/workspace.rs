//! Which bucket a probe works in, and what it calls things.

use super::error::ProbeError;
use super::sub_resource;
use crate::domain::BucketName;
use crate::domain::s3::Operation;

/// The first segment of every key, and a bucket that is signed for and never touched.
pub(super) const PREFIX: &str = "sail-cargo-probe";

/// Where a probe works.
#[derive(Debug, Clone)]
pub(super) struct Workspace {
    /// The bucket.
    pub(super) bucket: BucketName,
    /// It was somebody's before, and stays.
    pub(super) lent: bool,
    /// In the names of everything that is made.
    pub(super) random: String,
    /// A bucket that is nowhere.
    pub(super) nowhere: BucketName,
}

impl Workspace {
    /// `bucket`, or one that is made for the occasion.
    ///
    /// # Errors
    /// Never, but for a defect.
    pub(super) fn choose(bucket: Option<BucketName>) -> Result<Self, ProbeError> {
        let random = uuid::Uuid::new_v4().simple().to_string()[..12].to_owned();
        let lent = bucket.is_some();
        let bucket = bucket.map_or_else(|| name(&format!("{PREFIX}-{random}")), Ok)?;
        let nowhere = name(&format!("sail-cargo-decoy-{random}"))?;
        Ok(Self { bucket, lent, random, nowhere })
    }

    /// Every bucket that is signed for.
    ///
    /// # Errors
    /// Never, but for a defect.
    pub(super) fn buckets(&self) -> Result<Vec<BucketName>, ProbeError> {
        let known = [self.bucket.clone(), self.nowhere.clone(), name(PREFIX)?].map(Ok);
        known.into_iter().chain(sub_resource::tried().map(|one| self.another(one))).collect()
    }

    /// A bucket of its own for one operation.
    ///
    /// # Errors
    /// Never, but for a defect.
    pub(super) fn another(&self, operation: Operation) -> Result<BucketName, ProbeError> {
        name(&format!("{PREFIX}-{}-{}", self.random, operation as usize))
    }
}

fn name(text: &str) -> Result<BucketName, ProbeError> {
    BucketName::parse(text).map_err(|error| ProbeError::Failed(error.to_string()))
}
