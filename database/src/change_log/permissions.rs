//! Permissions in the change log.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::domain::{Permission, Permissions};

/// A set of permissions as JSON: an array in the order read, write, delete, admin, list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PermissionWords(BTreeSet<PermissionWord>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum PermissionWord {
    #[serde(rename = "read")]
    Read,
    #[serde(rename = "write")]
    Write,
    #[serde(rename = "delete")]
    Delete,
    #[serde(rename = "admin")]
    Admin,
    #[serde(rename = "list")]
    List,
}

impl PermissionWords {
    /// The layout that introduced the newest word.
    pub(super) const LAYOUT: u8 = 6;
}

impl From<Permission> for PermissionWord {
    fn from(permission: Permission) -> Self {
        match permission {
            Permission::Read => Self::Read,
            Permission::Write => Self::Write,
            Permission::Delete => Self::Delete,
            Permission::Admin => Self::Admin,
            Permission::List => Self::List,
        }
    }
}

impl From<PermissionWord> for Permission {
    fn from(word: PermissionWord) -> Self {
        match word {
            PermissionWord::Read => Self::Read,
            PermissionWord::Write => Self::Write,
            PermissionWord::Delete => Self::Delete,
            PermissionWord::Admin => Self::Admin,
            PermissionWord::List => Self::List,
        }
    }
}

impl From<Permissions> for PermissionWords {
    fn from(permissions: Permissions) -> Self {
        Self(permissions.iter().map(Into::into).collect())
    }
}

impl From<&PermissionWords> for Permissions {
    fn from(words: &PermissionWords) -> Self {
        words.0.iter().copied().map(Permission::from).collect()
    }
}
