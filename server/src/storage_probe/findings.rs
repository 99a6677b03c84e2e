//! The results of a probe.

use sail_cargo_protocol::{ProbeOutcome, ProbeSeverity};

use super::case::CASES;
use super::error::ProbeError;
use crate::domain::s3::Operation;
use crate::storage_client::StorageResponse;

/// The result of one attack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The attack could not be run, for this reason.
    Untestable(String),
    /// The attack had no effect, and the response is not a refusal.
    Unclear {
        /// How the storage failed, if it answered 500 or closed the connection.
        failure: Option<Failed>,
        /// The response.
        answer: String,
    },
    /// The storage refused the request.
    Refused,
    /// The storage answered with success, and the attack had no effect.
    Accepted,
    /// The attack had an effect.
    Acted,
}

/// The result of one attack, or an error if the storage does not answer.
pub(super) type Tried = Result<Outcome, ProbeError>;

/// How bad each outcome is, in the order of the variants (untestable, refused, accepted, acted):
/// for attacks, for bodies and for sub-resources. An untestable attack says nothing against the
/// storage. An untestable body or sub-resource proves nothing, but Cargo relies on a proof there,
/// so it ranks above a refusal, and for sub-resources above acceptance, too. What the gateway would send
/// if it were accepted has to be accepted everywhere.
const ATTACK: [u8; 4] = [0, 1, 2, 3];
const BODY: [u8; 4] = [1, 0, 2, 3];
const SUB_RESOURCE: [u8; 4] = [2, 0, 1, 3];
const WANTED: [u8; 4] = [1, 2, 0, 3];

/// How a storage failed without refusing the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Failed {
    /// It answered 500.
    Aloud,
    /// It closed the connection.
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
    /// The outcome of an attack that ran. An effect counts whatever the response was. Without an
    /// effect, only a response that refuses the request is a refusal.
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

    /// The outcome of an attack that was unclear (`self`) and ran a second time. A storage that
    /// fails both times does not accept the request, which is as good as a refusal. But a closed
    /// connection can be a proxy's doing, so it is no refusal where Cargo relies on the result.
    pub(super) fn again(self, again: Self, is_relied_on: bool) -> Self {
        let (Self::Unclear { failure: Some(first), .. }, Self::Unclear { failure: Some(next), .. }) =
            (&self, &again)
        else {
            return again;
        };
        let is_silent = *first == Failed::Silent || *next == Failed::Silent;
        if is_silent && is_relied_on { again } else { Self::Refused }
    }

    /// Turns an unclear outcome into an untestable one. Use it where only a proof is missing.
    pub(super) fn or_untestable(self) -> Self {
        match self {
            Self::Unclear { answer, .. } => {
                Self::Untestable(format!("the answer proves nothing: {answer}"))
            }
            clear => clear,
        }
    }

    /// The worse outcome of two variants of the same attack.
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
        // One unclear variant leaves the whole attack unclear, unless another one acted.
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

/// The results of a probe, of one endpoint or of several.
#[derive(Debug, Clone)]
pub(super) struct Findings {
    /// The outcome of each case, in the order of `CASES`.
    pub(super) cases: Vec<Outcome>,
    /// The outcome of each operation on a sub-resource, in the order of the table of operations.
    pub(super) sub_resources: Vec<(Operation, Outcome)>,
    /// The storage's `Server` header.
    pub(super) server: Option<String>,
}

impl Findings {
    /// Combines the results of two endpoints: the worse outcome of each case.
    pub(super) fn or_worse(self, other: Self) -> Self {
        let cases = CASES.iter().zip(self.cases.into_iter().zip(other.cases));
        let sub_resources = self.sub_resources.into_iter().zip(other.sub_resources);
        Self {
            cases: cases
                .map(|(case, (one, other))| match case.severity {
                    ProbeSeverity::Bounded if case.is_wanted() => one.worse(other, WANTED),
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
        for (one, other, attack, body, sub_resource, wanted) in [
            (Refused, Acted, Acted, Acted, Acted, Acted),
            (Refused, Accepted, Accepted, Accepted, Accepted, Refused),
            (Refused, untried(), Refused, untried(), untried(), Refused),
            (Accepted, untried(), Accepted, Accepted, untried(), untried()),
            (Acted, untried(), Acted, Acted, Acted, Acted),
        ] {
            for (one, other) in [(&one, &other), (&other, &one)] {
                for (ranks, worse) in [
                    (ATTACK, &attack),
                    (BODY, &body),
                    (SUB_RESOURCE, &sub_resource),
                    (WANTED, &wanted),
                ] {
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
