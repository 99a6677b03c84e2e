//! A bucket in the change log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::permissions::PermissionWords;
use crate::domain::Bucket;
use crate::domain::{BucketName, BucketRules, BucketState};
use crate::error::DatabaseError;

/// A bucket as the change log records it. The names and formats of the fields never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketRecord {
    /// The name of the bucket.
    pub name: String,
    /// What everybody may do in the bucket.
    pub public_permissions: PermissionWords,
    /// The ceiling: the most that anybody may do in the bucket.
    pub ceiling: PermissionWords,
    /// Labels that the application attached.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Whether its creation or deletion is pending.
    pub state: StateWord,
    /// The revision that registered the bucket.
    pub created_revision: i64,
}

impl BucketRecord {
    /// The layout that introduced the newest field or word of this record.
    pub(super) const LAYOUT: u8 = 3;
}

/// The state of a bucket.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StateWord {
    /// The bucket exists.
    #[default]
    #[serde(rename = "active")]
    Active,
    /// Its creation was signed and is not settled.
    #[serde(rename = "claimed")]
    Claimed,
    /// Its deletion was signed and is not settled.
    #[serde(rename = "deleting")]
    Deleting,
}

impl From<BucketState> for StateWord {
    fn from(state: BucketState) -> Self {
        match state {
            BucketState::Active => Self::Active,
            BucketState::Claimed => Self::Claimed,
            BucketState::Deleting => Self::Deleting,
        }
    }
}

impl From<StateWord> for BucketState {
    fn from(word: StateWord) -> Self {
        match word {
            StateWord::Active => Self::Active,
            StateWord::Claimed => Self::Claimed,
            StateWord::Deleting => Self::Deleting,
        }
    }
}

impl From<&Bucket> for BucketRecord {
    fn from(bucket: &Bucket) -> Self {
        Self {
            name: bucket.name.to_string(),
            public_permissions: bucket.rules.public.into(),
            ceiling: bucket.rules.ceiling.into(),
            labels: bucket.labels.clone(),
            state: bucket.state.into(),
            created_revision: bucket.created_revision,
        }
    }
}

impl TryFrom<BucketRecord> for Bucket {
    type Error = DatabaseError;

    fn try_from(record: BucketRecord) -> Result<Self, DatabaseError> {
        Ok(Self {
            name: BucketName::stored(&record.name).map_err(DatabaseError::corrupt)?,
            rules: BucketRules {
                public: (&record.public_permissions).into(),
                ceiling: (&record.ceiling).into(),
            },
            labels: record.labels,
            state: record.state.into(),
            created_revision: record.created_revision,
        })
    }
}

/// The bucket as layout 2 records it: the wire format of that time ([`super::layout_2`]). It is
/// frozen.
#[derive(Deserialize)]
pub(super) struct BucketOfLayout2 {
    name: String,
    public_permissions: PermissionWords,
    ceiling: PermissionWords,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// Absent in rows from before creations were claimed: such a bucket is active.
    #[serde(default)]
    state: StateWord,
    created_revision: i64,
}

impl From<BucketOfLayout2> for BucketRecord {
    fn from(bucket: BucketOfLayout2) -> Self {
        Self {
            name: bucket.name,
            public_permissions: bucket.public_permissions,
            ceiling: bucket.ceiling,
            labels: bucket.labels,
            state: bucket.state,
            created_revision: bucket.created_revision,
        }
    }
}
