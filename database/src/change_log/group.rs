//! A group in the change log.

use serde::{Deserialize, Serialize};

/// A group as it is written down: nothing is undone by it, since its members have rows of their own.
/// The names and forms of the fields never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRecord {
    /// Its name.
    pub name: String,
    /// How many members it had.
    pub members: u64,
    /// Tokens that name a group of this name were left out, and nobody has said that this is right.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tokens_left_out: bool,
}
