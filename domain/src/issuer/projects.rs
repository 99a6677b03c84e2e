//! Which projects an issuer speaks for.

use std::sync::Arc;

use sail_cargo_protocol::IssuerSettings;

use super::text::demand_text;
use crate::flaw::{Field, Flaw};
use crate::names::{ProjectId, Slug};

/// The projects that an issuer speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IssuerProjects {
    /// One project, whatever its tokens say.
    One(ProjectName),
    /// The project in this claim. Where a token has none, `X-Project` may choose if `or_header`: such a token
    /// may choose any project of the server, and may do there what every user with a token may.
    Claimed {
        /// The claim.
        claim: String,
        /// Whether `X-Project` may choose.
        or_header: bool,
    },
    /// The project that `X-Project` chooses.
    Header,
}

/// The name or the id of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectName(Arc<str>);

impl IssuerProjects {
    pub(super) fn of(settings: &IssuerSettings) -> Result<Self, Flaw> {
        let (claim, or_header) = (settings.project_claim.as_ref(), settings.project_from_header);
        match (&settings.project, claim, or_header) {
            (Some(one), None, false) => ProjectName::parse(one).map(Self::One),
            (None, Some(claim), or_header) => {
                demand_text("project_claim", claim)?;
                Ok(Self::Claimed { claim: claim.clone(), or_header })
            }
            (None, None, true) => Ok(Self::Header),
            (Some(_), ..) => {
                Err(flaw("is the only project: no claim and no header chooses another"))
            }
            (None, None, false) => Err(flaw(
                "the issuer speaks for no project: give `project`, `project_claim` or \
                 `project_from_header`",
            )),
        }
    }
}

impl ProjectName {
    fn parse(text: &str) -> Result<Self, Flaw> {
        if Slug::parse(text).is_err() && ProjectId::parse(text).is_err() {
            return Err(flaw("is neither the name nor the id of a project"));
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn flaw(rule: &'static str) -> Flaw {
    Flaw::new(Field::Issuer("project"), rule)
}
