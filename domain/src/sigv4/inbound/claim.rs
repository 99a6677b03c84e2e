//! A signature as it is claimed: read, and not verified yet.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use super::super::canonical::{self, SignedHeaders};
use super::super::key::{ALGORITHM, SigningKey};
use super::super::proof_error::{Echo, Place, ProofError, ProofFlaw};
use super::declared::Declared;
use super::head::Head;
use super::head::lower_case;
use super::hoisted::Hoisted;
use super::regions::Regions;
use super::scope::Scope;
use super::seed::Seed;
use super::spelling::Spellings;
use crate::limits;
use crate::s3::checksum::BodyError;
use crate::secret::Secret;

/// Who a request says that it comes from, and what of it is signed. Prints neither the session
/// token nor the signature.
#[derive(Clone)]
pub struct Claim {
    pub(super) place: Place,
    pub(super) access_key_id: String,
    pub(super) scope: Scope,
    pub(super) stamp: String,
    pub(super) signed_at: DateTime<Utc>,
    /// Seconds that a URL lives.
    pub(super) lifetime: Option<u32>,
    /// Lower-case names in ascending order, with `;` between them.
    pub(super) signed_headers: String,
    pub(super) session_token: Option<Secret>,
    pub(super) payload: Declared,
    pub(super) hoisted: Vec<Hoisted>,
    /// None where it is not 64 lower-case hex digits: such a one is always wrong.
    pub(super) signature: Option<[u8; 32]>,
}

impl Claim {
    /// Whose key it is said to be. Not secret.
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The token of a session, sealed.
    pub fn session_token(&self) -> Option<&Secret> {
        self.session_token.as_ref()
    }

    /// What the signature is for.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// When it was signed.
    pub fn signed_at(&self) -> DateTime<Utc> {
        self.signed_at
    }

    /// Whether the proof stands in the URL.
    pub fn is_presigned(&self) -> bool {
        self.place == Place::Query
    }

    /// For a presigned URL, how long it lives from [`Claim::signed_at`] on, in seconds.
    pub fn lifetime(&self) -> Option<u32> {
        self.lifetime
    }

    /// How the body is declared.
    pub fn payload(&self) -> &Declared {
        &self.payload
    }

    /// Checks the region, as far as that can be said before the operation is known: `us-east-1` is
    /// taken here, and looked at once more by [`Claim::check_region`].
    ///
    /// # Errors
    /// A region that is never taken.
    pub fn check_scope(&self, regions: &Regions) -> Result<(), ProofError> {
        self.demand_region(regions, regions.may_accept(self.scope.region()))
    }

    /// Checks the region when the operation is known. `is_exempt` says whether it takes
    /// `us-east-1` whatever the region is: [`Regions::exempts`], and all of STS.
    ///
    /// # Errors
    /// A region that is not taken.
    pub fn check_region(&self, regions: &Regions, is_exempt: bool) -> Result<(), ProofError> {
        let region = self.scope.region();
        let accepts = if is_exempt { regions.may_accept(region) } else { regions.accepts(region) };
        self.demand_region(regions, accepts)
    }

    fn demand_region(&self, regions: &Regions, accepts: bool) -> Result<(), ProofError> {
        let (sent, expected) = (self.scope.region().to_owned(), regions.own().to_owned());
        if accepts { Ok(()) } else { Err(self.malformed(ProofFlaw::Region { sent, expected })) }
    }

    /// Checks the time: a signature in the headers is taken for 15 minutes around its date, a URL
    /// from 15 minutes before it on until it ends.
    ///
    /// # Errors
    /// A signature of another time.
    pub fn check_time(&self, now: DateTime<Utc>) -> Result<(), ProofError> {
        let (sent, tolerance) = (self.signed_at, limits::SIGNATURE_LIFETIME);
        let Some(lifetime) = self.lifetime else {
            let is_near = (now - sent).abs() <= tolerance;
            return if is_near { Ok(()) } else { Err(ProofError::Skewed { sent, now }) };
        };
        let ended = sent + TimeDelta::seconds(lifetime.into());
        if sent - now > tolerance {
            Err(ProofError::NotYetValid { begins: sent, now })
        } else if now > ended {
            Err(ProofError::Ended { lifetime, ended, now })
        } else {
            Ok(())
        }
    }

