//! What the variables of templates stand for.

use super::account::Username;
use super::names::SubjectId;

/// What the variables of templates stand for, for one user.
#[derive(Debug, Clone, Copy)]
pub struct VariableValues<'a> {
    user: &'a SubjectId,
    username: Option<&'a Username>,
}

impl<'a> VariableValues<'a> {
    /// For the user `user`, whose account, if they have one, is called `username`.
    pub const fn of(user: &'a SubjectId, username: Option<&'a Username>) -> Self {
        Self { user, username }
    }

    /// The value of `${user}`.
    pub(crate) fn user(self) -> Option<&'a str> {
        Some(self.user.as_str())
    }

    /// The value of `${username}`; users without an account have none.
    pub(crate) fn username(self) -> Option<&'a str> {
        self.username.map(Username::as_str)
    }
}
