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

impl GroupRecord {
    /// The layout that brought its newest field, or word.
    pub(super) const LAYOUT: u8 = 3;
}

/// The wire's words of the time of layout 2 ([`super::layout_2`]). They are not changed any more.
#[derive(Deserialize)]
pub(super) struct GroupOfLayout2 {
    name: String,
    members: u64,
    #[serde(default)]
    tokens_left_out: bool,
}

impl From<GroupOfLayout2> for GroupRecord {
    fn from(group: GroupOfLayout2) -> Self {
        Self { name: group.name, members: group.members, tokens_left_out: group.tokens_left_out }
    }
}
