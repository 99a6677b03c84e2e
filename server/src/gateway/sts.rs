//! STS at the gateway (G28): requests signed for the service `sts`, and forms without a proof that bring a
//! user's token.

use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use tokio::time::timeout;

use super::known::Known;
use super::refused::sts_document;
use super::response::GatewayBody;
use super::state::Gateway;
use crate::authn::{AccessKeyError, Rejection};
use crate::domain::limits::MAX_STS_REQUEST;
use crate::domain::sigv4::ProofError;
use crate::domain::sigv4::inbound::{self, Claim, Head, Proof, Service};
use crate::domain::sts::{StsError, StsRequest};
use crate::domain::{Caller, Context, Origin};
use crate::sts;

/// The action on record of a request whose parameters cannot be read.
const UNREAD: &str = "sts:?";
const FORM: &str = "application/x-www-form-urlencoded";

/// A request to STS, not proved yet.
pub(super) struct StsCall<'a> {
    head: &'a Head<'a>,
    /// `None` for a form that brings its proof in itself.
    claim: Option<&'a Claim>,
    origin: Origin,
    request_id: &'a str,
    now: DateTime<Utc>,
}

impl<'a> StsCall<'a> {
    /// The request, if it is one to STS: signed for it, or a form without a proof.
    pub(super) fn of(
        head: &'a Head<'a>,
        proof: &'a Proof,
        (origin, request_id): (&Origin, &'a str),
        now: DateTime<Utc>,
    ) -> Option<Self> {
        let claim = match proof {
            Proof::SigV4(claim) if claim.scope().service() == Service::Sts => Some(claim),
            Proof::None if is_form(head) => None,
            _ => return None,
        };
        Some(Self { head, claim, origin: origin.clone(), request_id, now })
    }

    /// Answers it.
    ///
    /// # Errors
    /// STS's own.
    pub(super) async fn answer(
        self,
        gateway: &Gateway,
        body: Incoming,
        known: &Known,
    ) -> Result<Response<GatewayBody>, StsError> {
        let body = whole(body, gateway.body_times.total).await?;
        let (request, context) = self.prove(gateway, &body, known).await?;
        gateway.limits.charge(&context.caller, 1).map_err(|_| StsError::Throttling)?;
        if matches!((&request, self.claim), (StsRequest::AssumeRoleWithWebIdentity { .. }, Some(_)))
        {
            // A signature says who asks, and a token says it again: which of them counts is not said.
            let rule = "AssumeRoleWithWebIdentity is not signed";
            return Err(StsError::Validation(rule.to_owned()));
        }
        let terms = gateway.authenticator.session_terms(&context.caller);
        let answer = sts::answer(&gateway.service, &request, &context, &terms).await?;
        Ok(sts_document(StatusCode::OK, answer.document(self.request_id)))
    }

    /// Tells what is asked, and who asks.
    async fn prove(
        &self,
        gateway: &Gateway,
        body: &[u8],
        known: &Known,
    ) -> Result<(StsRequest, Context), StsError> {
        let (read, caller) = match self.claim {
            Some(claim) => {
                let caller = self.prove_signature(gateway, claim, body).await?;
                (self.read(body), caller)
            }
            None if !StsRequest::is_web_identity("", body) => {
                return Err(StsError::AccessDenied("the request is not signed".to_owned()));
            }
            None => {
                let request = self.read(body)?;
                let caller = self.prove_token(gateway, &request).await?;
                (Ok(request), caller)
            }
        };
        let context = self.context(caller);
        known.sent_by(None, context.clone());
        known.acts(read.as_ref().map_or(UNREAD, action));
        Ok((read?, context))
    }

    fn context(&self, caller: Caller) -> Context {
        Context {
            caller,
            now: self.now,
            request_id: self.request_id.to_owned(),
            origin: self.origin.clone(),
            at_least: None,
            idempotency: None,
        }
    }

    /// Reads the parameters: those of the query but for the proof, or those of the form.
    fn read(&self, body: &[u8]) -> Result<StsRequest, StsError> {
        let proof = match self.claim {
            Some(claim) => Proof::SigV4(claim.clone()),
            None => Proof::None,
        };
        let plain = inbound::strip(self.head, &proof).map_err(|error| of_proof(&error))?;
        StsRequest::read(plain.query.as_deref().unwrap_or_default(), body)
    }

    async fn prove_signature(
        &self,
        gateway: &Gateway,
        claim: &Claim,
        body: &[u8],
    ) -> Result<Caller, StsError> {
        claim.check_region(&gateway.regions, true).map_err(|error| of_proof(&error))?;
        claim.check_time(self.now).map_err(|error| of_proof(&error))?;
        let (address, now) = (self.origin.address, self.now);
        let proved = gateway.access_keys.prove(self.head, claim, Some(body), address, now).await;
        let (caller, _) = match proved {
            Ok(proved) => proved,
            Err(refused) => {
                self.count(gateway, refused.rejection.as_ref())?;
                return Err(of_access_key(refused.error));
            }
        };
        if let Caller::AccessKey(holder) = &caller {
            gateway.service.note_access_key_use(holder, &self.origin, now);
        }
        Ok(caller)
    }

    async fn prove_token(
        &self,
        gateway: &Gateway,
        request: &StsRequest,
    ) -> Result<Caller, StsError> {
        let StsRequest::AssumeRoleWithWebIdentity { token, .. } = request else {
            return Err(StsError::AccessDenied("the request is not signed".to_owned()));
        };
        let (address, now) = (self.origin.address, self.now);
        let authenticator = &gateway.authenticator;
        let proved = sts::prove_web_identity(authenticator, token.expose(), address, now).await;
        match proved {
            Ok(caller) => Ok(caller),
            Err(rejection) => {
                self.count(gateway, Some(&rejection))?;
                Err(sts::of_rejection(&rejection.error))
            }
        }
    }

    /// Counts a refused proof; too many of them are answered by that alone (G9).
    fn count(&self, gateway: &Gateway, rejection: Option<&Rejection>) -> Result<(), StsError> {
        let count = |it| gateway.count(it, &self.origin, self.request_id);
        rejection.map_or(Ok(()), count).map_err(|_| StsError::Throttling)
    }
}

/// Whether a request may be a form for STS: no operation of S3 takes one at `/`.
fn is_form(head: &Head<'_>) -> bool {
    let path = head.target.split('?').next();
    let kinds = head.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let kind = kinds.map(|(_, kind)| kind.split(|byte| *byte == b';').next()).next().flatten();
    let is_form = |kind: &[u8]| kind.trim_ascii().eq_ignore_ascii_case(FORM.as_bytes());
    head.method == "POST" && path == Some("/") && kind.is_some_and(is_form)
}

/// The action on record: that of the sessions which are opened.
fn action(request: &StsRequest) -> &'static str {
    match request {
        StsRequest::AssumeRoleWithWebIdentity { .. }
        | StsRequest::AssumeRole(_)
        | StsRequest::GetSessionToken(_) => "session.open",
        StsRequest::GetCallerIdentity => "sts:GetCallerIdentity",
    }
}

