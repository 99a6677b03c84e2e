//! What a storage was proved to enforce of a signature.
//!
//! A signature is only as good as the storage that verifies it. If a storage was not proved to
//! verify a part of it, decisions assume that it does not.

use std::collections::BTreeSet;

use sail_cargo_protocol::StoreAccess;
pub use sail_cargo_protocol::{ProbeCase, ProbeOutcome, ProbeReport, ProbeSeverity, SubResource};

use super::gateway_contract::{BROKEN_CASES, GatewayContract};
use super::permissions::{Permission, Permissions};
use super::s3::{Level, Method, Operation};

/// What the storage of a project enforces of signed requests.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a finding of its own")]
pub struct StorageContract {
    /// Kinds of requests that can be turned into others after they are signed. Unless the operator
    /// accepts that, no request of these kinds is signed.
    pub unsafe_for: Permissions,
    /// Whether the storage was proved to reject a body that differs from its signed SHA-256.
    pub binds_body: bool,
    /// Operations on sub-resources that the storage runs, or may run, as the plain request.
    pub unsupported: BTreeSet<Operation>,
    /// What is judged is written anew for the storage before it is sent, and looked at in that
    /// spelling ([`Approved::respelled`](super::Approved::respelled)). Never true of what is signed
    /// for others.
    pub is_respelled: bool,
    /// Nothing is signed for it that leaves the server.
    pub is_gateway_only: bool,
    /// Keys that differ in upper and lower case only are one key to it.
    pub folds_case: bool,
    /// What it does with what only the gateway sends.
    pub at_gateway: GatewayContract,
}

impl StorageContract {
    /// The contract of a storage that was never probed.
    pub fn unproved() -> Self {
        Self::of(None, false)
    }

    /// The contract of a storage that enforces everything that S3 enforces.
    pub fn strict() -> Self {
        Self {
            unsafe_for: Permissions::NONE,
            binds_body: true,
            unsupported: BTreeSet::new(),
            is_respelled: false,
            is_gateway_only: false,
            folds_case: false,
            at_gateway: GatewayContract::default(),
        }
    }

    /// The contract that `report` shows. `accepted`: the operator has unsafe requests signed.
    pub fn of(report: Option<&ProbeReport>, accepted: bool) -> Self {
        let cases = report.filter(|_| !accepted).map(|report| report.cases.as_slice());
        let acting = cases.unwrap_or_default().iter().filter(|case| acts(case));
        Self {
            unsafe_for: acting.map(opens).fold(Permissions::NONE, Permissions::union),
            binds_body: report.is_some_and(binds_body),
            unsupported: Operation::ALL
                .iter()
                .copied()
                .filter(|operation| !is_supported(*operation, report))
                .collect(),
            is_respelled: false,
            is_gateway_only: false,
            folds_case: report.is_some_and(folds_case),
            at_gateway: GatewayContract::of(report, accepted),
        }
    }

    /// The same storage, reached as its operator decided.
    #[must_use]
    pub fn reached_by(self, access: StoreAccess) -> Self {
        Self { is_gateway_only: access == StoreAccess::Gateway, ..self }
    }

    /// The same storage for requests that the server sends itself, byte by byte as they were judged.
    /// Nobody else holds their signatures, so that nobody can change them; their bodies are verified
    /// before the storage has all of them. What the storage runs as another operation stays refused.
    #[must_use]
    pub fn behind_gateway(&self) -> Self {
        Self {
            unsafe_for: Permissions::NONE,
            binds_body: true,
            unsupported: self.unsupported.clone(),
            is_respelled: true,
            is_gateway_only: false,
            folds_case: self.folds_case,
            at_gateway: self.at_gateway,
        }
    }
}

/// The probe's cases that send another body than the signed one: one for each operation whose body
/// determines the effect, and whose effect the probe can observe.
pub const BODY_CASES: [(&str, Operation); 5] = [
    ("B001", Operation::PutObject),
    ("B002", Operation::DeleteObjects),
    ("B003", Operation::PutObjectTagging),
    ("B004", Operation::CompleteMultipartUpload),
    ("B005", Operation::PutBucketCors),
];

