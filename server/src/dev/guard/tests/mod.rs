#![allow(clippy::unwrap_used)]

mod claims;
mod headers;
mod passes;

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};

use super::Guard;
use crate::domain::Secret;

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const CREDENTIAL: &str = "AKID/20261122/us-east-1/s3/aws4_request";
const NAMES: &str = "host;x-amz-content-sha256;x-amz-date";
const PRESIGNED: &str = "X-Amz-Algorithm=AWS4-HMAC-SHA256\
    &X-Amz-Credential=AKID%2F20261122%2Fus-east-1%2Fs3%2Faws4_request\
    &X-Amz-Date=20261122T101112Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host&X-Amz-Signature=00";

/// The verdict on a sample of which all is right but the signature, which is nobody's. Right signatures are
/// tested on a running storage.
const PASSES: &str = "SignatureDoesNotMatch";

/// The time at which both kinds of sample request are signed.
fn signed_at() -> DateTime<Utc> {
    "2026-11-22T10:11:12Z".parse().unwrap()
}

/// A request to check with the guard, signed by nobody.
#[derive(Clone)]
struct Sample {
    method: Method,
    target: String,
    headers: HeaderMap,
    now: DateTime<Utc>,
}

impl Sample {
    /// A valid GET with its signature in the headers.
    fn header_signed() -> Self {
        let sample = Self {
            method: Method::GET,
            target: "/photos/cat.png?x-id=GetObject".to_owned(),
            headers: HeaderMap::new(),
            now: signed_at(),
        };
        sample
            .with("host", "127.0.0.1:9000")
            .with("x-amz-date", "20261122T101112Z")
            .with("x-amz-content-sha256", EMPTY)
            .signed(NAMES)
    }

    /// A valid presigned GET.
    fn presigned() -> Self {
        let mut sample = Self::header_signed().at(&format!("/photos/cat.png?{PRESIGNED}"));
        sample.headers = HeaderMap::new();
        sample.with("host", "127.0.0.1:9000")
    }

    fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    fn at(mut self, target: &str) -> Self {
        target.clone_into(&mut self.target);
        self
    }

    fn replace(mut self, from: &str, to: &str) -> Self {
        assert!(self.target.contains(from), "{from}");
        self.target = self.target.replace(from, to);
        self
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        self
    }

    fn also(mut self, name: &str, value: &str) -> Self {
        self.headers.append(HeaderName::try_from(name).unwrap(), value.parse().unwrap());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.remove(name).unwrap();
        self
    }

    /// Names these headers as signed.
    fn signed(self, names: &str) -> Self {
        self.authorization(&format!(
            "AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders={names}, Signature=00"
        ))
    }

    /// Adds a header and names it as signed. Its `name` must sort after the others.
    fn signed_with(self, name: &str, value: &str) -> Self {
        let signed = format!("{NAMES};{name}");
        self.with(name, value).signed(&signed)
    }

    fn authorization(self, value: &str) -> Self {
        self.with("authorization", value)
    }

    fn later(mut self, by: TimeDelta) -> Self {
        self.now += by;
        self
    }

    /// The guard's verdict: S3's error code.
    fn verdict(&self) -> &'static str {
        let request = Request::builder().method(&self.method).uri(&self.target).body(());
        let (mut parts, ()) = request.unwrap().into_parts();
        parts.headers = self.headers.clone();
        let guard = Guard::new("AKID", Secret::new("secret".to_owned()), "us-east-1");
        guard.check(&parts, self.now).unwrap_err().code()
    }
}

fn hold(cases: impl IntoIterator<Item = (&'static str, Sample, &'static str)>) {
    for (claims, sample, expected) in cases {
        assert_eq!(sample.verdict(), expected, "{claims}");
    }
}
