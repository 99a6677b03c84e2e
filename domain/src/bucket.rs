//! A bucket that is registered to a project.

use std::collections::BTreeMap;

use sail_cargo_protocol as wire;
pub use sail_cargo_protocol::{BucketState, SettleOutcome};

use super::authority::BucketRules;
use super::names::BucketName;

/// A registered bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: BucketName,
    /// Its public permissions and its ceiling.
    pub rules: BucketRules,
    /// Key-value labels that the application sets.
    pub labels: BTreeMap<String, String>,
    /// Whether the bucket is active, or its creation or deletion is pending.
    pub state: BucketState,
    /// The revision that registered it.
    pub created_revision: i64,
}

impl From<&Bucket> for wire::Bucket {
    fn from(bucket: &Bucket) -> Self {
        Self {
            name: bucket.name.to_string(),
            public_permissions: bucket.rules.public.into(),
            ceiling: bucket.rules.ceiling.into(),
            labels: bucket.labels.clone(),
            state: bucket.state,
            created_revision: bucket.created_revision,
        }
    }
}
