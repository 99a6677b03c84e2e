//! What is shown to the embedded auth service and proves nothing.

use super::refusal::Refusal;
use super::rejection::{Rejection, Shown};
use crate::audit::Text;
use crate::domain::ProjectId;

/// Why nobody is signed in. Who asks learns only what was shown; the record says more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginError {
    /// There is no such project.
    NoProject,
    /// There is no such account.
    Unknown,
    /// The account is disabled.
    Disabled,
    /// Its user has set no password yet, or it was reset.
    NoPassword,
    /// The password is not its own.
    Wrong,
    /// The refresh token is not good.
    RefreshToken,
    /// The invitation is not good.
    Invitation,
}

impl LoginError {
    /// The rejection of it, for the record.
    pub fn reject(self, project: Option<ProjectId>) -> Rejection {
        let shown = match self {
            Self::RefreshToken => Shown::only("refresh-token"),
            Self::Invitation => Shown::only("invitation"),
            _ => Shown::only("password"),
        };
        Rejection::new(self, shown).in_project(project)
    }
}

/// The sentence for who asks.
impl std::fmt::Display for LoginError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::RefreshToken => "the refresh token is not good, or not any more: sign in again",
            Self::Invitation => {
                "the invitation is not good, or not any more: ask an administrator for another"
            }
            _ => "there is no account with this name and this password",
        })
    }
}

impl std::error::Error for LoginError {}

impl Refusal for LoginError {
    fn code(&self) -> &'static str {
        match self {
            Self::RefreshToken => "invalid_refresh_token",
            Self::Invitation => "invalid_invitation",
            _ => "invalid_login",
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::NoProject => "login_no_project",
            Self::Unknown => "login_unknown",
            Self::Disabled => "login_disabled",
            Self::NoPassword => "login_no_password",
            Self::Wrong => "login_wrong_password",
            Self::RefreshToken | Self::Invitation => self.code(),
        }
    }

    fn sentence(&self) -> Text {
        match self {
            Self::NoProject => "no project of that name".into(),
            Self::Unknown => "no account of that name".into(),
            Self::Disabled => "the account is disabled".into(),
            Self::NoPassword => "the account has no password".into(),
            Self::Wrong => "wrong password".into(),
            Self::RefreshToken => "a refresh token that is not good".into(),
            Self::Invitation => "an invitation that is not good".into(),
        }
    }

    fn is_guess(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_with_a_login_reads_the_same_and_is_told_apart_on_record_only() {
        let all = [
            LoginError::NoProject,
            LoginError::Unknown,
            LoginError::Disabled,
            LoginError::NoPassword,
            LoginError::Wrong,
        ];
        let shown = |error: LoginError| (error.code(), error.to_string(), error.is_guess());
        assert!(all.iter().all(|error| shown(*error) == shown(LoginError::Wrong)));
        let reasons: std::collections::BTreeSet<_> = all.iter().map(Refusal::reason).collect();
        assert_eq!(reasons.len(), all.len());
    }
}
