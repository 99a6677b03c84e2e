//! What the accounts of a project are called.

use std::collections::BTreeMap;

use super::username::Username;
use crate::names::SubjectId;

/// The usernames of the accounts of a project, by user and the other way round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usernames {
    by_user: BTreeMap<SubjectId, Username>,
    users: BTreeMap<Username, SubjectId>,
}

impl Usernames {
    /// The username of a user's account; `None` if the user has no account.
    pub fn of(&self, user: &SubjectId) -> Option<&Username> {
        self.by_user.get(user)
    }

    /// The user whose account is called exactly `name`, in lower case.
    pub fn user(&self, name: &str) -> Option<&SubjectId> {
        let username = Username::parse(name).ok().filter(|username| username.as_str() == name)?;
        self.users.get(&username)
    }
}

impl FromIterator<(SubjectId, Username)> for Usernames {
    fn from_iter<T: IntoIterator<Item = (SubjectId, Username)>>(accounts: T) -> Self {
        let mut usernames = Self::default();
        for (user, username) in accounts {
            usernames.users.insert(username.clone(), user.clone());
            usernames.by_user.insert(user, username);
        }
        usernames
    }
}
