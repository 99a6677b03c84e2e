//! The strict check in front of the embedded storage: the gateway's verifier, and what this storage would
//! read in another way than its signer. No I/O, no clock.
//!
//! The storage trusts headers that are *not* signed: the holder of a signed PUT could add
//! `x-amz-copy-source` and read any object. And it keeps objects as files. A request that passes this
//! check means the same to the signer and to the storage.

mod headers;
mod path;
#[cfg(test)]
mod tests;

use chrono::{DateTime, Utc};
use http::request::Parts;
use http::{Method, StatusCode};

pub(super) use self::path::check_key;
use crate::domain::Secret;
use crate::domain::sigv4::inbound::{self, Claim, Declared, Proof, Regions, Service};
use crate::domain::sigv4::{DayKeys, Place, ProofError, ProofFlaw};
use crate::gateway::{S3Error, read_head};

/// Lets the holder of one access key in.
#[derive(Debug)]
pub(super) struct Guard {
    access_key_id: String,
    keys: DayKeys,
    regions: Regions,
}

impl Guard {
    /// For signatures of one key in one region.
    pub(super) fn new(access_key_id: &str, secret: Secret, region: &str) -> Self {
        Self {
            access_key_id: access_key_id.to_owned(),
            keys: DayKeys::new(secret),
            regions: Regions::new(region.to_owned(), Vec::new()),
        }
    }

    /// Verifies the head of a request. Whether its body is the declared one is the storage's to say.
    ///
    /// # Errors
    /// S3's error for the first rule that the request breaks.
    pub(super) fn check(&self, parts: &Parts, now: DateTime<Utc>) -> Result<(), S3Error> {
        check_method(&parts.method)?;
        let head = read_head(parts)?;
        path::check_path(parts.uri.path())?;
        headers::check(&parts.method, &parts.headers)?;
        let proof = inbound::read(&head)?;
        let Proof::SigV4(claim) = &proof else {
            return Err(S3Error::denied(
                "anonymous requests are not allowed: sign with AWS4-HMAC-SHA256",
            ));
        };
        check_claim(claim)?;
        claim.check_region(&self.regions, false)?;
        claim.check_time(now)?;
        headers::check_hoisted(&parts.headers, &inbound::strip(&head, &proof)?)?;
        let unknown = || ProofError::UnknownKey(claim.access_key_id().to_owned());
        let is_ours = claim.access_key_id() == self.access_key_id;
        let key = self.keys.key(claim.scope(), now).filter(|_| is_ours).ok_or_else(unknown)?;
        claim.verify(&head, &key)?;
        Ok(())
    }
}

fn check_method(method: &Method) -> Result<(), S3Error> {
    match *method {
        Method::GET | Method::HEAD | Method::PUT | Method::POST | Method::DELETE => Ok(()),
        _ => Err(S3Error::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "the method is not supported",
        )),
    }
}

/// What the gateway takes and this storage does not: STS, sessions, signed chunks, and URLs that bind a
/// body.
fn check_claim(claim: &Claim) -> Result<(), S3Error> {
    if claim.scope().service() != Service::S3 {
        let place = if claim.is_presigned() { Place::Query } else { Place::Header };
        return Err(ProofError::Malformed { place, flaw: ProofFlaw::Service }.into());
    }
    if claim.session_token().is_some() {
        return Err(ProofError::InvalidToken.into());
    }
    match claim.payload() {
        Declared::Streaming(framing) if framing.is_signed() => {
            Err(ProofError::NotImplemented("A payload in signed chunks").into())
        }
        payload if claim.is_presigned() && *payload != Declared::Unsigned => {
            Err(S3Error::argument("a presigned URL must declare UNSIGNED-PAYLOAD, or nothing"))
        }
        _ => Ok(()),
    }
}
