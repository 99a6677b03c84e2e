//! What keys shall be, and what was made.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::domain::caller::Scope;
use crate::domain::{Secret, StoredKey};

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it stops.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What a key shall be: what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyEdit {
    /// What it is for.
    pub name: Option<String>,
    /// What it may be used for: no more than now.
    pub scopes: Option<BTreeSet<Scope>>,
    /// When it stops: no later than now.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key that was made. The answer is the only time it can be seen.
#[derive(Debug)]
pub struct MadeKey {
    /// The key.
    pub key: Secret,
    /// What is stored of it.
    pub stored: StoredKey,
}
