//! A request as it is on the wire, and its signature.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html>

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sail_cargo_client::protocol::CreatedAccessKey;
use sha2::{Digest as _, Sha256};

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// The key that signs, and what it signs for.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
    /// The value of `Host`.
    pub(crate) host: String,
    pub(crate) region: String,
    /// `20260102T030405Z`; the present when absent.
    pub(crate) stamp: Option<String>,
}

impl Signer {
    pub(crate) fn new(key: &CreatedAccessKey, host: &str) -> Self {
        let (id, secret) = (key.stored.access_key_id.clone(), key.secret.expose().to_owned());
        let (host, region) = (host.to_owned(), "us-east-1".to_owned());
        Self { id, secret, token: None, host, region, stamp: None }
    }

    /// The same key at another time.
    pub(crate) fn at(&self, time: DateTime<Utc>) -> Self {
        Self { stamp: Some(stamp(time)), ..self.clone() }
    }

    /// A request without a proof.
    pub(crate) fn bare(&self, method: &str, target: &str) -> Wire {
        let stamp = self.stamp.clone().unwrap_or_else(|| stamp(wall_clock()));
        let scope = format!("{}/{}/s3/aws4_request", &stamp[..8], self.region);
        let (method, target) = (method.to_owned(), target.to_owned());
        let headers = vec![("Host".to_owned(), self.host.clone())];
        Wire { by: self.clone(), method, target, headers, body: Vec::new(), scope, stamp }
    }

    /// A request that lacks nothing but its signature.
    pub(crate) fn ask(&self, method: &str, target: &str) -> Wire {
        let wire = self.bare(method, target);
        let stamp = wire.stamp.clone();
        let wire = wire.with("x-amz-date", &stamp).with("x-amz-content-sha256", EMPTY);
        match &self.token {
            Some(token) => wire.with("x-amz-security-token", token),
            None => wire,
        }
    }

    /// An upload with its hash.
    pub(crate) fn put(&self, target: &str, body: &[u8]) -> Wire {
        self.ask("PUT", target).changed("x-amz-content-sha256", &hash(body)).carrying(body)
    }
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    pub(crate) by: Signer,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// What the signature is for: day, region, service and terminal.
    pub(crate) scope: String,
    pub(crate) stamp: String,
}

impl Wire {
    /// Adds a header. After the signature it is one that is not signed.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(have, _)| !have.eq_ignore_ascii_case(name));
        self
    }

    pub(crate) fn changed(self, name: &str, value: &str) -> Self {
        self.without(name).with(name, value)
    }

    /// Adds a body and its length.
    pub(crate) fn carrying(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self.changed("Content-Length", &body.len().to_string())
    }

    pub(crate) fn scoped(self, scope: &str) -> Self {
        Self { scope: scope.to_owned(), ..self }
    }

    pub(crate) fn aimed(self, target: &str) -> Self {
        Self { target: target.to_owned(), ..self }
    }

    pub(crate) fn value(&self, name: &str) -> Option<String> {
        let named = self.headers.iter().filter(|(have, _)| have.eq_ignore_ascii_case(name));
        let words = named.map(|(_, value)| value.split_whitespace().collect::<Vec<_>>().join(" "));
        let values: Vec<String> = words.collect();
        (!values.is_empty()).then(|| values.join(","))
    }

    /// Signs every header.
    pub(crate) fn signed(self) -> Self {
        let mut names: Vec<String> =
            self.headers.iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
        names.sort();
        names.dedup();
        self.signed_over(&names.join(";"))
    }

    /// Signs these headers, with path and query spelled as documented.
    pub(crate) fn signed_over(self, names: &str) -> Self {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        let (path, query) = (respell(path, "/"), respell_query(query));
        self.signed_as(names, &path, &query)
    }

    /// Signs these headers, with this spelling of path and query.
    pub(crate) fn signed_as(self, names: &str, path: &str, query: &str) -> Self {
        let payload = self.value("x-amz-content-sha256").unwrap_or(EMPTY.to_owned());
        let signature = self.signature(names, path, query, &payload);
        let (id, scope) = (&self.by.id, &self.scope);
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential={id}/{scope}, SignedHeaders={names}, Signature={signature}"
        );
        self.with("Authorization", &authorization)
    }

    /// Signs into the URL, for so many seconds.
    pub(crate) fn presigned(mut self, expires: &str) -> Self {
        let credential = respell(&format!("{}/{}", self.by.id, self.scope), "");
        let separator = if self.target.contains('?') { '&' } else { '?' };
        let stamp = &self.stamp;
        write!(
            self.target,
            "{separator}X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}\
             &X-Amz-Date={stamp}&X-Amz-Expires={expires}&X-Amz-SignedHeaders=host"
        )
        .unwrap();
        if let Some(token) = self.by.token.clone() {
            write!(self.target, "&X-Amz-Security-Token={}", respell(&token, "")).unwrap();
        }
        self.signed_into_url()
    }

    /// Adds the signature to a URL that has all other parameters.
    pub(crate) fn signed_into_url(mut self) -> Self {
        let (path, query) = self.target.split_once('?').unwrap();
        let (path, query) = (respell(path, "/"), respell_query(query));
        let signature = self.signature("host", &path, &query, "UNSIGNED-PAYLOAD");
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

    /// The HMAC of lines with the key of the scope.
    pub(crate) fn hmac(&self, lines: &[&str]) -> String {
        let seed = format!("AWS4{}", self.by.secret).into_bytes();
        let key = self.scope.split('/').fold(seed, |key, part| mac(&key, part));
        hex::encode(mac(&key, &lines.join("\n")))
    }

    /// The signature in `Authorization`.
    pub(crate) fn seed_signature(&self) -> String {
        let value = self.value("authorization").unwrap();
        value.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    /// The head as it is sent.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n").unwrap();
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

pub(crate) fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The time by which a client signs.
#[expect(clippy::disallowed_methods, reason = "a client signs with the time of its machine")]
pub(crate) fn wall_clock() -> DateTime<Utc> {
    Utc::now()
}

fn stamp(time: DateTime<Utc>) -> String {
    time.format("%Y%m%dT%H%M%SZ").to_string()
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.chain_update(text).finalize().into_bytes().to_vec()
}

/// AWS's UriEncode of the decoded text.
pub(crate) fn respell(text: &str, keep: &str) -> String {
    let mut encoded = String::new();
    for byte in percent_encoding::percent_decode_str(text) {
        let is_plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if is_plain || keep.as_bytes().contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
    }
    encoded
}

fn respell_query(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        format!("{}={}", respell(name, ""), respell(value, ""))
    });
    pairs.collect::<Vec<_>>().join("&")
}
