//! For whom a token may be.

use std::collections::BTreeSet;

use sail_cargo_protocol::IssuerSettings;

use super::text::demand_texts;
use crate::flaw::{Field, Flaw};

/// The audiences that the tokens of an issuer may be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audiences {
    /// Any: the operator said so.
    Any,
    /// One of these.
    Named(BTreeSet<String>),
}

const FIELD: &str = "audiences";

impl Audiences {
    pub(super) fn of(settings: &IssuerSettings) -> Result<Self, Flaw> {
        demand_texts(FIELD, &settings.audiences)?;
        match (settings.audiences.is_empty(), settings.any_audience) {
            (false, false) => Ok(Self::Named(settings.audiences.clone())),
            (true, true) => Ok(Self::Any),
            (true, false) => Err(Flaw::new(
                Field::Issuer(FIELD),
                "names no audience; `any_audience = true` accepts every token that the issuer signs",
            )),
            (false, true) => {
                Err(Flaw::new(Field::Issuer("any_audience"), "contradicts `audiences`"))
            }
        }
    }

    /// Whether a token for `audiences` is accepted.
    pub fn accept(&self, audiences: &[String]) -> bool {
        match self {
            Self::Any => true,
            Self::Named(accepted) => audiences.iter().any(|one| accepted.contains(one)),
        }
    }

    /// Whether some token is for both.
    pub(super) fn meet(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Named(one), Self::Named(other)) => !one.is_disjoint(other),
            (Self::Any, _) | (_, Self::Any) => true,
        }
    }
}
