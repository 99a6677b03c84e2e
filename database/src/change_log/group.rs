//! A group in the change log.

use serde::{Deserialize, Serialize};

/// A group as the change log records it. Reading the past does not undo this record: the members
/// have rows of their own. The names and formats of the fields never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupRecord {
    /// The name of the group.
    pub name: String,
    /// How many members the group had.
    pub members: u64,
    /// Whether tokens that name a group of this name were left out when groups were split, and no
    /// operator has confirmed it yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tokens_left_out: bool,
}

impl GroupRecord {
    /// The layout that introduced the newest field or word of this record.
    pub(super) const LAYOUT: u8 = 3;
}

/// The group as layout 2 records it: the wire format of that time ([`super::layout_2`]). It is
/// frozen.
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
