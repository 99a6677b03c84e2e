//! A bucket in the change log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::permissions::PermissionWords;
use crate::domain::Bucket;
use crate::domain::{BucketName, BucketRules, BucketState};
use crate::error::DatabaseError;

/// A bucket as it is written down. The names and forms of the fields never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BucketRecord {
    /// Its name.
    pub name: String,
    /// What everybody may do in it.
    pub public_permissions: PermissionWords,
    /// The most anybody may do in it.
    pub ceiling: PermissionWords,
    /// Words of the application about it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Whether its creation or deletion is under way.
    pub state: StateWord,
    /// The revision that registered it.
    pub created_revision: i64,
}

impl BucketRecord {
    /// The layout that brought its newest field, or word.
    pub(super) const LAYOUT: u8 = 3;
}

/// Where a bucket stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum StateWord {
    /// It is there.
    #[default]
    #[serde(rename = "active")]
    Active,
    /// Its creation was signed.
    #[serde(rename = "claimed")]
    Claimed,
    /// Its deletion was signed.
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

/// The wire's words of the time of layout 2 ([`super::layout_2`]). They are not changed any more.
#[derive(Deserialize)]
pub(super) struct BucketOfLayout2 {
    name: String,
    public_permissions: PermissionWords,
    ceiling: PermissionWords,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    /// Absent from before a creation was claimed: a bucket was there, or was none.
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
