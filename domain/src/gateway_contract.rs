//! What a storage was seen to do with what only the gateway sends: uploads that break off, checksums
//! behind a body, names that other storages read in two ways. Nothing is assumed that was not seen,
//! but that what breaks off is discarded: a storage that keeps it was found out.

use sail_cargo_protocol::{ProbeOutcome, ProbeReport};

use super::s3::{Ambiguities, Ambiguity};

/// The probe's cases of uploads that break off before their last byte: an object, and a part.
pub const BROKEN_CASES: [&str; 2] = ["G001", "G002"];

/// The probe's case of checksums behind a body.
pub const TRAILER_CASE: &str = "G003";

/// The probe's cases of what storages read in different ways. A storage that reads it as S3 does
/// accepts it, and nothing else changes.
pub const AMBIGUITY_CASES: [(&str, Ambiguity); 5] = [
    ("G004", Ambiguity::Slash),
    ("G005", Ambiguity::Dot),
    ("G006", Ambiguity::Backslash),
    ("G007", Ambiguity::Nul),
    ("G008", Ambiguity::Underscore),
];

/// What a storage does with what only the gateway sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GatewayContract {
    /// It keeps uploads that break off, and the operator does not accept that: one that fails a check
    /// at its end would be stored.
    pub keeps_broken_uploads: bool,
    /// It takes a body in chunks with a checksum behind it, stores the content, and refuses another
    /// checksum.
    pub takes_trailers: bool,
    /// What it reads in one way, as S3 does.
    pub settled: Ambiguities,
}

impl GatewayContract {
    /// The contract that `report` shows. `accepted`: the operator has uploads sent whatever happens to
    /// those that break off.
    pub fn of(report: Option<&ProbeReport>, accepted: bool) -> Self {
        let was = |id: &str, outcome| {
            let mut cases = report.iter().flat_map(|report| &report.cases);
            cases.any(|case| case.id == id && case.outcome == outcome)
        };
        let settled = AMBIGUITY_CASES.iter().filter(|(id, _)| was(id, ProbeOutcome::Accepted));
        Self {
            keeps_broken_uploads: !accepted
                && BROKEN_CASES.iter().any(|id| was(id, ProbeOutcome::Acted)),
            takes_trailers: was(TRAILER_CASE, ProbeOutcome::Accepted),
            settled: settled.map(|(_, ambiguity)| *ambiguity).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use sail_cargo_protocol::{ProbeCase, ProbeSeverity};

    use super::*;

    fn report(id: &str, outcome: ProbeOutcome) -> ProbeReport {
        let case = ProbeCase {
            id: id.to_owned(),
            title: String::new(),
            severity: ProbeSeverity::Bounded,
            outcome,
            meaning: String::new(),
            advice: None,
        };
        let (cases, sub_resources) = (vec![case], Vec::new());
        let probed_at = DateTime::UNIX_EPOCH;
        ProbeReport { probed_at, safe: true, server: None, cases, sub_resources }
    }

    #[test]
    fn only_what_was_seen_counts() {
        use ProbeOutcome::{Accepted, Acted, Refused, Untestable};
        assert_eq!(GatewayContract::of(None, false), GatewayContract::default());
        for outcome in [Accepted, Acted, Refused, Untestable] {
            for (id, ambiguity) in AMBIGUITY_CASES {
                let contract = GatewayContract::of(Some(&report(id, outcome)), false);
                let settled = (outcome == Accepted).then_some(ambiguity).into_iter().collect();
                assert_eq!(contract, GatewayContract { settled, ..GatewayContract::default() });
            }
            let contract = GatewayContract::of(Some(&report(TRAILER_CASE, outcome)), false);
            assert_eq!(contract.takes_trailers, outcome == Accepted, "{outcome:?}");
            for id in BROKEN_CASES {
                let report = report(id, outcome);
                let keeps =
                    |accepted| GatewayContract::of(Some(&report), accepted).keeps_broken_uploads;
                assert_eq!(keeps(false), outcome == Acted, "{id} {outcome:?}");
                assert!(!keeps(true), "{id} {outcome:?}");
            }
        }
    }
}
