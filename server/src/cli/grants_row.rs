//! A grant as a row of CSV.

use sail_cargo_protocol::{GrantLine, Permissions, PrefixKind, SubjectKind};
use serde::{Deserialize, Serialize};

use super::format::words;

pub(super) const HEADING: [&str; 9] = [
    "bucket",
    "prefix",
    "prefix_kind",
    "kind",
    "subject",
    "permissions",
    "not_before",
    "expires_at",
    "reason",
];

/// A grant as a row of CSV.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) bucket: String,
    #[serde(default)]
    pub(super) prefix: String,
    #[serde(default)]
    pub(super) prefix_kind: PrefixKind,
    #[serde(default)]
    pub(super) kind: SubjectKind,
    pub(super) subject: String,
    pub(super) permissions: String,
    #[serde(default)]
    pub(super) not_before: Option<chrono::DateTime<chrono::Utc>>,
    #[serde(default)]
    pub(super) expires_at: Option<chrono::DateTime<chrono::Utc>>,
    #[serde(default)]
    pub(super) reason: Option<String>,
}

impl Row {
    pub(super) fn of(line: &GrantLine) -> Self {
        let line = line.clone();
        Self {
            bucket: line.bucket,
            prefix: line.prefix,
            prefix_kind: line.prefix_kind,
            kind: line.kind,
            subject: line.subject,
            permissions: words(&line.permissions),
            not_before: line.not_before,
            expires_at: line.expires_at,
            reason: line.reason,
        }
    }

    /// The grant, with its permissions parsed.
    pub(super) fn into_line(self, permissions: Permissions) -> GrantLine {
        GrantLine {
            bucket: self.bucket,
            prefix: self.prefix,
            prefix_kind: self.prefix_kind,
            kind: self.kind,
            subject: self.subject,
            permissions,
            not_before: self.not_before,
            expires_at: self.expires_at,
            reason: self.reason,
        }
    }
}
