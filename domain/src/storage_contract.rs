//! How far a signature reaches on a storage: what a probe proved of it, and what nobody knows.
//!
//! A signature is only as good as the storage that checks it. What a storage is not proved to
//! check is judged as if it did not.

use std::collections::BTreeSet;

pub use sail_cargo_protocol::{ProbeCase, ProbeOutcome, ProbeReport, ProbeSeverity, SubResource};

use super::permissions::{Permission, Permissions};
use super::s3::{Level, Method, Operation};

/// What the storage of a project does with what is signed for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StorageContract {
    /// Requests of these kinds can be changed into others after they are signed, and nobody
    /// accepted that: none is signed.
    pub unsafe_for: Permissions,
    /// A body that differs from its signed SHA-256 is refused. Only ever true when it was proved.
    pub binds_body: bool,
    /// Operations on sub-resources that the storage runs as the plain request, or may.
    pub unsupported: BTreeSet<Operation>,
    /// What is judged is written anew for the storage before it is sent, and looked at in that
    /// spelling ([`Approved::respelled`](super::Approved::respelled)). Never true of what is signed
    /// for others.
    pub is_respelled: bool,
}

impl StorageContract {
    /// A storage that nobody has probed.
    pub fn unproved() -> Self {
        Self::of(None, false)
    }

    /// A storage that keeps every promise of S3.
    pub fn strict() -> Self {
        Self {
            unsafe_for: Permissions::NONE,
            binds_body: true,
            unsupported: BTreeSet::new(),
            is_respelled: false,
        }
    }

    /// What `report` shows of a storage. `accepted`: its operator has unsafe requests signed.
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
        }
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
        }
    }
}

/// The probe's cases of a body that is not the signed one, one for each operation whose body says
/// what is done and whose effect can be seen.
pub const BODY_CASES: [(&str, Operation); 5] = [
    ("B001", Operation::PutObject),
    ("B002", Operation::DeleteObjects),
    ("B003", Operation::PutObjectTagging),
    ("B004", Operation::CompleteMultipartUpload),
    ("B005", Operation::PutBucketCors),
];

/// The probe's case of a body under the hash of nothing.
const BODY_FOR_NOTHING: &str = "R012";

/// Which kinds of requests a case of the probe turns into requests that nobody judged, by its id.
pub fn opened_by(case: &str) -> Permissions {
    use Permission::{Delete, Read, Write};
    match case {
        "R001" | "R002" | "R003" | "R004" | "R014" | "H001" => [Write].into_iter().collect(),
        // What lifts a retention, lifts it for PutObjectRetention as well.
        "R005" => [Write, Delete].into_iter().collect(),
        "R006" => [Delete].into_iter().collect(),
        "R007" | "R008" | "R009" | "R010" => [Read, Write, Delete].into_iter().collect(),
        _ => Permissions::NONE,
    }
}

/// The report of an earlier release as this one reads it: what is fatal, and whether it is safe.
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

/// What an earlier report shows against a storage that is not probed again: what acted, and nothing
/// that was proved. `None` where the storage was not unsafe.
pub fn hazards_of(report: ProbeReport) -> Option<ProbeReport> {
    let mut report = read_again(report);
    report.cases.retain(acts);
    report.sub_resources.retain(|tried| tried.outcome == ProbeOutcome::Acted);
    (!report.safe).then_some(report)
}

/// A case that this release does not know opens everything, if the one that wrote it called it
/// fatal.
fn opens(case: &ProbeCase) -> Permissions {
    match opened_by(&case.id) {
        none if none.is_empty() && case.severity == ProbeSeverity::Fatal => Permissions::ALL,
        known => known,
    }
}

fn acts(case: &ProbeCase) -> bool {
    case.outcome == ProbeOutcome::Acted
}

/// Lists of keys are refused under another's hash, and no other body was taken so.
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

/// What is signed before anybody has looked: sub-resources that are read, and those that every
/// storage in use is known to know. DELETE of an upload is among them: it takes back what POST of
/// the same marker made.
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
