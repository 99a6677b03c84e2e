//! Too often: which limit, how large it is, and when to ask again.

use std::fmt;
use std::time::Duration;

/// What is limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Requests from one address.
    Address,
    /// Requests by one API key.
    Key,
    /// Requests of one user.
    User,
    /// Requests in one project.
    Project,
    /// Proofs that were not good, from one address.
    FailedProofs,
    /// The same, of one API key.
    FailedKeyProofs,
}

/// Somebody asked too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more {limit} than {quota} in {} s: ask again later", .window.as_secs())]
pub struct Over {
    /// What is limited.
    pub limit: Limit,
    /// How many there may be at once.
    pub quota: u32,
    /// How long it takes until there may be as many again.
    pub window: Duration,
    /// How long it takes until there may be what was asked for.
    pub wait: Duration,
}

impl Over {
    /// After how many whole seconds to ask again, at least one.
    pub fn seconds(&self) -> u64 {
        let whole = self.wait.as_secs() + u64::from(self.wait.subsec_nanos() > 0);
        whole.max(1)
    }
}

impl Limit {
    /// Its stable name, for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Key => "key",
            Self::User => "user",
            Self::Project => "project",
            Self::FailedProofs => "failed-proofs",
            Self::FailedKeyProofs => "failed-key-proofs",
        }
    }
}

/// What there are too many of.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "requests from one address",
            Self::Key => "requests by one API key",
            Self::User => "requests of one user",
            Self::Project => "requests in one project",
            Self::FailedProofs => "failed authentications from one address",
            Self::FailedKeyProofs => "failed authentications with one API key",
        })
    }
}