/// The probe's case of a key in the other case.
pub const FOLDING_CASE: &str = "G009";

/// The probe's case that sends a body under the hash of the empty body.
const BODY_FOR_NOTHING: &str = "R012";

/// The kinds of requests that can be turned into requests that nobody judged, by the id of a probe
/// case.
pub fn opened_by(case: &str) -> Permissions {
    use Permission::{Delete, Read, Write};
    match case {
        "R001" | "R002" | "R003" | "R004" | "R014" | "H001" => [Write].into_iter().collect(),
        // A header that lifts a retention does so for PutObjectRetention as well.
        "R005" => [Write, Delete].into_iter().collect(),
        "R006" => [Delete].into_iter().collect(),
        "R007" | "R008" | "R009" | "R010" => [Read, Write, Delete].into_iter().collect(),
        _ => Permissions::NONE,
    }
}

/// Converts a report of an earlier release: recomputes which cases are fatal, and whether it is
/// safe.
#[must_use]
pub fn read_again(mut report: ProbeReport) -> ProbeReport {
    for case in &mut report.cases {
        if !opened_by(&case.id).is_empty() {
            case.severity = ProbeSeverity::Fatal;
        }
    }
    report.safe = StorageContract::of(Some(&report), false).unsafe_for.is_empty();
    report
}

/// What an earlier report shows against a storage that has not been probed since: attacks that
/// succeeded, and no proofs. `None` if the storage was not unsafe, for nobody and for the gateway, and told
/// upper case from lower case.
pub fn hazards_of(report: ProbeReport) -> Option<ProbeReport> {
    let mut report = read_again(report);
    report.cases.retain(acts);
    report.sub_resources.retain(|tried| tried.outcome == ProbeOutcome::Acted);
    let keeps_broken = report.cases.iter().any(|case| BROKEN_CASES.contains(&case.id.as_str()));
    (!report.safe || keeps_broken || folds_case(&report)).then_some(report)
}

/// The kinds of requests that a case opens. A case that this release does not know opens all kinds,
/// if its report calls it fatal.
fn opens(case: &ProbeCase) -> Permissions {
    match opened_by(&case.id) {
        none if none.is_empty() && case.severity == ProbeSeverity::Fatal => Permissions::ALL,
        known => known,
    }
}

fn acts(case: &ProbeCase) -> bool {
    case.outcome == ProbeOutcome::Acted
}

/// Whether the storage was seen to take a key for the same in the other case.
fn folds_case(report: &ProbeReport) -> bool {
    report.cases.iter().any(|case| case.id == FOLDING_CASE && acts(case))
}

/// Whether the storage binds bodies: it refused lists of keys under another hash, and took no other
/// body under a hash that does not match.
fn binds_body(report: &ProbeReport) -> bool {
    let outcome =
        |id: &str| report.cases.iter().find(|case| case.id == id).map(|case| case.outcome);
    let is_taken =
        |id: &str| matches!(outcome(id), Some(ProbeOutcome::Acted | ProbeOutcome::Accepted));
    let of_deletion = |(_, operation): &&(&str, Operation)| *operation == Operation::DeleteObjects;
    let proved = BODY_CASES
        .iter()
        .filter(of_deletion)
        .all(|(id, _)| outcome(id) == Some(ProbeOutcome::Refused));
    proved && !is_taken(BODY_FOR_NOTHING) && !BODY_CASES.iter().any(|(id, _)| is_taken(id))
}

fn is_supported(operation: Operation, report: Option<&ProbeReport>) -> bool {
    let Some(marker) = operation.row().marker else { return true };
    let found = report.and_then(|report| {
        report.sub_resources.iter().find(|tried| tried.operation == operation.name())
    });
    match found.map(|tried| tried.outcome) {
        Some(ProbeOutcome::Acted) => false,
        Some(ProbeOutcome::Refused | ProbeOutcome::Accepted) => true,
        Some(ProbeOutcome::Untestable) | None => is_usual(operation, marker),
    }
}

