//! Remarks on valid tokens, for the operator. Each is logged once.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::domain::IssuerAlias;

/// A remark on a valid token. It names claims as the settings do, and contains no value of the
/// token.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Remark {
    /// An optional claim cannot be read.
    Ignored(String),
    /// Some of the groups are not valid names.
    GroupsLeftOut(String),
    /// The user has too many groups for a token, so the token contains none.
    GroupsElsewhere,
}

impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ignored(claim) => {
                write!(f, "a token's claim `{claim}` cannot be read, and is treated as absent")
            }
            Self::GroupsLeftOut(claim) => write!(
                f,
                "a token's claim `{claim}` holds an invalid group name, which is left out"
            ),
            Self::GroupsElsewhere => f.write_str(
                "a token has no groups because its user is in too many for it (Microsoft Entra \
                 ID's overage): none of them counts. Have the app registration emit only the \
                 groups that are assigned to the application, or app roles with \
                 --auth-groups-claim roles (`groups_claim` of an issuer in a file)",
            ),
        }
    }
}

/// The remarks that were logged, each of one issuer. There is at most a fixed number per claim in the settings.
#[derive(Debug, Default)]
pub(super) struct Said(Mutex<BTreeSet<(Option<IssuerAlias>, Remark)>>);

impl Said {
    /// Logs the remarks on tokens of an issuer that were not logged before.
    pub(super) fn say(&self, alias: Option<&IssuerAlias>, remarks: BTreeSet<Remark>) {
        if remarks.is_empty() {
            return;
        }
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for remark in remarks {
            let of_issuer = (alias.cloned(), remark);
            if !said.contains(&of_issuer) {
                match alias {
                    Some(alias) => log::warn!("issuer {alias}: {}", of_issuer.1),
                    None => log::warn!("{}", of_issuer.1),
                }
                said.insert(of_issuer);
            }
        }
    }
}
