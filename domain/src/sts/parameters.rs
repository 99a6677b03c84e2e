//! The parameters of a request.

use std::collections::BTreeMap;

use percent_encoding::percent_decode;

use super::error::StsError;
use crate::limits::MAX_STS_REQUEST;

/// The parameters of a request, by name.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads the parameters from the query, or from the form in the body where there is one. Parameters in
    /// both are refused: which of them is signed depends on who reads them.
    ///
    /// # Errors
    /// [`StsError::Validation`] for more than 64 KiB, for a name that stands there twice, and for bytes
    /// that are not a form.
    pub(super) fn read(query: &str, body: &[u8]) -> Result<Self, StsError> {
        if query.len().max(body.len()) > MAX_STS_REQUEST {
            let limit = format!("a request has at most {MAX_STS_REQUEST} bytes of parameters");
            return Err(StsError::Validation(limit));
        }
        if query.is_empty() || body.is_empty() {
            return form(if body.is_empty() { query.as_bytes() } else { body }).map(Self);
        }
        let rule = "parameters are in the query or in the body, not in both";
        Err(StsError::Validation(rule.to_owned()))
    }

    /// A parameter; `None` if it is missing or empty, as AWS's SDKs send what is not set.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether any name begins with `stem`.
    pub(super) fn have(&self, stem: &str) -> bool {
        self.0.keys().any(|name| name.starts_with(stem))
    }

    /// Every parameter whose name begins with `stem`.
    pub(super) fn below<'a>(&'a self, stem: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        let pairs = self.0.iter().filter(move |(name, _)| name.starts_with(stem));
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Pairs of `application/x-www-form-urlencoded`.
///
/// <https://url.spec.whatwg.org/#urlencoded-parsing>
fn form(bytes: &[u8]) -> Result<BTreeMap<String, String>, StsError> {
    let mut pairs = BTreeMap::new();
    for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
        let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
        let (name, value) = (text(&pair[..at])?, text(pair.get(at + 1..).unwrap_or_default())?);
        if pairs.insert(name, value).is_some() {
            return Err(StsError::Validation("a parameter is there twice".to_owned()));
        }
    }
    Ok(pairs)
}

fn text(encoded: &[u8]) -> Result<String, StsError> {
    let spaced: Vec<u8> =
        encoded.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    let decoded = percent_decode(&spaced).decode_utf8().map(std::borrow::Cow::into_owned);
    decoded.map_err(|_| StsError::Validation("a parameter is not UTF-8".to_owned()))
}