/// Whether a sub-resource is supported before a probe: it is only read, or all storages in use know
/// it. DELETE of an upload is among them: it undoes what POST with the same marker did.
fn is_usual(operation: Operation, marker: &str) -> bool {
    let row = operation.row();
    match (row.method, row.level) {
        (Method::Get | Method::Head, _) => true,
        (Method::Put, Level::Object) => matches!(marker, "uploadId" | "tagging"),
        (Method::Delete, Level::Object) => matches!(marker, "uploadId" | "tagging"),
        (Method::Post, _) => matches!(marker, "uploads" | "uploadId" | "delete"),
        (Method::Put, Level::Bucket) => {
            matches!(marker, "versioning" | "lifecycle" | "policy" | "cors" | "tagging")
        }
        (Method::Put | Method::Delete, _) => false,
    }
}

#[cfg(test)]
mod tests {

    use super::*;

    fn case(id: &str, outcome: ProbeOutcome) -> ProbeCase {
        ProbeCase {
            id: id.to_owned(),
            title: String::new(),
            severity: ProbeSeverity::Bounded,
            outcome,
            meaning: String::new(),
            advice: None,
        }
    }

    fn report(cases: Vec<ProbeCase>) -> ProbeReport {
        let probed_at = chrono::DateTime::UNIX_EPOCH;
        ProbeReport { probed_at, safe: true, server: None, cases, sub_resources: Vec::new() }
    }

    fn refused(ids: &[&str]) -> Vec<ProbeCase> {
        ids.iter().map(|id| case(id, ProbeOutcome::Refused)).collect()
    }

    #[test]
    fn what_acts_says_what_is_not_signed_whatever_the_report_calls_itself() {
        use Permission::{Delete, Read, Write};
        for (id, kinds) in [
            ("R001", &[Write][..]),
            ("R006", &[Delete]),
            ("R007", &[Read, Write, Delete]),
            ("R010", &[Read, Write, Delete]),
            ("R012", &[]),
            ("R015", &[]),
        ] {
            let acted = report(vec![case(id, ProbeOutcome::Acted)]);
            let kinds = kinds.iter().copied().collect();
            assert_eq!(StorageContract::of(Some(&acted), false).unsafe_for, kinds, "{id}");
            assert!(StorageContract::of(Some(&acted), true).unsafe_for.is_empty(), "{id}");
            let harmless = report(vec![case(id, ProbeOutcome::Accepted)]);
            assert!(StorageContract::of(Some(&harmless), false).unsafe_for.is_empty(), "{id}");
        }
    }

    #[test]
    fn a_storage_folds_case_where_it_was_seen_to_whatever_else_is_accepted() {
        for outcome in [ProbeOutcome::Acted, ProbeOutcome::Accepted, ProbeOutcome::Untestable] {
            let seen = report(vec![case(FOLDING_CASE, outcome)]);
            for accepted in [false, true] {
                let contract = StorageContract::of(Some(&seen), accepted);
                assert_eq!(contract.folds_case, outcome == ProbeOutcome::Acted, "{outcome:?}");
                assert_eq!(contract.behind_gateway().folds_case, contract.folds_case);
            }
        }
        assert!(!StorageContract::unproved().folds_case);
    }

    #[test]
    fn a_fatal_case_of_a_later_release_opens_everything() {
        let unknown =
            ProbeCase { severity: ProbeSeverity::Fatal, ..case("Z900", ProbeOutcome::Acted) };
        let contract = StorageContract::of(Some(&report(vec![unknown])), false);
        assert_eq!(contract.unsafe_for, Permissions::ALL);
    }

    #[test]
    fn an_earlier_report_is_not_safe_beside_a_case_that_acts() {
        let earlier =
            report(vec![case("R001", ProbeOutcome::Refused), case("R007", ProbeOutcome::Acted)]);
        let again = read_again(earlier);
        assert!(!again.safe);
        assert_eq!(again.cases[1].severity, ProbeSeverity::Fatal);
        assert!(read_again(report(refused(&["R001"]))).safe);
    }

