//! The same attacks on the gateway in front of a storage. It verifies signatures itself and passes on
//! nothing that was not signed, so that none of them may have an effect, whatever the storage does.

use std::fmt::Write as _;
use std::sync::Arc;

use sail_cargo_protocol::{GatewayAddress, ProbeCase, ProbeOutcome, ProbeReport, ProbeSeverity};
use tokio::time::Instant;

use super::environment::ProbeEnvironment;
use super::error::ProbeError;
use super::report;
use super::run::{Manner, TIME, run};
use super::workspace::Workspace;
use crate::domain::s3::{AddressingStyle, Endpoint};
use crate::domain::sigv4::StoreCredentials;
use crate::storage_client::{ServerPrincipal, Signer, StorageClient};

/// Attacks the gateway at `address` with an access key of an application, in buckets of its own or in
/// the one that `manner` names. Removes what it made.
///
/// # Errors
/// [`ProbeError`] if the gateway does not answer, or refuses an honest request.
pub async fn probe_gateway(
    address: &GatewayAddress,
    credentials: StoreCredentials,
    manner: Manner,
) -> Result<ProbeReport, ProbeError> {
    let failed = |error: &dyn std::fmt::Display| ProbeError::Failed(error.to_string());
    let endpoint = Endpoint::parse(&address.endpoint, AddressingStyle::Path);
    let endpoint = endpoint.map_err(|error| failed(&error))?.of_gateway();
    let workspace = Workspace::choose(manner.bucket)?;
    let principal = ServerPrincipal::of(workspace.buckets()?)?.of_every_operation();
    let principal = principal.of_every_reading();
    let client = StorageClient::new(manner.upstream, &endpoint);
    let (clock, credentials) = (manner.clock.clone(), Arc::new(credentials));
    let signer = Signer { principal, endpoint, credentials, clock: manner.clock };
    let environment = ProbeEnvironment::new(client, signer, workspace).before_gateway();
    let findings = run(environment, Instant::now() + TIME).await?;
    let report = report::write(&findings, clock.now());
    Ok(ProbeReport { cases: report.cases.into_iter().map(at_gateway).collect(), ..report })
}

/// What is by design means less at the gateway than at a storage.
fn at_gateway(case: ProbeCase) -> ProbeCase {
    let meaning = match case.id.as_str() {
        _ if case.outcome != ProbeOutcome::Acted => return case,
        "R011" => "the client left the body out of its signature",
        "R015" => {
            "the same request is taken again for 15 minutes, as long as its key and its grants stand"
        }
        _ => return case,
    };
    ProbeCase { meaning: meaning.to_owned(), advice: None, ..case }
}

/// Whether no attack had an effect, and the sentence that says so.
pub fn gateway_verdict(report: &ProbeReport) -> (bool, String) {
    let acting = acting(report);
    if !acting.is_empty() {
        let acting = acting.join(", ");
        return (false, format!("OPEN: attacks have an effect through the gateway ({acting})"));
    }
    let count = |wanted: &[ProbeOutcome]| {
        let cases = report.cases.iter().map(|case| case.outcome);
        let all = cases.chain(report.sub_resources.iter().map(|tried| tried.outcome));
        all.filter(|outcome| wanted.contains(outcome)).count()
    };
    let stopped = count(&[ProbeOutcome::Refused, ProbeOutcome::Accepted]);
    let untried = match count(&[ProbeOutcome::Untestable]) {
        0 => String::new(),
        untried => format!("; {untried} could not be tried"),
    };
    (true, format!("tight: {stopped} attacks are refused or have no effect{untried}"))
}

/// The report as text: the cases, then the sub-resources that were run as another operation.
pub fn gateway_text(report: &ProbeReport) -> String {
    let mut text = report::cases(report);
    for (outcome, sentence) in [
        (ProbeOutcome::Acted, "ACT: another operation is run"),
        (ProbeOutcome::Untestable, "could not be tried"),
    ] {
        let _ = write!(text, "{}", report::sub_resources(report, outcome, sentence));
    }
    text
}

/// The attacks that had an effect, but for what clients ask for themselves.
fn acting(report: &ProbeReport) -> Vec<&str> {
    let is_acting = |case: &&ProbeCase| {
        case.outcome == ProbeOutcome::Acted && case.severity != ProbeSeverity::ByDesign
    };
    let cases = report.cases.iter().filter(is_acting).map(|case| case.id.as_str());
    let tried = report.sub_resources.iter();
    let tried = tried.filter(|tried| tried.outcome == ProbeOutcome::Acted);
    cases.chain(tried.map(|tried| tried.operation.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use sail_cargo_protocol::SubResource;

    use super::*;

    fn case(id: &str, severity: ProbeSeverity, outcome: ProbeOutcome) -> ProbeCase {
        ProbeCase {
            id: id.to_owned(),
            title: "t".to_owned(),
            severity,
            outcome,
            meaning: "m".to_owned(),
            advice: Some("a".to_owned()),
        }
    }

    fn report(cases: Vec<ProbeCase>, tried: ProbeOutcome) -> ProbeReport {
        let sub_resource = SubResource {
            operation: "DeleteBucketCors".to_owned(),
            runs_as: "DeleteBucket".to_owned(),
            outcome: tried,
        };
        let probed_at = chrono::DateTime::UNIX_EPOCH;
        let sub_resources = vec![sub_resource];
        ProbeReport { probed_at, safe: true, server: None, cases, sub_resources }
    }

    #[test]
    fn a_gateway_is_tight_where_nothing_acts_that_its_client_did_not_ask_for() {
        use ProbeOutcome::{Accepted, Acted, Refused, Untestable};
        use ProbeSeverity::{Bounded, ByDesign, Fatal};
        for (cases, tried, expected) in [
            (vec![case("R001", Fatal, Refused)], Accepted, "tight: 2 attacks are refused"),
            (vec![case("R015", ByDesign, Acted)], Untestable, "tight: 0 attacks are refused"),
            (vec![case("R001", Fatal, Acted)], Refused, "OPEN: attacks have an effect through"),
            (vec![case("B001", Bounded, Acted)], Refused, "OPEN: attacks have an effect through"),
            (Vec::new(), Acted, "OPEN: attacks have an effect through the gateway (DeleteBucket"),
        ] {
            let (is_tight, sentence) = gateway_verdict(&report(cases, tried));
            assert!(sentence.starts_with(expected), "{sentence}");
            assert_eq!(is_tight, expected.starts_with("tight"), "{sentence}");
        }
    }

    #[test]
    fn what_is_by_design_at_a_storage_is_less_at_the_gateway() {
        let acted = at_gateway(case("R015", ProbeSeverity::ByDesign, ProbeOutcome::Acted));
        assert!(acted.meaning.contains("as long as its key") && acted.advice.is_none());
        let fatal = case("R001", ProbeSeverity::Fatal, ProbeOutcome::Acted);
        assert_eq!(at_gateway(fatal.clone()), fatal);
    }
}
