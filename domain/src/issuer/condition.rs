//! What a token must say besides.

use std::collections::BTreeSet;

use sail_cargo_protocol::IssuerSettings;

use super::text::{demand_few, demand_text, demand_texts};
use crate::flaw::{Field, Flaw};

/// A claim that a token must have, and the values that it may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    claim: String,
    values: BTreeSet<String>,
}

const FIELD: &str = "conditions";

impl Condition {
    pub(super) fn all(settings: &IssuerSettings) -> Result<Vec<Self>, Flaw> {
        demand_few(FIELD, settings.conditions.len())?;
        let condition = |(claim, values): (&String, &BTreeSet<String>)| {
            demand_text(FIELD, claim)?;
            demand_texts(FIELD, values)?;
            if values.is_empty() {
                let rule = format!("`{claim}` has no value that it may have");
                return Err(Flaw::new(Field::Issuer(FIELD), rule));
            }
            Ok(Self { claim: claim.clone(), values: values.clone() })
        };
        settings.conditions.iter().map(condition).collect()
    }

    /// The claim, by its name or a path to it.
    pub fn claim(&self) -> &str {
        &self.claim
    }

    /// Whether one of `said` is a value that the claim may have. Nothing said meets no condition.
    pub fn is_met_by(&self, said: &[String]) -> bool {
        said.iter().any(|one| self.values.contains(one))
    }
}
