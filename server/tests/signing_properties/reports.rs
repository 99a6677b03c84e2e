//! No request is signed if the storage's probe report shows that it could be changed into more than
//! was judged.
//!
//! Reports, requests and grants are random. A separate table says what each case of a report allows
//! an attacker; it uses the case's description and the bytes of the request, and not the product's
//! table.

use sail_cargo_protocol::ProbeOutcome::{self, Accepted, Acted, Refused, Untestable};
use sail_cargo_protocol::{ProbeCase, ProbeReport, ProbeSeverity, SubResource};
use sail_cargo_server::domain::s3::{Operation, S3Request};
use sail_cargo_server::domain::{
    Authority, BucketName, Caller, Grant, Permission, Prefix, StorageContract, Subject, decide,
};

use crate::byte_source::{ByteSource, Noise};
use crate::generate;
use crate::policy_fixture::{BUCKETS, PolicyFixture, ada, authority, now};

const ROUNDS: usize = 20_000;
const CASES: [&str; 21] = [
    "R001", "R002", "R003", "R004", "R005", "R006", "R007", "R008", "R009", "R010", "R011", "R012",
    "R013", "R014", "R015", "B001", "B002", "B003", "B004", "B005", "H001",
];

#[test]
fn nothing_is_signed_that_a_report_shows_to_be_wider() {
    let fixture = PolicyFixture::new();
    let mut noise = Noise::new(11);
    let (mut signed, mut withheld) = (0, 0);
    for round in 0..ROUNDS {
        let bytes = noise.bytes(512);
        let choices = &mut ByteSource::new(&bytes);
        let (report, grants) = (report(choices), grants(choices));
        let sent = match round % 4 {
            0 => deletion(choices),
            1 => generate::odd(choices),
            _ => generate::plain(choices),
        };
        let Ok(request) = S3Request::parse(sent.raw(), &fixture.endpoints) else { continue };
        let mut authority = authority(grants);
        for caller in [&fixture.ada, &fixture.root] {
            authority.project.storage = StorageContract::strict().into();
            if decide(caller, &request, &authority, now()).is_err() {
                continue;
            }
            authority.project.storage = StorageContract::of(Some(&report), false).into();
            match decide(caller, &request, &authority, now()) {
                Ok(_) => {
                    signed += 1;
                    let wider = wider(caller, &request, &authority, &report);
                    assert_eq!(wider, None, "{} {}", request.method().as_str(), request.url());
                }
                Err(_) => withheld += 1,
            }
        }
    }
    assert!(signed > ROUNDS / 20, "only {signed} were signed");
    assert!(withheld > ROUNDS / 20, "only {withheld} were withheld");
}

/// The cases of the report by which this request could be changed into more; empty if there are
/// none.
fn wider(
    caller: &Caller,
    request: &S3Request,
    authority: &Authority,
    report: &ProbeReport,
) -> Option<String> {
    let acting = report.cases.iter().filter(|case| case.outcome == Acted);
    let opened = acting.map(|case| case.id.as_str()).find(|id| opens(id, request));
    let name = request.operation().name();
    let plain = report
        .sub_resources
        .iter()
        .find(|tried| tried.operation == name && tried.outcome == Acted)
        .map(|tried| tried.operation.as_str());
    let loose = (loose(report) && !may_delete_all(caller, authority, request)).then_some("a list");
    opened.or(plain).or(loose.filter(|_| is_list(request))).map(str::to_owned)
}

/// Whether a case applies to the request, by its description in the corpus: who signs what, and
/// what the storage makes of it.
fn opens(case: &str, request: &S3Request) -> bool {
    let (method, url) = (request.method().as_str(), request.url());
    let selects = url.contains("?select&") || url.contains("&select&");
    let writes = method == "PUT" || (method == "POST" && !is_list(request) && !selects);
    let deletes = method == "DELETE" || is_list(request);
    match case {
        // An added S3 header that changes what is written.
        "R001" | "R002" | "R003" | "R004" | "R014" | "H001" => writes,
        // A header that lifts a retention, or deletes a prefix.
        "R005" => deletes || (method == "PUT" && url.contains("?retention")),
        "R006" => deletes,
        // Another path or host than the signed one.
        "R007" | "R008" | "R009" | "R010" => true,
        _ => false,
    }
}

fn is_list(request: &S3Request) -> bool {
    request.method().as_str() == "POST" && request.url().contains("?delete")
}

/// Whether the storage accepted a body under the hash of another, or this is unknown.
fn loose(report: &ProbeReport) -> bool {
    let outcome =
        |id: &str| report.cases.iter().find(|case| case.id == id).map(|case| case.outcome);
    outcome("B002") != Some(Refused)
}

fn may_delete_all(caller: &Caller, authority: &Authority, request: &S3Request) -> bool {
    let Caller::User(_) = caller else { return true };
    let Some(bucket) = request.target().bucket() else { return false };
    authority.grants.iter().any(|grant| {
        grant.bucket == *bucket
            && grant.prefix.as_str().is_empty()
            && grant.permissions.contains(Permission::Delete)
    })
}

fn report(choices: &mut ByteSource<'_>) -> ProbeReport {
    let cases = CASES.map(|id| ProbeCase {
        id: id.to_owned(),
        title: String::new(),
        // The report's own severity must not matter.
        severity: ProbeSeverity::ByDesign,
        outcome: outcome(choices),
        meaning: String::new(),
        advice: None,
    });
    let sub_resources = Operation::ALL.iter().filter(|operation| operation.row().marker.is_some());
    ProbeReport {
        probed_at: now(),
        safe: true,
        server: None,
        cases: cases.into(),
        sub_resources: sub_resources
            .map(|operation| SubResource {
                operation: operation.name().to_owned(),
                runs_as: String::new(),
                outcome: outcome(choices),
            })
            .collect(),
    }
}

/// Mostly refused: if every case acted, nothing would be signed.
fn outcome(choices: &mut ByteSource<'_>) -> ProbeOutcome {
    match choices.below(24) {
        0 => Acted,
        1 => Accepted,
        2 => Untestable,
        _ => Refused,
    }
}

fn grants(choices: &mut ByteSource<'_>) -> Vec<Grant> {
    let all = [Permission::Read, Permission::Write, Permission::Delete];
    let grant = |bucket: &str, choices: &mut ByteSource<'_>| Grant {
        bucket: BucketName::parse(bucket).unwrap(),
        prefix: Prefix::parse(choices.pick(&["", "", "team/a/", "m/"])).unwrap().into(),
        subject: Subject::User(ada().id),
        permissions: all.into_iter().filter(|_| !choices.once_in(4)).collect(),
        not_before: None,
        expires_at: None,
    };
    BUCKETS.map(|bucket| grant(bucket, choices)).into()
}

/// A DeleteObjects request below one of the prefixes, with its body.
fn deletion(choices: &mut ByteSource<'_>) -> crate::caller_request::CallerRequest {
    let (bucket, key) = (choices.pick(&BUCKETS), choices.pick(&["m/x", "team/a/x", "x"]));
    let body = format!("<Delete><Object><Key>{key}</Key></Object></Delete>");
    crate::caller_request::CallerRequest {
        method: "POST".to_owned(),
        url: format!("http://s3.local:9000/{bucket}?delete"),
        headers: Vec::new(),
        payload: None,
        body: Some(body.into_bytes()),
    }
}
