//! The signer agrees with the independent signer, and a signature determines what a storage does.

use std::collections::BTreeMap;

use sail_cargo_server::domain::s3::{Presignable, S3Request};
use sail_cargo_server::domain::sigv4::{self, StoreCredentials};
use sail_cargo_server::domain::{Approved, Secret, decide};

use crate::byte_source::{ByteSource, Noise};
use crate::generate;
use crate::independent::{self, decode};
use crate::invariants::{Verdict, check};
use crate::mutate::every_byte;
use crate::policy_fixture::{PolicyFixture, now};
use crate::signer::{CredentialScope, Message};

const ID: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TIME: &str = "20270115T080000Z";
const SCOPE: CredentialScope<'_> =
    CredentialScope { secret: SECRET, time: TIME, region: "eu-north-1", service: "s3" };

fn credentials() -> StoreCredentials {
    StoreCredentials::new(ID.to_owned(), Secret::new(SECRET.to_owned()), SCOPE.region.to_owned())
}

/// Approved requests, `count` of them, alternately plain and odd.
fn approved(fixture: &PolicyFixture, count: usize) -> Vec<S3Request> {
    let mut noise = Noise::new(7);
    let mut makers = [generate::plain, generate::odd].into_iter().cycle();
    let verdicts = std::iter::repeat_with(|| {
        let bytes = noise.bytes(256);
        let sent = makers.next().unwrap()(&mut ByteSource::new(&bytes));
        check(fixture, &sent)
    });
    let requests = verdicts.filter_map(|verdict| match verdict {
        Verdict::Approved(request) | Verdict::ForRoot(request) => Some(*request),
        Verdict::Refused | Verdict::Denied => None,
    });
    requests.take(count).collect()
}

fn proof<'a>(fixture: &PolicyFixture, request: &'a S3Request) -> Approved<'a> {
    let asked = [&fixture.ada, &fixture.root];
    let yes = |caller| decide(caller, request, &fixture.authority, now()).ok();
    asked.into_iter().find_map(yes).unwrap()
}

/// The message that a storage reads from the wire.
fn message<'a>(
    method: &'a str,
    url: &str,
    path: &'a mut String,
    headers: impl IntoIterator<Item = (String, String)>,
    payload: &'a str,
) -> Option<Message<'a>> {
    let (place, query) = url.split_once('?').unwrap_or((url, ""));
    let (host, raw_path) = place.split_once("://")?.1.split_once('/').unwrap_or((place, ""));
    *path = format!("/{}", decode(raw_path)?);
    let pairs = query.split('&').filter(|part| !part.is_empty()).map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        Some((decode(name)?, decode(value)?))
    });
    let query = pairs.collect::<Option<_>>()?;
    let host = ("host".to_owned(), host.to_owned());
    let headers = headers.into_iter().chain([host]).collect();
    Some(Message { method, path, query, headers, payload })
}

#[test]
fn the_header_form_is_what_the_other_signer_makes() {
    let fixture = PolicyFixture::new();
    for request in approved(&fixture, 5_000) {
        let proof = proof(&fixture, &request);
        let (ours, payload) = (sigv4::sign(&proof, &credentials(), now()), proof.payload());
        let made = [("x-amz-date", TIME), ("x-amz-content-sha256", payload)];
        let made = made.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let (mut path, headers) =
            (String::new(), request.headers().iter().cloned().chain(made.clone()));
        let message =
            message(request.method().as_str(), request.url(), &mut path, headers, payload).unwrap();
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={ID}/{}, SignedHeaders={}, Signature={}",
            SCOPE.text(),
            message.signed_headers(),
            SCOPE.sign(&message)
        );
        let expected: BTreeMap<_, _> =
            made.into_iter().chain([("authorization".to_owned(), authorization)]).collect();
        assert_eq!(ours.headers, expected, "{request:?}");
    }
}

#[test]
fn the_query_form_is_what_the_other_signer_makes() {
    let fixture = PolicyFixture::new();
    let mut compared = 0;
    for request in approved(&fixture, 5_000) {
        let limit = fixture.authority.project.max_presign;
        let Ok(presignable) = Presignable::check(&request, 60, limit) else { continue };
        let proof = proof(&fixture, &request);
        let lifetime = presignable.lifetime(None, now()).unwrap();
        let ours = sigv4::presign(&proof, lifetime, &credentials(), now());
        let (unsigned, signature) = ours.url.split_once("&X-Amz-Signature=").unwrap();
        let (mut path, payload) = (String::new(), request.payload().as_str());
        let method = request.method().as_str();
        let message = message(method, unsigned, &mut path, ours.headers, payload).unwrap();
        assert_eq!(signature, SCOPE.sign(&message), "{request:?}");
        let signed_headers = message.signed_headers();
        let states = |name: &str, value: &str| {
            message.query.iter().any(|(have, is)| have == name && is == value)
        };
        assert!(states("X-Amz-SignedHeaders", &signed_headers), "{request:?}");
        assert!(states("X-Amz-Expires", "60") && states("X-Amz-Date", TIME), "{request:?}");
        compared += 1;
    }
    assert!(compared > 1_000, "only {compared} requests could be presigned");
}

/// A change of a signed URL that leaves the signature valid does not change its effect.
#[test]
fn a_byte_of_a_signed_url_cannot_change_what_it_does() {
    let fixture = PolicyFixture::new();
    let mut still_valid = 0;
    for request in approved(&fixture, 60) {
        let (method, headers) = (request.method().as_str(), request.headers());
        let payload = request.payload().as_str();
        let canonical = |url: &str| {
            let mut path = String::new();
            let message = message(method, url, &mut path, headers.iter().cloned(), payload)?;
            Some(message.canonical_request())
        };
        let signed = canonical(request.url());
        let interpretation = independent::read(method, request.url(), headers);
        for url in every_byte(request.url()) {
            if url != request.url() && canonical(&url) == signed {
                still_valid += 1;
                if let Some(changed) = independent::read(method, &url, headers) {
                    assert_eq!(Some(&changed), interpretation.as_ref(), "{url}");
                }
            }
        }
    }
    assert!(still_valid > 0, "no change went unnoticed, so nothing was compared");
}
