//! An independent signer: Signature Version 4 from its description, stage by stage.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>. The published
//! vectors test it (`vectors.rs`), and it tests the server's signer (`signatures.rs`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use aws_lc_rs::{digest, hmac};

/// The parts of a request to sign, decoded.
pub(crate) struct Message<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    /// The hash of the body, or the word that replaces it.
    pub(crate) payload: &'a str,
}

/// The key, time and place of a signature.
pub(crate) struct CredentialScope<'a> {
    pub(crate) secret: &'a str,
    /// `YYYYMMDDThhmmssZ`.
    pub(crate) time: &'a str,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

impl Message<'_> {
    /// The first stage: the canonical request.
    pub(crate) fn canonical_request(&self) -> String {
        let mut query: Vec<(String, String)> =
            self.query.iter().map(|(name, value)| (encode(name, ""), encode(value, ""))).collect();
        query.sort();
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let (method, path, query) = (self.method, encode(self.path, "/"), query.join("&"));
        let mut headers = String::new();
        for (name, values) in self.merged_headers() {
            writeln!(headers, "{name}:{values}").unwrap();
        }
        let (names, payload) = (self.signed_headers(), self.payload);
        format!("{method}\n{path}\n{query}\n{headers}\n{names}\n{payload}")
    }

    /// The names of the signed headers, as in the signature.
    pub(crate) fn signed_headers(&self) -> String {
        self.merged_headers().into_keys().collect::<Vec<_>>().join(";")
    }

    /// Lower-case names in order; values without needless blanks, those of one name joined.
    fn merged_headers(&self) -> BTreeMap<String, String> {
        let mut merged: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in &self.headers {
            let value = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
            merged
                .entry(name.to_ascii_lowercase())
                .and_modify(|values| write!(values, ",{value}").unwrap())
                .or_insert(value);
        }
        merged
    }
}

impl CredentialScope<'_> {
    /// The scope, as in the credential.
    pub(crate) fn text(&self) -> String {
        format!("{}/{}/{}/aws4_request", &self.time[..8], self.region, self.service)
    }

    /// The second stage: the string to sign.
    pub(crate) fn string_to_sign(&self, canonical_request: &str) -> String {
        let hash = hex::encode(digest::digest(&digest::SHA256, canonical_request.as_bytes()));
        format!("AWS4-HMAC-SHA256\n{}\n{}\n{hash}", self.time, self.text())
    }

    /// The third stage: the signature.
    pub(crate) fn signature(&self, string_to_sign: &str) -> String {
        let seed = format!("AWS4{}", self.secret).into_bytes();
        let parts = [&self.time[..8], self.region, self.service, "aws4_request", string_to_sign];
        hex::encode(parts.iter().fold(seed, |key, part| {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
            hmac::sign(&key, part.as_bytes()).as_ref().to_vec()
        }))
    }

    /// All three stages.
    pub(crate) fn sign(&self, message: &Message<'_>) -> String {
        self.signature(&self.string_to_sign(&message.canonical_request()))
    }
}

/// Percent-encodes all but the unreserved characters and those in `keep`.
fn encode(text: &str, keep: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        match plain || keep.as_bytes().contains(&byte) {
            true => encoded.push(char::from(byte)),
            false => write!(encoded, "%{byte:02X}").unwrap(),
        }
    }
    encoded
}
