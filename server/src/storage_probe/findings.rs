//! What came of all that was tried.

use sail_cargo_protocol::{ProbeOutcome, ProbeSeverity};

use super::case::CASES;
use super::error::ProbeError;
use crate::domain::s3::Operation;
use crate::storage_client::StorageResponse;

/// What came of one attack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It could not be tried, and why.
    Untestable(String),
    /// It had no effect, and the answer does not say that it was refused.
    Unclear {
        /// Whether the storage failed at it, or hung up.
        failure: Option<Failed>,
        /// What it said.
        answer: String,
    },
    /// It was refused.
    Refused,
    /// It was answered with success, and had no effect.
    Accepted,
    /// It had an effect.
    Acted,
}

/// What came of one attack, unless the storage went away.
pub(super) type Tried = Result<Outcome, ProbeError>;

/// How bad each outcome is, in the order of the variants: of an attack, of a body and of a
/// sub-resource. What was not tried says nothing against a storage where an attack has to be
/// possible at all, and proves nothing where it is to be relied on.
const ATTACK: [u8; 4] = [0, 1, 2, 3];
const BODY: [u8; 4] = [1, 0, 2, 3];
const SUB_RESOURCE: [u8; 4] = [2, 0, 1, 3];

/// How a storage failed at a request that it did not refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    /// It said so: 500.
    Aloud,
    /// It hung up.
    Silent,
}

impl Failed {
    fn at(answer: &StorageResponse) -> Option<Self> {
        match answer.status() {
            0 => Some(Self::Silent),
            500 => Some(Self::Aloud),
            _ => None,
        }
    }
}

impl Outcome {
    /// Of an attack that was played: the effect counts, whatever the answer was. Without an effect,
    /// only an answer that refuses the request is a refusal.
    pub(super) fn seen(acted: bool, answer: &StorageResponse) -> Self {
        match (acted, answer.is_ok(), answer.is_refusal()) {
            (true, _, _) => Self::Acted,
            (false, true, _) => Self::Accepted,
            (false, false, true) => Self::Refused,
            (false, false, false) => {
                Self::Unclear { failure: Failed::at(answer), answer: answer.to_string() }
            }
        }
    }

    /// Of an attack whose answer said nothing at first, and which was played again. A storage that
    /// fails at it each time does not take the request. One that hangs up each time does not
    /// either; but that may be a proxy's doing, and proves nothing of what is relied on.
    pub(super) fn again(self, again: Self, is_relied_on: bool) -> Self {
        let (Self::Unclear { failure: Some(first), .. }, Self::Unclear { failure: Some(next), .. }) =
            (&self, &again)
        else {
            return again;
        };
        let is_silent = *first == Failed::Silent || *next == Failed::Silent;
        if is_silent && is_relied_on { again } else { Self::Refused }
    }

    /// What an unclear one comes to where nothing depends on it but a proof.
    pub(super) fn or_untestable(self) -> Self {
        match self {
            Self::Unclear { answer, .. } => {
                Self::Untestable(format!("the answer proves nothing: {answer}"))
            }
            clear => clear,
        }
    }

    /// The worse of two ways to play the same attack.
    pub(super) fn or_worse(self, other: Self) -> Self {
        self.worse(other, ATTACK)
    }

    pub(super) const fn on_the_wire(&self) -> ProbeOutcome {
        match self {
            Self::Untestable(_) | Self::Unclear { .. } => ProbeOutcome::Untestable,
            Self::Refused => ProbeOutcome::Refused,
            Self::Accepted => ProbeOutcome::Accepted,
            Self::Acted => ProbeOutcome::Acted,
        }
    }

    fn worse(self, other: Self, ranks: [u8; 4]) -> Self {
        // One try that says nothing leaves the whole attack unclear, unless another acted.
        match (&self, &other) {
            (Self::Unclear { .. }, Self::Refused | Self::Accepted) => return self,
            (Self::Refused | Self::Accepted, Self::Unclear { .. }) => return other,
            _ => {}
        }
        if self.rank(ranks) >= other.rank(ranks) { self } else { other }
    }

    const fn rank(&self, ranks: [u8; 4]) -> u8 {
        ranks[match self {
            Self::Untestable(_) | Self::Unclear { .. } => 0,
            Self::Refused => 1,
            Self::Accepted => 2,
            Self::Acted => 3,
        }]
    }
}

/// What came of all that was tried on one endpoint, or on several.
#[derive(Debug, Clone)]
pub(super) struct Findings {
    /// Of each case, in their order.
    pub(super) cases: Vec<Outcome>,
    /// Of each operation on a sub-resource, in the table's order.
    pub(super) sub_resources: Vec<(Operation, Outcome)>,
    /// The storage's `Server` header.
    pub(super) server: Option<String>,
}

impl Findings {
    /// The worse of two endpoints, one by one.
    pub(super) fn or_worse(self, other: Self) -> Self {
        let cases = CASES.iter().zip(self.cases.into_iter().zip(other.cases));
        let sub_resources = self.sub_resources.into_iter().zip(other.sub_resources);
        Self {
            cases: cases
                .map(|(case, (one, other))| match case.severity {
                    ProbeSeverity::Bounded => one.worse(other, BODY),
                    ProbeSeverity::Fatal | ProbeSeverity::ByDesign => one.worse(other, ATTACK),
                })
                .collect(),
            sub_resources: sub_resources
                .map(|((operation, one), (_, other))| (operation, one.worse(other, SUB_RESOURCE)))
                .collect(),
            server: self.server.or(other.server),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Outcome::{Accepted, Acted, Refused};
    use super::*;

    fn untried() -> Outcome {
        Outcome::Untestable("not here".to_owned())
    }

    fn unclear(failure: Option<Failed>) -> Outcome {
        Outcome::Unclear { failure, answer: "…".to_owned() }
    }

    #[test]
    fn a_storage_that_fails_each_time_refuses_and_silence_proves_nothing() {
        let (aloud, silent, other) =
            (unclear(Some(Failed::Aloud)), unclear(Some(Failed::Silent)), unclear(None));
        for (first, next, attack, proof) in [
            (&aloud, &aloud, &Refused, &Refused),
            (&silent, &silent, &Refused, &silent),
            (&aloud, &silent, &Refused, &silent),
            (&silent, &aloud, &Refused, &aloud),
            (&other, &aloud, &aloud, &aloud),
            (&aloud, &other, &other, &other),
            (&silent, &Acted, &Acted, &Acted),
            (&other, &Accepted, &Accepted, &Accepted),
        ] {
            for (is_relied_on, expected) in [(false, attack), (true, proof)] {
                let outcome = first.clone().again(next.clone(), is_relied_on);
                assert_eq!(&outcome, expected, "{first:?} {next:?}");
            }
        }
    }

    #[test]
    fn of_two_endpoints_the_worse_counts() {
        for (one, other, attack, body, sub_resource) in [
            (Refused, Acted, Acted, Acted, Acted),
            (Refused, Accepted, Accepted, Accepted, Accepted),
            (Refused, untried(), Refused, untried(), untried()),
            (Accepted, untried(), Accepted, Accepted, untried()),
            (Acted, untried(), Acted, Acted, Acted),
        ] {
            for (one, other) in [(&one, &other), (&other, &one)] {
                for (ranks, worse) in
                    [(ATTACK, &attack), (BODY, &body), (SUB_RESOURCE, &sub_resource)]
                {
                    assert_eq!(
                        &one.clone().worse(other.clone(), ranks),
                        worse,
                        "{one:?} {other:?}"
                    );
                }
            }
        }
    }
}
