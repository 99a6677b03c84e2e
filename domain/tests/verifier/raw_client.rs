//! A client that signs by itself, so that it can do everything wrong.

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sail_cargo_domain::Secret;
use sail_cargo_domain::s3::EMPTY_SHA256;
use sail_cargo_domain::sigv4::inbound::{Claim, Head, PlainHead, Proof, Seed, read, strip};
use sail_cargo_domain::sigv4::{DayKeys, ProofError};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

pub(crate) const ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
pub(crate) const STAMP: &str = "20130524T000000Z";
pub(crate) const SCOPE: &str = "20130524/us-east-1/s3/aws4_request";

pub(crate) fn midnight() -> DateTime<Utc> {
    "2013-05-24T00:00:00Z".parse().unwrap()
}

/// A request as it stands on the wire.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// Scope and secret that it is signed with.
    pub(crate) scope: String,
    pub(crate) secret: String,
    pub(crate) stamp: String,
}

impl Wire {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            scope: SCOPE.to_owned(),
            secret: SECRET.to_owned(),
            stamp: STAMP.to_owned(),
        }
        .with("Host", "s3.example.com:9000")
    }

    /// A GET that lacks its signature only.
    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
            .with("x-amz-date", STAMP)
            .with("x-amz-content-sha256", EMPTY_SHA256)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
        self
    }

    /// Under another header value.
    pub(crate) fn changed(self, name: &str, value: &str) -> Self {
        self.without(name).with(name, value)
    }

    pub(crate) fn head(&self) -> Head<'_> {
        let headers = self.headers.iter().map(|(name, value)| (&**name, &**value)).collect();
        Head { method: &self.method, target: &self.target, headers }
    }

    fn value(&self, name: &str) -> Option<String> {
        let named = self.headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name));
        let words = named.map(|(_, value)| {
            let value = String::from_utf8_lossy(value).into_owned();
            value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
        });
        let values: Vec<String> = words.collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    /// Every name that was sent, but what S3 does not want signed.
    pub(crate) fn names(&self) -> String {
        let mut names: Vec<String> =
            self.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        names.join(";")
    }

    /// Signs every header, over the documented spelling.
    pub(crate) fn signed(self) -> Self {
        let names = self.names();
        self.signed_over(&names)
    }

    /// Signs the headers of `names`.
    pub(crate) fn signed_over(self, names: &str) -> Self {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let (path, query) = (respell(path, "/"), respell_query(query));
        self.signed_as(names, &path, &query)
    }

    /// Signs with a path and a query that are spelt like this.
    pub(crate) fn signed_as(self, names: &str, path: &str, query: &str) -> Self {
        let payload = self.value("x-amz-content-sha256").unwrap_or(EMPTY_SHA256.to_owned());
        let signature = self.signature(names, path, query, &payload);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={ID}/{}, SignedHeaders={names}, Signature={signature}",
            self.scope
        );
        self.with("Authorization", &authorization)
    }

    /// Signs into the URL, with `host` and what else `names` says.
    pub(crate) fn presigned(self, expires: &str, names: &str) -> Self {
        let payload = self.value("x-amz-content-sha256").unwrap_or("UNSIGNED-PAYLOAD".to_owned());
        self.presigned_with(expires, names, &payload)
    }

    pub(crate) fn presigned_with(mut self, expires: &str, names: &str, payload: &str) -> Self {
        let credential = respell(&format!("{ID}/{}", self.scope), "");
        let names_spelt = respell(names, "");
        let separator = if self.target.contains('?') { '&' } else { '?' };
        write!(
            self.target,
            "{separator}X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}\
             &X-Amz-Date={}&X-Amz-Expires={expires}&X-Amz-SignedHeaders={names_spelt}",
            self.stamp
        )
        .unwrap();
        self.signed_into_url(names, payload)
    }

    /// Adds the signature to a URL that has everything else.
    pub(crate) fn signed_into_url(mut self, names: &str, payload: &str) -> Self {
        let (path, query) = self.target.split_once('?').unwrap();
        let (path, query) = (respell(path, "/"), respell_query(query));
        let signature = self.signature(names, &path, &query, payload);
        write!(self.target, "&X-Amz-Signature={signature}").unwrap();
        self
    }

    fn signature(&self, names: &str, path: &str, query: &str, payload: &str) -> String {
        let mut pairs: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
        pairs.sort_by_key(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let mut lines = String::new();
        for name in names.split(';') {
            writeln!(lines, "{name}:{}", self.value(name).unwrap_or_default()).unwrap();
        }
        let canonical = [&self.method, path, &pairs.join("&"), &lines, names, payload].join("\n");
        self.hmac(&["AWS4-HMAC-SHA256", &self.stamp, &self.scope, &hash(canonical.as_bytes())])
    }

    /// Of lines, with the key of the scope.
    pub(crate) fn hmac(&self, lines: &[&str]) -> String {
        let seed = format!("AWS4{}", self.secret).into_bytes();
        let key = self.scope.split('/').fold(seed, |key, part| mac(&key, part));
        hex::encode(mac(&key, &lines.join("\n")))
    }

    /// The signature that `Authorization` ends in.
    pub(crate) fn seed_signature(&self) -> String {
        let value = self.value("authorization").unwrap();
        value.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    /// What the verifier reads.
    pub(crate) fn claim(&self) -> Result<Claim, ProofError> {
        match read(&self.head())? {
            Proof::SigV4(claim) => Ok(claim),
            other => panic!("{other:?}"),
        }
    }

    /// Whether it is right, at any time.
    pub(crate) fn verify(&self) -> Result<Seed, ProofError> {
        let claim = self.claim()?;
        let keys = DayKeys::new(Secret::new(self.secret.clone()));
        claim.verify(&self.head(), &keys.key(claim.scope(), claim.signed_at()).unwrap())
    }

    /// What is left of it, seen by `look`.
    pub(crate) fn plain<T>(&self, look: impl FnOnce(PlainHead<'_>) -> T) -> Result<T, ProofError> {
        let head = self.head();
        strip(&head, &read(&head)?).map(look)
    }
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

/// UriEncode of what the escapes stand for.
pub(crate) fn respell(text: &str, keep: &str) -> String {
    let mut encoded = String::new();
    for byte in percent_encoding::percent_decode_str(text) {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        match plain || keep.as_bytes().contains(&byte) {
            true => encoded.push(char::from(byte)),
            false => write!(encoded, "%{byte:02X}").unwrap(),
        }
    }
    encoded
}

pub(crate) fn respell_query(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        format!("{}={}", respell(name, ""), respell(value, ""))
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// Code and status of what must be a refusal.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, ProofError>) -> (&'static str, u16) {
    let error = outcome.unwrap_err();
    (error.code(), error.status())
}
