//! A reached limit: which one, how large it is, and when to try again.

use std::fmt;
use std::time::Duration;

/// The kind of a limit.
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
    /// Failed attempts to authenticate from one address.
    FailedProofs,
    /// Failed attempts to authenticate with one API key.
    FailedKeyProofs,
    /// Failed attempts to authenticate with one id from one address.
    FailedProofsOfId,
}

/// A reached limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more {limit} than {quota} in {} s: ask again later", .window.as_secs())]
pub struct Over {
    /// The limit that was reached.
    pub limit: Limit,
    /// The size of a full bucket.
    pub quota: u32,
    /// How long an empty bucket takes to fill.
    pub window: Duration,
    /// How long to wait until the refused request is allowed.
    pub wait: Duration,
}

impl Over {
    /// The whole seconds to wait before the next try, at least one.
    pub fn seconds(&self) -> u64 {
        let whole = self.wait.as_secs() + u64::from(self.wait.subsec_nanos() > 0);
        whole.max(1)
    }
}

impl Limit {
    /// The stable name of the limit, for programs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Key => "key",
            Self::User => "user",
            Self::Project => "project",
            Self::FailedProofs => "failed-proofs",
            Self::FailedKeyProofs => "failed-key-proofs",
            Self::FailedProofsOfId => "failed-proofs-of-id",
        }
    }
}

/// What the limit counts.
impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Address => "requests from one address",
            Self::Key => "requests by one API key",
            Self::User => "requests of one user",
            Self::Project => "requests in one project",
            Self::FailedProofs => "failed authentications from one address",
            Self::FailedKeyProofs => "failed authentications with one API key",
            Self::FailedProofsOfId => "failed authentications with one key from one address",
        })
    }
}