    /// Verifies the signature of a request whose payload is declared.
    ///
    /// # Errors
    /// A signature that is not that of `head` under `key`; a signed header that was not sent; a
    /// payload that is not declared, as STS's is not ([`Claim::verify_with_body`]).
    pub fn verify(&self, head: &Head<'_>, key: &Arc<SigningKey>) -> Result<Seed, ProofError> {
        self.verify_line(head, key, self.payload.line().ok_or(ProofError::PayloadMissing)?)
    }

    /// Verifies the signature of a request whose body was read already.
    ///
    /// # Errors
    /// As [`Claim::verify`]; a body that is not the declared one.
    pub fn verify_with_body(
        &self,
        head: &Head<'_>,
        key: &Arc<SigningKey>,
        body: &[u8],
    ) -> Result<Seed, ProofError> {
        let hash = hex::encode(Sha256::digest(body));
        match &self.payload {
            Declared::Sha256(declared) if **declared != *hash => {
                let declared = declared.to_string();
                Err(BodyError::Sha256 { declared, computed: hash }.into())
            }
            payload => self.verify_line(head, key, payload.line().unwrap_or(&hash)),
        }
    }

    fn verify_line(
        &self,
        head: &Head<'_>,
        key: &Arc<SigningKey>,
        payload: &str,
    ) -> Result<Seed, ProofError> {
        let headers = SignedHeaders::in_order(self.sent(head)?);
        let spellings = Spellings::read(head).map_err(|_| ProofError::InvalidUri)?;
        let write = |target| {
            canonical::request(head.method, target, &headers, &self.signed_headers, payload)
        };
        for target in spellings.iter() {
            if let Some(signature) = self.signature
                && key.verifies(&self.stamp, &write(target), &signature)
            {
                return Ok(Seed { key: Arc::clone(key), stamp: self.stamp.clone(), signature });
            }
        }
        Err(self.mismatch(key, &write(spellings.canonical())))
    }

    /// The headers that are said to be signed, with every value that was sent.
    fn sent<'a>(&'a self, head: &Head<'a>) -> Result<Vec<(&'a str, &'a [u8])>, ProofError> {
        let mut sent = Vec::with_capacity(head.headers.len());
        for name in self.signed_headers.split(';') {
            let before = sent.len();
            sent.extend(head.values(name).map(|value| (name, value)));
            if sent.len() == before {
                return Err(ProofError::SignedHeaderAbsent(name.to_owned()));
            }
        }
        Ok(sent)
    }

    fn mismatch(&self, key: &SigningKey, canonical: &[u8]) -> ProofError {
        let hash = hex::encode(Sha256::digest(canonical));
        ProofError::SignatureMismatch(Box::new(Echo {
            string_to_sign: [ALGORITHM, &self.stamp, key.scope(), &hash].join("\n"),
            canonical_request: String::from_utf8_lossy(canonical).into_owned(),
        }))
    }

    fn malformed(&self, flaw: ProofFlaw) -> ProofError {
        ProofError::Malformed { place: self.place, flaw }
    }

    /// `host`, and every `x-amz-*` that was sent, must be signed. The payload's declaration is: it
    /// is the last line of the canonical request.
    pub(super) fn check_signed(&self, head: &Head<'_>) -> Result<(), ProofError> {
        let is_signed = |wanted: &str| self.signed_headers.split(';').any(|name| name == wanted);
        let is_bound = |name: &str| name.starts_with("x-amz-") && name != "x-amz-content-sha256";
        let sent = head.headers.iter().map(|(name, _)| lower_case(name));
        let mut unsigned: Vec<String> = std::iter::once("host".into())
            .chain(sent.filter(|name| is_bound(name)))
            .filter(|name| !is_signed(name))
            .map(std::borrow::Cow::into_owned)
            .collect();
        unsigned.dedup();
        if unsigned.is_empty() { Ok(()) } else { Err(ProofError::HeadersNotSigned(unsigned)) }
    }
}

/// Without the session token and the signature.
impl fmt::Debug for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claim")
            .field("place", &self.place)
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .field("signed_at", &self.signed_at)
            .field("lifetime", &self.lifetime)
            .field("signed_headers", &self.signed_headers)
            .field("payload", &self.payload)
            .finish_non_exhaustive()
    }
}
