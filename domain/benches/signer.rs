//! What a signature costs, beside what `aws-sigv4` takes for the same; and what it costs to verify one.
//!
//! `cargo bench -p sail-cargo-domain --bench signer`
#![allow(missing_docs, clippy::match_bool, clippy::print_stdout, clippy::unwrap_used)]

#[path = "../tests/signer/oracle.rs"]
#[allow(dead_code)]
mod oracle;
#[path = "../tests/signer/test_project.rs"]
#[allow(dead_code)]
mod test_project;

use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use sail_cargo_domain::s3::{EMPTY_SHA256, Presignable};
use sail_cargo_domain::sigv4::inbound::{Head, Proof, read};
use sail_cargo_domain::sigv4::{self, DayKeys, Signature, StoreCredentials};
use sail_cargo_domain::{S3Request, Secret};

use oracle::Keys;
use test_project::{CallerRequest, TestProject, now};

const BATCHES: usize = 500;
const PER_BATCH: u32 = 200;

/// The headers of an upload by an SDK.
const UPLOAD: &[(&str, &str)] = &[
    ("x-amz-user-agent", "aws-sdk-rust/1.3.9 ua/2.1 api/s3/1.157.0 os/linux lang/rust/1.95.0"),
    ("content-type", "text/csv"),
    ("content-length", "1048576"),
    ("content-encoding", "aws-chunked"),
    ("x-amz-decoded-content-length", "1048531"),
    ("x-amz-trailer", "x-amz-checksum-crc32"),
    ("x-amz-sdk-checksum-algorithm", "CRC32"),
    ("x-amz-meta-origin", "instrument 7, run 42"),
];

/// The fastest batch, per call: the one that other processes disturbed least.
fn time(work: impl Fn()) -> Duration {
    let batch = || {
        let started = Instant::now();
        (0..PER_BATCH).for_each(|_| work());
        started.elapsed() / PER_BATCH
    };
    batch();
    (0..BATCHES).map(|_| batch()).min().unwrap_or_default()
}

fn report(what: &str, ours: Duration, theirs: Duration) {
    let ratio = theirs.as_secs_f64() / ours.as_secs_f64();
    let (ours, theirs) = (ours.as_nanos(), theirs.as_nanos());
    println!("{what:<34} ours {ours:>6} ns   aws-sigv4 {theirs:>6} ns   {ratio:.1} times faster");
}

/// Reads a request that comes in with `signature`, and verifies it by the key of the day.
fn verify(request: &S3Request, signature: &Signature, day: &DayKeys) -> bool {
    let (host, target) = split(request.url());
    let made = signature.headers.iter().map(|(name, value)| (&**name, value.as_bytes()));
    let sent = request.headers().iter().map(|(name, value)| (&**name, value.as_bytes()));
    let headers = sent.chain(made).chain([("host", host.as_bytes())]).collect();
    let head = Head { method: request.method().as_str(), target, headers };
    let Ok(Proof::SigV4(claim)) = read(&head) else { return false };
    let key = day.key(claim.scope(), now());
    key.is_some_and(|key| claim.verify(&head, &key).is_ok())
}

fn split(url: &str) -> (&str, &str) {
    let place = url.split_once("://").map_or(url, |(_, place)| place);
    place.split_at(place.find('/').unwrap_or(place.len()))
}

fn main() {
    let project = TestProject::new();
    let keys = Keys {
        id: "AKIDEXAMPLE".to_owned(),
        secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned(),
        region: "eu-north-1".to_owned(),
    };
    let fresh = || {
        let secret = Secret::new(keys.secret.clone());
        StoreCredentials::new(keys.id.clone(), secret, keys.region.clone())
    };
    let day = DayKeys::new(Secret::new(keys.secret.clone()));
    let owned = |headers: &[(&str, &str)]| -> Vec<(String, String)> {
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let host = "https://photos.s3.example.com";
    let sent = |method, target, headers, payload: &str| CallerRequest {
        method,
        url: format!("{host}{target}"),
        headers: owned(headers),
        payload: payload.to_owned(),
    };
    let key = "/2026/summer/cat%20%26%20dog.png";
    let list = "/?list-type=2&prefix=2026%2F&delimiter=%2F&max-keys=100";
    for (what, sent) in [
        ("GET, 1 header", sent("GET", key, &UPLOAD[..1], EMPTY_SHA256)),
        ("GET list, 1 header", sent("GET", list, &UPLOAD[..1], EMPTY_SHA256)),
        ("PUT, 8 headers", sent("PUT", key, UPLOAD, "STREAMING-UNSIGNED-PAYLOAD-TRAILER")),
    ] {
        let request = project.parse(&sent).unwrap();
        let approved = project.approve(&request).unwrap();
        let theirs = time(|| drop(black_box(keys.sign(&approved, now()))));
        let shared = fresh();
        let ours = time(|| drop(black_box(sigv4::sign(&approved, &shared, now()))));
        report(what, ours, theirs);
        let ours = time(|| drop(black_box(sigv4::sign(&approved, &fresh(), now()))));
        report(&format!("{what}, key of the day made"), ours, theirs);
        let signature = sigv4::sign(&approved, &shared, now());
        let verified = time(|| {
            assert!(black_box(verify(&request, &signature, &day)));
        });
        report(&format!("{what}, read and verified"), verified, theirs);
        if let Ok(may) = Presignable::check(&request, 300, TimeDelta::hours(1)) {
            let lifetime = may.lifetime(None, now()).unwrap();
            let expiry = Duration::from_mins(5);
            let theirs = time(|| drop(black_box(keys.presign(&request, expiry, now()))));
            let ours =
                time(|| drop(black_box(sigv4::presign(&approved, lifetime, &shared, now()))));
            report(&format!("{what}, into the URL"), ours, theirs);
        }
    }
}
