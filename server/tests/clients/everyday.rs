//! Judges the recorded requests of real clients.

use sail_cargo_server::domain::Caller;

use crate::judge::{Refused, Signed, judge, root, user};
use crate::recording::{RECORDINGS, Recorded, Recording};

/// Refusals of malformed requests, independent of the caller.
const MALFORMED: [&str; 4] =
    ["body_must_be_hashed", "bucket", "copy_source_syntax", "payload_hash"];

fn everything() -> impl Iterator<Item = Recorded> {
    RECORDINGS.iter().flat_map(Recording::requests)
}

/// Fails with every request on which `is_right` rejects the verdict. It gets the expected code and
/// the actual one; None stands for a signature.
fn hold(caller: &Caller, is_right: impl Fn(Option<&str>, Option<&str>) -> bool) {
    let mut wrong = Vec::new();
    for request in everything() {
        let verdict = judge(caller, &request);
        let code = verdict.as_ref().err().map(|refused| refused.code);
        if !is_right(request.expect.as_deref(), code) {
            wrong.push(describe(&request, &verdict));
        }
    }
    assert!(wrong.is_empty(), "{} judged otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

fn describe(request: &Recorded, verdict: &Result<Signed, Refused>) -> String {
    let verdict = match verdict {
        Ok(signed) => format!("signed as {}", signed.operation),
        Err(refused) => format!("refused as {}: {}", refused.code, refused.sentence),
    };
    let Recorded { id, version, method, url, note, expect, .. } = request;
    let expect = expect.as_deref().unwrap_or("to be signed");
    format!("{id} ({version}) {note}\n    {method} {url}\n    {verdict}; expected: {expect}")
}

#[test]
fn a_user_with_every_permission_is_refused_only_what_the_rules_demand() {
    hold(&user(), |expected, code| code == expected);
}

#[test]
fn root_is_refused_only_what_is_malformed_or_takes_an_opt_in() {
    hold(&root(), |expected, code| match (expected, code) {
        (Some(expected), code) if MALFORMED.contains(&expected) => code == Some(expected),
        (_, None) | (Some(_), Some("root_optin" | "header_optin")) => true,
        _ => false,
    });
}

/// A client that keeps its own URL and takes only the signed headers must be accepted by S3.
#[test]
fn the_url_that_is_signed_is_the_url_that_was_sent() {
    for request in everything() {
        if let Ok(signed) = judge(&root(), &request) {
            assert_eq!(signed.url, request.url, "{} {}", request.id, request.note);
        }
    }
}

#[test]
fn no_recording_is_empty() {
    for recording in &RECORDINGS {
        let requests = recording.requests();
        let lines = requests.len();
        assert!(lines >= recording.at_least, "{}: only {lines} requests", recording.client);
        for request in requests {
            assert_eq!(request.client, recording.client, "{}", request.id);
        }
    }
}
