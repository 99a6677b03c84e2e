//! Who asks, in AWS's words.

use sha2::{Digest as _, Sha256};

use crate::caller::Caller;
use crate::names::ProjectId;

/// Twelve digits.
const ACCOUNTS: u64 = 1_000_000_000_000;

/// A caller as STS names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits that stand for the project.
    pub account: String,
    /// `arn:aws:sts::<account>:assumed-role/cargo/<user>`; for the application
    /// `arn:aws:iam::<account>:root`.
    pub arn: String,
    /// `CARGO:<user>`; for the application the account.
    pub user_id: String,
}

impl Identity {
    /// The identity of a caller in a project; `None` for operators.
    pub fn of(caller: &Caller) -> Option<Self> {
        let account = account(caller.project()?);
        match caller.user() {
            Some(user) => Some(Self {
                arn: format!("arn:aws:sts::{account}:assumed-role/cargo/{}", user.id),
                user_id: format!("CARGO:{}", user.id),
                account,
            }),
            None if caller.is_application() => Some(Self {
                arn: format!("arn:aws:iam::{account}:root"),
                user_id: account.clone(),
                account,
            }),
            None => None,
        }
    }
}

/// The account id of a project: AWS has twelve digits, of a hash of the project's id.
fn account(project: &ProjectId) -> String {
    let hash = Sha256::digest(project.as_str());
    let number = hash.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    format!("{:012}", number % ACCOUNTS)
}
