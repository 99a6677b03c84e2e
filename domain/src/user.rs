//! Who proved themselves by a token, and who by an API key.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sail_cargo_protocol::Scope;

use super::account::{AccountFlaw, AccountStanding, TokenEpoch};
use super::names::{KeyId, ProjectId, SubjectId};

/// A user, authenticated by a token of the auth service.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct User {
    /// The project that the request addresses.
    pub project: ProjectId,
    /// The user's id.
    pub id: SubjectId,
    /// The groups that the token names.
    pub groups: BTreeSet<SubjectId>,
    /// Whether the token says that the user is a service account.
    pub service_account: bool,
    /// When the token expires.
    pub expires_at: DateTime<Utc>,
    /// When they signed in, where the token says it (`auth_time`).
    pub signed_in_at: Option<DateTime<Utc>>,
    /// The epoch of their account that they proved themselves in: by a token of it, or by its password.
    pub epoch: Option<TokenEpoch>,
    /// The API key of the application that asks on behalf of the user, if one does.
    pub via: Option<KeyHolder>,
}

impl User {
    /// Checks, where they proved themselves by an account, that it is what it was: `None` stands for no account.
    ///
    /// # Errors
    /// [`AccountFlaw`] if the account is gone, not active, or was signed out since.
    pub fn demand_standing(&self, standing: Option<&AccountStanding>) -> Result<(), AccountFlaw> {
        match self.epoch {
            Some(epoch) => standing.ok_or(AccountFlaw::Unknown)?.demand(epoch),
            None => Ok(()),
        }
    }
}

/// The holder of a project API key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyHolder {
    /// The key's project.
    pub project: ProjectId,
    /// The public part of the key.
    pub id: KeyId,
    /// What the key may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When the key expires, if it does.
    pub expires_at: Option<DateTime<Utc>>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::AccountStatus;

    #[test]
    fn who_came_by_an_account_is_let_in_while_it_is_what_it_was() {
        let standing =
            |status, epoch| Some(AccountStanding { status, epoch: TokenEpoch::of(epoch) });
        for (epoch, standing, expected) in [
            (Some(3), standing(AccountStatus::Active, 3), Ok(())),
            (Some(3), standing(AccountStatus::Active, 4), Err(AccountFlaw::SignedOut)),
            (Some(3), standing(AccountStatus::Disabled, 3), Err(AccountFlaw::NotActive)),
            (Some(3), None, Err(AccountFlaw::Unknown)),
            (None, None, Ok(())),
        ] {
            let user = User {
                project: ProjectId::parse("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001").unwrap(),
                id: SubjectId::parse("ada").unwrap(),
                groups: BTreeSet::new(),
                service_account: false,
                expires_at: DateTime::UNIX_EPOCH,
                signed_in_at: None,
                epoch: epoch.map(TokenEpoch::of),
                via: None,
            };
            assert_eq!(user.demand_standing(standing.as_ref()), expected, "{epoch:?} {standing:?}");
        }
    }
}
