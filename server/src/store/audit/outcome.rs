//! Outcomes as the column has them.

use sail_cargo_protocol::Outcome;

use crate::store::error::StoreError;

pub(super) const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Allow => "allow",
        Outcome::Deny => "deny",
        Outcome::Malformed => "malformed",
    }
}

pub(super) fn parse_outcome(word: &str) -> Result<Outcome, StoreError> {
    match word {
        "allow" => Ok(Outcome::Allow),
        "deny" => Ok(Outcome::Deny),
        "malformed" => Ok(Outcome::Malformed),
        other => Err(StoreError::corrupt(format!("no outcome is called {other}"))),
    }
}
