//! Headers that stand in the query of a presigned URL, signed by being there.
//!
//! SDKs for Go and JavaScript move what they can of a request's headers into the URL
//! (aws-sdk-go-v2 #2610).

use super::super::proof_error::ProofError;
use super::head::Head;
use super::query::{Pair, pairs};

/// A header that stood in the query: its lower-case name, its decoded value.
pub(super) type Hoisted = (String, String);

/// Reads every `x-amz-*` of the query that carries no proof.
///
/// # Errors
/// One that is there twice, or is sent as a header too; one that names a source or opens the
/// object to others: what the URL's holder cannot leave away, its maker may not have meant.
pub(super) fn read(head: &Head<'_>) -> Result<Vec<Hoisted>, ProofError> {
    let mut hoisted: Vec<Hoisted> = Vec::new();
    for pair in pairs(head).filter(|pair| pair.is_amz() && !pair.is_auth()) {
        let (name, value) = (pair.name.to_ascii_lowercase(), pair.value()?);
        let refuse = |why| Err(ProofError::Hoisted { name: name.clone(), why });
        if head.has(&name) {
            return refuse("it is sent as a header too");
        }
        if hoisted.iter().any(|(seen, _)| *seen == name) {
            return refuse("it is there twice");
        }
        if must_be_header(&name, &value) {
            return refuse("it must be sent as a header, and signed");
        }
        hoisted.push((name, value.into_owned()));
    }
    Ok(hoisted)
}

/// Whether the pair stays in the query when the proof is taken out.
pub(super) fn stays(pair: &Pair<'_>) -> bool {
    !pair.is_amz()
}

/// Whether S3 pays no attention to it: the JS SDK signs the checksum of nothing into the URLs of
/// uploads.
pub(super) fn is_ignored(name: &str) -> bool {
    name.starts_with("x-amz-checksum-") || name == "x-amz-sdk-checksum-algorithm"
}

fn must_be_header(name: &str, value: &str) -> bool {
    name.starts_with("x-amz-copy-source")
        || name.starts_with("x-amz-rename-source")
        || name.starts_with("x-amz-grant-")
        || (name == "x-amz-acl" && value != "private")
}
