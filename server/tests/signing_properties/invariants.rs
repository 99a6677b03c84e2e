//! Invariants of every request.

use sail_cargo_server::domain::decide;
use sail_cargo_server::domain::s3::{Operation, S3Request, Target};

use crate::caller_request::CallerRequest;
use crate::delete_body;
use crate::independent::{self, Interpretation};
use crate::policy_fixture::{PolicyFixture, now};
use crate::reviewed;
use crate::stays_in_bucket;

/// The result of judging a request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// The request does not parse.
    Refused,
    /// The request parses, but no caller may have it signed.
    Denied,
    /// Ada may have it signed.
    Approved(Box<S3Request>),
    /// Only the application may have it signed.
    ForRoot(Box<S3Request>),
}

/// Judges `sent`. Panics if the judgement differs from what would be signed.
pub(crate) fn check(fixture: &PolicyFixture, sent: &CallerRequest) -> Verdict {
    let request = match S3Request::parse(sent.raw(), &fixture.endpoints) {
        Ok(request) => request,
        Err(refusal) => {
            assert!(!refusal.code().is_empty() && !refusal.to_string().is_empty());
            return Verdict::Refused;
        }
    };
    printing_and_parsing_change_nothing(fixture, sent, &request);
    nothing_is_left_to_decode_differently(&request);
    let interpretation =
        independent::read(request.method().as_str(), request.url(), request.headers())
            .unwrap_or_else(|| panic!("signed, and nobody can read it: {request:?}"));
    the_reading_is_what_was_judged(&request, &interpretation);
    stays_in_bucket::stays_in_place(&request, &interpretation);
    stays_in_bucket::query_leads_nowhere(&request);
    let deleted = deleted_keys(sent, &request);
    let judged = |caller| decide(caller, &request, &fixture.authority, now()).is_ok();
    let (for_ada, for_root) = (judged(&fixture.ada), judged(&fixture.root));
    if for_ada {
        let allowed = reviewed::allows_user(&interpretation, deleted.as_deref());
        assert!(allowed, "approved beyond Ada's grants: {interpretation:?}");
        stays_in_bucket::stays_within_grants(&interpretation, deleted.as_deref());
        return Verdict::Approved(Box::new(request));
    }
    if for_root {
        let body = sent.body.as_deref();
        assert!(!restores_elsewhere(&request, body), "{:?}", body.map(escaped));
        assert!(
            reviewed::allows_root(&interpretation),
            "approved beyond the project: {interpretation:?}"
        );
        return Verdict::ForRoot(Box::new(request));
    }
    Verdict::Denied
}

fn printing_and_parsing_change_nothing(
    fixture: &PolicyFixture,
    sent: &CallerRequest,
    request: &S3Request,
) {
    let again = CallerRequest::signed(request, sent.body.clone());
    let reparsed = S3Request::parse(again.raw(), &fixture.endpoints);
    assert_eq!(reparsed.as_ref(), Ok(request), "the signed form of {sent:?}");
}

/// Apart from delimiters, a signed URL holds only unreserved characters and upper-case escapes.
fn nothing_is_left_to_decode_differently(request: &S3Request) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?&=%".contains(&byte);
    assert!(request.url().bytes().all(plain), "{}", request.url());
    let mut escapes = request.url().split('%').skip(1);
    let upper = |escape: &str| {
        let digit = |byte: u8| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte);
        escape.len() >= 2 && escape.bytes().take(2).all(digit)
    };
    assert!(escapes.all(upper), "{}", request.url());
    // A signed value may be sent as several lines, split at its commas.
    for name in ["x-amz-copy-source", "x-amz-rename-source"] {
        assert!(!request.header(name).is_some_and(|value| value.contains(',')), "{request:?}");
    }
}

fn the_reading_is_what_was_judged(request: &S3Request, interpretation: &Interpretation) {
    let (bucket, key) = match request.target() {
        Target::Account => (None, None),
        Target::Bucket(bucket) => (Some(bucket.to_string()), None),
        Target::Object(bucket, key) => (Some(bucket.to_string()), Some(key.to_string())),
    };
    assert_eq!((&interpretation.bucket, &interpretation.key), (&bucket, &key), "{}", request.url());
    let name = request.operation().name();
    assert!(
        interpretation.operations.contains(&name),
        "{name} is read as {:?}",
        interpretation.operations
    );
    let source = request.source().map(|from| (from.bucket.to_string(), from.key.to_string()));
    assert_eq!(interpretation.source, source, "{:?}", request.headers());
    if let Some(prefix) = request.listing_prefix() {
        assert_eq!(
            interpretation.prefix.as_deref().unwrap_or_default(),
            prefix,
            "{}",
            request.url()
        );
    }
}

/// The keys of a DeleteObjects body. They must equal those of a simple reader.
fn deleted_keys(sent: &CallerRequest, request: &S3Request) -> Option<Vec<String>> {
    let judged: Vec<String> = request.deleted_keys()?.iter().map(ToString::to_string).collect();
    let read = sent.body.as_deref().and_then(delete_body::read);
    assert_eq!(read.as_ref(), Some(&judged), "{:?}", sent.body.as_deref().map(escaped));
    read
}

/// Whether a restore may write to another bucket, judged by searching for the words. No root here
/// has opted into that.
fn restores_elsewhere(request: &S3Request, body: Option<&[u8]>) -> bool {
    let says = |body: &[u8]| {
        let text = String::from_utf8_lossy(body);
        ["<OutputLocation", "<SelectParameters", "<Type"].iter().any(|word| text.contains(word))
    };
    request.operation() == Operation::RestoreObject && body.is_none_or(says)
}

fn escaped(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}
