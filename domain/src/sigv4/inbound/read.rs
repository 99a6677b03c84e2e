//! A claim, read from the headers or from the query.

use super::super::key::{self, ALGORITHM};
use super::super::proof_error::{Place, ProofError, ProofFlaw};
use super::super::stamp;
use super::authorization::Fields;
use super::claim::Claim;
use super::declared::Declared;
use super::head::Head;
use super::hoisted;
use super::query::AuthPairs;
use super::scope::{Scope, Service};
use crate::limits;
use crate::secret::Secret;

impl Claim {
    /// Reads the form that stands in `Authorization`.
    pub(super) fn of_header(head: &Head<'_>, fields: Fields<'_>) -> Result<Self, ProofError> {
        let malformed = |flaw| ProofError::Malformed { place: Place::Header, flaw };
        let (access_key_id, scope) = Scope::of_credential(fields.credential).map_err(malformed)?;
        let signed_headers = read_names(fields.signed_headers)
            .ok_or_else(|| malformed(ProofFlaw::Shape("SignedHeaders")))?;
        let signed_at = match head.text("x-amz-date") {
            Ok(Some(date)) => stamp::read(date),
            Ok(None) => head.text("date").ok().flatten().and_then(read_date),
            Err(_) => None,
        };
        let signed_at = signed_at.ok_or(ProofError::NoDate)?;
        let payload = match declared(head)? {
            _ if scope.service() == Service::Sts => Declared::Body,
            Some(value) => Declared::parse(value)?,
            None => return Err(ProofError::PayloadMissing),
        };
        let claim = Self {
            place: Place::Header,
            access_key_id,
            scope,
            stamp: stamp::write(signed_at),
            signed_at,
            lifetime: None,
            signed_headers,
            session_token: sent_token(head)?.map(read_token).transpose()?,
            payload,
            hoisted: Vec::new(),
            signature: read_signature(fields.signature),
        };
        claim.check(head)
    }

    /// Reads the form of a presigned URL.
    pub(super) fn of_query(head: &Head<'_>, pairs: &AuthPairs<'_>) -> Result<Self, ProofError> {
        let malformed = |flaw| ProofError::Malformed { place: Place::Query, flaw };
        match &*pairs.need("X-Amz-Algorithm")? {
            ALGORITHM => {}
            other if other.starts_with("AWS4-") => return Err(ProofError::UnsupportedSignature),
            _ => return Err(malformed(ProofFlaw::Algorithm)),
        }
        let credential = pairs.need("X-Amz-Credential")?;
        let (access_key_id, scope) = Scope::of_credential(&credential).map_err(malformed)?;
        let signed_headers = read_names(&pairs.need("X-Amz-SignedHeaders")?)
            .ok_or_else(|| malformed(ProofFlaw::Shape("X-Amz-SignedHeaders")))?;
        let stamp = pairs.need("X-Amz-Date")?.into_owned();
        let signed_at =
            stamp::read(&stamp).ok_or_else(|| malformed(ProofFlaw::Shape("X-Amz-Date")))?;
        let lifetime = read_lifetime(&pairs.need("X-Amz-Expires")?).map_err(malformed)?;
        let claim = Self {
            place: Place::Query,
            payload: presigned_payload(head, pairs, scope.service())?,
            access_key_id,
            scope,
            stamp,
            signed_at,
            lifetime: Some(lifetime),
            signed_headers,
            session_token: presigned_token(head, pairs)?,
            hoisted: hoisted::read(head)?,
            signature: read_signature(&pairs.need("X-Amz-Signature")?),
        };
        claim.check(head)
    }

    /// What must hold in both forms.
    fn check(self, head: &Head<'_>) -> Result<Self, ProofError> {
        if self.scope.day() != self.signed_at.date_naive() {
            return Err(ProofError::Malformed { place: self.place, flaw: ProofFlaw::Day });
        }
        self.check_signed(head)?;
        Ok(self)
    }
}

/// The payload of a URL is declared in the query, in the header that is sent with it, or not.
fn presigned_payload(
    head: &Head<'_>,
    pairs: &AuthPairs<'_>,
    service: Service,
) -> Result<Declared, ProofError> {
    match (pairs.get("X-Amz-Content-Sha256")?, declared(head)?) {
        _ if service == Service::Sts => Ok(Declared::Body),
        (Some(query), Some(header)) if query != header => Err(ProofError::Hoisted {
            name: "x-amz-content-sha256".to_owned(),
            why: "it is sent as a header too, and says something else",
        }),
        (Some(query), _) => Declared::parse(&query),
        (None, Some(header)) => Declared::parse(header),
        (None, None) => Ok(Declared::Unsigned),
    }
}

fn presigned_token(head: &Head<'_>, pairs: &AuthPairs<'_>) -> Result<Option<Secret>, ProofError> {
    match (pairs.get("X-Amz-Security-Token")?, sent_token(head)?) {
        (Some(_), Some(_)) => Err(ProofError::Hoisted {
            name: "x-amz-security-token".to_owned(),
            why: "it is sent as a header too",
        }),
        (Some(token), None) => read_token(&token).map(Some),
        (None, Some(token)) => read_token(token).map(Some),
        (None, None) => Ok(None),
    }
}

/// The date of HTTP, or what `x-amz-date` would say.
fn read_date(text: &str) -> Option<chrono::DateTime<chrono::Utc>> {
    stamp::read(text).or_else(|| stamp::read_http(text))
}

fn declared<'h>(head: &Head<'h>) -> Result<Option<&'h str>, ProofError> {
    head.text("x-amz-content-sha256").map_err(|_| ProofError::PayloadUnknown)
}

fn sent_token<'h>(head: &Head<'h>) -> Result<Option<&'h str>, ProofError> {
    head.text("x-amz-security-token").map_err(|_| ProofError::InvalidToken)
}

fn read_token(token: &str) -> Result<Secret, ProofError> {
    if token.is_empty() { Err(ProofError::InvalidToken) } else { Ok(Secret::new(token.to_owned())) }
}

/// Lower-case names in ascending order, each once: what is sorted anew is another text.
fn read_names(list: &str) -> Option<String> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_graphic() && !byte.is_ascii_uppercase())
    };
    let names: Vec<&str> = list.split(';').collect();
    let is_list = names.iter().all(|name| is_name(name)) && names.is_sorted_by(|a, b| a < b);
    is_list.then(|| list.to_owned())
}

fn read_lifetime(text: &str) -> Result<u32, ProofFlaw> {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if text.strip_prefix('-').is_some_and(is_number) {
        return Err(ProofFlaw::ExpiresNegative);
    }
    if !is_number(text) {
        return Err(ProofFlaw::ExpiresNumber);
    }
    let seconds = text.parse().ok().filter(|seconds| *seconds <= limits::MAX_PRESIGN_SECONDS);
    seconds.ok_or(ProofFlaw::ExpiresTooLong)
}

/// 64 lower-case hex digits.
fn read_signature(text: &str) -> Option<[u8; 32]> {
    key::read_signature(text.as_bytes())
}
