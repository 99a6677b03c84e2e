//! The verdicts.

use sail_cargo_server::domain::Caller;

use crate::judge::{judge, root, user};
use crate::recording::{RECORDINGS, Recorded};

/// Fails with every request of every client that was not judged as `expected` says.
fn hold(caller: &Caller, is_right: impl Fn(&Recorded, Option<&str>) -> bool) {
    let mut wrong = Vec::new();
    for request in RECORDINGS.iter().flat_map(|recording| recording.requests()) {
        let verdict = judge(caller, &request);
        let code = verdict.as_ref().err().map(|(code, _)| *code);
        if !is_right(&request, code) {
            wrong.push(describe(&request, &verdict));
        }
    }
    assert!(wrong.is_empty(), "{} judged otherwise:\n{}", wrong.len(), wrong.join("\n"));
}

fn describe(request: &Recorded, verdict: &Result<&str, (&str, String)>) -> String {
    let verdict = match verdict {
        Ok(operation) => format!("signed as {operation}"),
        Err((code, sentence)) => format!("refused as {code}: {sentence}"),
    };
    let Recorded { id, version, method, url, note, expect, .. } = request;
    let expect = expect.as_deref().unwrap_or("signed");
    format!("{id} ({version}) {note}\n    {method} {url}\n    {verdict}; expected: {expect}")
}

#[test]
fn a_user_with_every_permission_is_refused_only_what_the_rules_demand() {
    hold(&user(), |request, code| code == request.expect.as_deref());
}

/// Refusals of the request as such, whoever asks.
const MALFORMED: [&str; 4] = ["body_must_be_hashed", "bucket", "copy_source_syntax", "payload_hash"];

#[test]
fn root_is_refused_only_what_is_malformed_or_takes_an_opt_in() {
    hold(&root(), |request, code| match (request.expect.as_deref(), code) {
        (Some(expected), code) if MALFORMED.contains(&expected) => code == Some(expected),
        (_, None) | (Some(_), Some("root_optin" | "header_optin")) => true,
        _ => false,
    });
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

#[test]
fn the_url_that_is_signed_is_the_url_that_was_sent() {
    let mut n = 0; let mut t = 0;
    for request in RECORDINGS.iter().flat_map(|recording| recording.requests()) {
        if let Ok((_, url)) = crate::judge::judge2(&root(), &request) {
            t += 1;
            if url != request.url { n += 1; println!("{} {}\n   {}", request.id, request.url, url); }
        }
    }
    panic!("{n} of {t}");
}
