//! Reports of probes.

use sail_cargo_client::protocol::{
    ProbeCase, ProbeOutcome, ProbeReport, ProbeSeverity, SubResource,
};
use sail_cargo_server::domain::s3::Operation;

/// The report of a storage that refuses everything it should, and knows every sub-resource.
pub(crate) fn strict_report() -> ProbeReport {
    let replays = (1..=15).map(|number| format!("R{number:03}"));
    let bodies = (1..=5).map(|number| format!("B{number:03}"));
    let known = Operation::ALL.iter().filter(|operation| operation.row().marker.is_some());
    ProbeReport {
        probed_at: "2026-11-01T00:00:00Z".parse().unwrap(),
        safe: true,
        server: None,
        cases: replays.chain(bodies).map(refused).collect(),
        sub_resources: known.map(|operation| supported(*operation)).collect(),
    }
}

fn refused(id: String) -> ProbeCase {
    ProbeCase {
        id,
        title: "a trick".to_owned(),
        severity: ProbeSeverity::Bounded,
        outcome: ProbeOutcome::Refused,
        meaning: "refused".to_owned(),
        advice: None,
    }
}

fn supported(operation: Operation) -> SubResource {
    let (operation, runs_as) = (operation.name().to_owned(), "none".to_owned());
    SubResource { operation, runs_as, outcome: ProbeOutcome::Refused }
}
