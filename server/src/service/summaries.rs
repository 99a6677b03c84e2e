//! Users and groups, as far as grants and member lists tell of them.

/// A group, as far as it is more than its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupSummary {
    /// Its name.
    pub name: String,
    /// How many members it has, those whose time is over included.
    pub members: u64,
    /// Tokens that name a group of this name were left out, and nobody has said that this is right.
    pub tokens_left_out: bool,
}

/// A user, as far as grants and member lists name them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserSummary {
    /// The id in their token.
    pub id: String,
    /// How many grants name them.
    pub grants: u64,
    /// The groups whose member lists name them, expired memberships included.
    pub groups: Vec<String>,
    /// The id has letters of scripts that are not written together (UTS 39).
    pub mixed_scripts: bool,
    /// What is wrong with the id, if it is one that nothing new may name.
    pub flaw: Option<String>,
}
