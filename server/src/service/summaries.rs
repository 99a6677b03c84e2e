//! Summaries of users and groups, from grants and member lists.

/// A group, without its member list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSummary {
    /// The name of the group.
    pub name: String,
    /// The number of members, including expired memberships.
    pub members: u64,
    /// Whether tokens that name this group were left out when groups were split, and no operator
    /// has settled it yet.
    pub tokens_left_out: bool,
}

/// A user, as grants and member lists show them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSummary {
    /// The user's id, as in their token.
    pub id: String,
    /// The number of grants to the user.
    pub grants: u64,
    /// The groups that list the user as a member, including expired memberships.
    pub groups: Vec<String>,
    /// Whether the id mixes scripts that are not written together (UTS 39).
    pub mixed_scripts: bool,
    /// What is wrong with the id, if new grants may not name it.
    pub flaw: Option<String>,
}