    #[test]
    fn of_an_unsafe_storage_the_hazards_outlive_the_proofs() {
        let mut cases = refused(&["B002", "R001"]);
        cases.push(case("R007", ProbeOutcome::Acted));
        let hazards = hazards_of(report(cases)).unwrap();
        let contract = StorageContract::of(Some(&hazards), false);
        assert!(contract.unsafe_for.contains(Permission::Read) && !contract.binds_body);
        assert_eq!(hazards_of(report(refused(&["B002", "R007"]))), None);
        let broken = hazards_of(report(vec![case("G001", ProbeOutcome::Acted)])).unwrap();
        assert!(broken.safe && GatewayContract::of(Some(&broken), false).keeps_broken_uploads);
        let folding = hazards_of(report(vec![case("G009", ProbeOutcome::Acted)])).unwrap();
        assert!(folding.safe && StorageContract::of(Some(&folding), false).folds_case);
    }

    #[test]
    fn a_body_is_bound_only_where_it_was_proved() {
        let all = ["B001", "B002", "B003", "B004", "B005", "R012"];
        let binds = |cases| StorageContract::of(Some(&report(cases)), false).binds_body;
        assert!(!StorageContract::unproved().binds_body);
        assert!(!binds(Vec::new()));
        assert!(binds(refused(&all)));
        assert!(binds(refused(&["B002"])), "the others could not be tried");
        for outcome in [ProbeOutcome::Acted, ProbeOutcome::Accepted, ProbeOutcome::Untestable] {
            let mut cases = refused(&all);
            cases[1].outcome = outcome;
            assert!(!binds(cases), "B002: {outcome:?}");
        }
        for position in [0, 2, 3, 4, 5] {
            let mut cases = refused(&all);
            cases[position].outcome = ProbeOutcome::Acted;
            assert!(!binds(cases), "{}", all[position]);
        }
    }

    #[test]
    fn until_probed_only_the_usual_sub_resources_are_supported() {
        let unproved = StorageContract::unproved();
        let supported: Vec<_> = Operation::ALL
            .iter()
            .filter(|operation| {
                let row = operation.row();
                row.marker.is_some() && !matches!(row.method, Method::Get | Method::Head)
            })
            .filter(|operation| !unproved.unsupported.contains(operation))
            .map(|operation| operation.name())
            .collect();
        assert_eq!(
            supported,
            [
                "AbortMultipartUpload",
                "CompleteMultipartUpload",
                "CreateMultipartUpload",
                "DeleteObjectTagging",
                "DeleteObjects",
                "PutBucketCors",
                "PutBucketLifecycle",
                "PutBucketLifecycleConfiguration",
                "PutBucketPolicy",
                "PutBucketTagging",
                "PutBucketVersioning",
                "PutObjectTagging",
                "UploadPart",
                "UploadPartCopy",
            ]
        );
    }

    #[test]
    fn a_report_adds_sub_resources_and_takes_them_away() {
        let tried = |operation: &str, outcome| SubResource {
            operation: operation.to_owned(),
            runs_as: "DeleteBucket".to_owned(),
            outcome,
        };
        let mut report = report(Vec::new());
        report.sub_resources = vec![
            tried("DeleteBucketCors", ProbeOutcome::Refused),
            tried("DeleteBucketMetricsConfiguration", ProbeOutcome::Acted),
            tried("DeleteObjectTagging", ProbeOutcome::Acted),
            tried("GetBucketLocation", ProbeOutcome::Acted),
            tried("DeleteBucketWebsite", ProbeOutcome::Untestable),
            tried("PutObjectTagging", ProbeOutcome::Untestable),
        ];
        let contract = StorageContract::of(Some(&report), true);
        let unsupported = |operation| contract.unsupported.contains(&operation);
        assert!(!unsupported(Operation::DeleteBucketCors));
        assert!(unsupported(Operation::DeleteBucketMetricsConfiguration));
        assert!(unsupported(Operation::DeleteObjectTagging));
        assert!(unsupported(Operation::GetBucketLocation));
        assert!(unsupported(Operation::DeleteBucketWebsite));
        assert!(!unsupported(Operation::PutObjectTagging));
        assert!(!unsupported(Operation::DeleteBucket), "it has no marker");
    }
}
