//! What a bucket shall be.

use std::collections::BTreeMap;

use crate::domain::Permissions;

/// What a bucket shall be: what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BucketEdit {
    /// What everybody may do.
    pub public: Option<Permissions>,
    /// The most anybody may do.
    pub ceiling: Option<Permissions>,
    /// Labels.
    pub labels: Labels,
    /// What the storage's own list of the account's buckets shows.
    pub shown: Shown,
}

/// How the storage's own list of an account's buckets shows a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shown {
    /// It does not, or was not asked.
    #[default]
    No,
    /// There is a bucket of exactly this name, and not another service.
    Alone,
    /// There is one, and another whose name differs in upper and lower case alone: the storage tells
    /// them apart.
    BesideTwin,
}

/// What a bucket's labels shall be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Labels {
    /// These and no others.
    Replace(BTreeMap<String, String>),
    /// As they are, but for these; `None` takes one away.
    Merge(BTreeMap<String, Option<String>>),
}

impl Default for Labels {
    fn default() -> Self {
        Self::Merge(BTreeMap::new())
    }
}
