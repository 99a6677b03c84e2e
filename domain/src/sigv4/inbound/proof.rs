//! Which proof a request brings.

use super::super::proof_error::ProofError;
use super::authorization::Authorization;
use super::claim::Claim;
use super::head::Head;
use super::query::{self, AuthPairs, Pair};
use crate::limits;

/// How a request proves who asks.
#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "there is one a request, and it is kept nowhere")]
pub enum Proof {
    /// Not at all.
    None,
    /// By a signature, in its headers or its URL, that is not verified yet.
    SigV4(Claim),
    /// By a token, an API key, or both: `Authorization: Bearer` and `X-Api-Key`.
    Plain,
}

/// Reads which one it is.
///
/// # Errors
/// Two at once; one that cannot be read, lacks something, or does not cover what was sent; the
/// schemes and forms of S3 that are not spoken here.
pub fn read(head: &Head<'_>) -> Result<Proof, ProofError> {
    if !head.target.starts_with('/') || head.target.len() > limits::MAX_URL {
        return Err(ProofError::InvalidUri);
    }
    refuse_form(head)?;
    let (in_header, in_query) = (Authorization::read(head)?, AuthPairs::of(head));
    let api_keys = head.values("x-api-key").count();
    if api_keys > 1 {
        return Err(ProofError::TwoProofs);
    }
    let has_other = in_header.is_some() || !in_query.is_empty() || api_keys > 0;
    if query::pairs(head).any(|pair| Pair::is_version_2(&pair)) {
        let error =
            if has_other { ProofError::TwoProofs } else { ProofError::UnsupportedSignature };
        return Err(error);
    }
    match (in_header, in_query.is_empty(), api_keys) {
        (None, true, 0) => Ok(Proof::None),
        (Some(Authorization::Bearer) | None, true, _) => Ok(Proof::Plain),
        (Some(Authorization::Signed(fields)), true, 0) => {
            Claim::of_header(head, fields).map(Proof::SigV4)
        }
        (None, false, 0) => Claim::of_query(head, &in_query).map(Proof::SigV4),
        _ => Err(ProofError::TwoProofs),
    }
}

/// Forms that carry a policy of their own are not read
/// (<https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>).
fn refuse_form(head: &Head<'_>) -> Result<(), ProofError> {
    let is_form = |value: &[u8]| {
        let kind = value.split(|byte| *byte == b';').next().unwrap_or_default();
        kind.trim_ascii().eq_ignore_ascii_case(b"multipart/form-data")
    };
    if head.method == "POST" && head.values("content-type").any(is_form) {
        return Err(ProofError::NotImplemented("The form"));
    }
    Ok(())
}