async fn whole(body: Incoming, patience: Duration) -> Result<Bytes, StsError> {
    let read = timeout(patience, Limited::new(body, MAX_STS_REQUEST).collect()).await;
    let rule = || StsError::Validation(format!("a body of at most {MAX_STS_REQUEST} bytes"));
    let late = |_| StsError::Validation("the body did not come in time".to_owned());
    read.map_err(late)?.map(http_body_util::Collected::to_bytes).map_err(|_| rule())
}

/// AWS's error for a signature that is not taken.
fn of_access_key(error: AccessKeyError) -> StsError {
    match error {
        AccessKeyError::Proof(proof) => of_proof(&proof),
        AccessKeyError::Key(_) => StsError::InvalidClientTokenId,
        AccessKeyError::Session(flaw) if flaw.is_invalid() => StsError::InvalidClientTokenId,
        AccessKeyError::Session(_) => StsError::ExpiredToken,
        AccessKeyError::Address => StsError::AccessDenied(error.to_string()),
        AccessKeyError::Limited(_) => StsError::Throttling,
        AccessKeyError::Service(_) => StsError::Unavailable,
    }
}

/// <https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html>
fn of_proof(error: &ProofError) -> StsError {
    let message = error.to_string();
    match error {
        ProofError::SignatureMismatch(_) | ProofError::SignedHeaderAbsent(_) => {
            StsError::SignatureDoesNotMatch
        }
        ProofError::UnknownKey(_) | ProofError::InvalidToken => StsError::InvalidClientTokenId,
        ProofError::SessionExpired => StsError::ExpiredToken,
        ProofError::Skewed { .. } | ProofError::Ended { .. } | ProofError::NotYetValid { .. } => {
            StsError::Proof { code: "SignatureDoesNotMatch", message }
        }
        _ => StsError::Proof { code: "IncompleteSignature", message },
    }
}
