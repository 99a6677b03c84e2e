//! Under which names an issuer's tokens say what is read of them.

use sail_cargo_protocol::IssuerSettings;

use super::text::{demand_text, demand_texts};
use crate::flaw::Flaw;

/// The names of the claims that are read. The project's is in
/// [`IssuerProjects`](super::IssuerProjects).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNames {
    /// Claims that may name the user. A token may have any of them; those that it has must agree.
    pub user: Vec<String>,
    /// The claim that lists groups, or a path to it such as `realm_access.roles`.
    pub groups: String,
    /// The claim whose bit 0 marks a service account.
    pub role: String,
}

impl ClaimNames {
    pub(super) fn of(settings: &IssuerSettings) -> Result<Self, Flaw> {
        let or =
            |name: &Option<String>, usual: &str| name.clone().unwrap_or_else(|| usual.to_owned());
        let mut user = settings.user_claims.clone();
        if user.is_empty() {
            user.push("sub".to_owned());
        }
        let (groups, role) =
            (or(&settings.groups_claim, "groups"), or(&settings.role_claim, "role"));
        demand_texts("user_claims", &user)?;
        demand_text("groups_claim", &groups)?;
        demand_text("role_claim", &role)?;
        Ok(Self { user, groups, role })
    }
}
