//! The names of a query that belong to AWS.

use std::borrow::Cow;

use super::super::proof_error::{Place, ProofError, ProofFlaw};
use super::head::Head;
use crate::s3::percent;

/// What carries the proof of a presigned URL.
const AUTH: [&str; 8] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
    "X-Amz-Security-Token",
    "X-Amz-Content-Sha256",
];

/// A pair of a query.
#[derive(Debug, Clone)]
pub(super) struct Pair<'h> {
    /// All of it, as it stands there.
    pub(super) raw: &'h str,
    /// The name, decoded; as it stands there where it cannot be.
    pub(super) name: Cow<'h, str>,
    value: &'h str,
}

impl<'h> Pair<'h> {
    /// Whose name is one of the eight, in any case.
    pub(super) fn is_auth(&self) -> bool {
        AUTH.iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }

    /// Whose name is `x-amz-…`, in any case.
    pub(super) fn is_amz(&self) -> bool {
        self.name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
    }

    /// Which is the signature: the one pair that it does not cover.
    pub(super) fn is_signature(&self) -> bool {
        self.name == "X-Amz-Signature"
    }

    /// Which belongs to Signature Version 2.
    pub(super) fn is_version_2(&self) -> bool {
        ["AWSAccessKeyId", "Signature"].iter().any(|name| self.name.eq_ignore_ascii_case(name))
    }

    /// The value, decoded.
    pub(super) fn value(&self) -> Result<Cow<'h, str>, ProofError> {
        percent::unescape(self.value).map_err(|_| ProofError::InvalidUri)
    }
}

/// The pairs of a request's query, in order; empty ones are left out.
pub(super) fn pairs<'h>(head: &Head<'h>) -> impl Iterator<Item = Pair<'h>> + use<'h> {
    let (_, query) = head.split();
    query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()).map(|raw| {
        let (name, value) = raw.split_once('=').unwrap_or((raw, ""));
        let name = percent::unescape(name).unwrap_or(Cow::Borrowed(name));
        Pair { raw, name, value }
    })
}

/// The pairs of a presigned URL that carry its proof.
#[derive(Debug)]
pub(super) struct AuthPairs<'h>(Vec<Pair<'h>>);

impl<'h> AuthPairs<'h> {
    /// Picks them out.
    pub(super) fn of(head: &Head<'h>) -> Self {
        Self(pairs(head).filter(Pair::is_auth).collect())
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of one that may be left out.
    pub(super) fn get(&self, name: &'static str) -> Result<Option<Cow<'h, str>>, ProofError> {
        let mut named = self.0.iter().filter(|pair| pair.name.eq_ignore_ascii_case(name));
        let Some(pair) = named.next() else { return Ok(None) };
        if named.next().is_some() || pair.name != name {
            return Err(malformed(ProofFlaw::Repeated(name)));
        }
        pair.value().map(Some)
    }

    /// The value of one that must be there.
    pub(super) fn need(&self, name: &'static str) -> Result<Cow<'h, str>, ProofError> {
        self.get(name)?.ok_or_else(|| malformed(ProofFlaw::Missing(name)))
    }
}

fn malformed(flaw: ProofFlaw) -> ProofError {
    ProofError::Malformed { place: Place::Query, flaw }
}
