//! Signing, as the server's signing pipeline does it: parse, decide, sign, remember.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use sail_cargo_domain::s3::{Endpoint, Operation, Presignable, RawRequest, Refusal, S3Request};
use sail_cargo_domain::{Approved, Caller, Denied, decide, sigv4};
use sail_cargo_protocol::{
    BucketClaim, PresignRequest, PresignResponse, SignRequest, SignResponse,
};

use super::fake_state::FakeState;
use super::problem::{No, denied, invalid, refused};
use super::signing_attempt::SigningAttempt;
use super::{bucket, who};
use sail_cargo_domain::limits;

/// Signs one request, or says why not; either is remembered.
pub(super) fn sign(
    fake: &mut FakeState,
    caller: &Caller,
    wire: SignRequest,
) -> Result<SignResponse, No> {
    let now = fake.now();
    let parsed = parse(fake, &wire);
    let signed = parsed.and_then(|request| {
        let authority = fake.authority();
        let approved = decide(caller, &request, &authority, now).map_err(|no| denied(&no))?;
        let claim = claim(fake, &approved)?;
        Ok(sign_one(fake, &approved, claim, now))
    });
    remember(fake, caller, wire, signed.as_ref().map(|signed| signed.operation.clone()));
    signed
}

/// Makes one URL, or says why not; either is remembered.
pub(super) fn presign(
    fake: &mut FakeState,
    caller: &Caller,
    wire: &PresignRequest,
) -> Result<PresignResponse, No> {
    let now = fake.now();
    let asked = SignRequest {
        method: wire.method.clone(),
        url: wire.url.clone(),
        headers: wire.headers.clone(),
        payload: Some(wire.payload.clone().unwrap_or_else(|| "UNSIGNED-PAYLOAD".to_owned())),
        body: None,
    };
    let parsed = read(fake, &asked, S3Request::parse_to_presign);
    let made = parsed.and_then(|request| url(fake, caller, &request, wire, now));
    remember(fake, caller, asked, made.as_ref().map(|made| made.operation.clone()));
    made
}

fn parse(fake: &FakeState, wire: &SignRequest) -> Result<S3Request, No> {
    read(fake, wire, S3Request::parse)
}

fn read(
    fake: &FakeState,
    wire: &SignRequest,
    parse: impl FnOnce(RawRequest<'_>, &[Endpoint]) -> Result<S3Request, Refusal>,
) -> Result<S3Request, No> {
    let body = wire.body.as_ref().map(|body| BASE64_STANDARD.decode(body)).transpose();
    let body = body.map_err(|_| invalid("`body` must be standard base64"))?;
    let raw = RawRequest {
        method: &wire.method,
        url: &wire.url,
        headers: &wire.headers,
        payload: wire.payload.as_deref(),
        body: body.as_deref(),
    };
    let endpoints = std::slice::from_ref(&fake.endpoint);
    parse(raw, endpoints).map_err(|refusal| refused(&refusal))
}

/// What is to be settled, where a bucket is made or removed.
fn claim(fake: &mut FakeState, approved: &Approved<'_>) -> Result<Option<BucketClaim>, No> {
    let request = approved.request();
    let Some(name) = request.target().bucket() else { return Ok(None) };
    match request.operation() {
        Operation::CreateBucket => Ok(bucket::claim(fake, name)),
        Operation::DeleteBucket => match bucket::close(fake, name) {
            Some(claim) => Ok(Some(claim)),
            None => Err(denied(&Denied::ForeignBucket(name.clone()))),
        },
        _ => Ok(None),
    }
}

fn sign_one(
    fake: &FakeState,
    approved: &Approved<'_>,
    claim: Option<BucketClaim>,
    now: DateTime<Utc>,
) -> SignResponse {
    let request = approved.request();
    let signature = sigv4::sign(approved, &fake.credentials, now);
    SignResponse {
        headers: signature.headers,
        remove_headers: request.superseded_headers().to_vec(),
        url: request.url().to_owned(),
        operation: request.operation().name().to_owned(),
        expires_at: signature.expires_at,
        revision: fake.revision.to_string(),
        claim,
    }
}

fn url(
    fake: &FakeState,
    caller: &Caller,
    request: &S3Request,
    wire: &PresignRequest,
    now: DateTime<Utc>,
) -> Result<PresignResponse, No> {
    let authority = fake.authority();
    let limits = authority.presign_limits(caller, request.operation());
    let presignable = Presignable::check(
        request,
        wire.expires_in.unwrap_or(limits::DEFAULT_PRESIGN_SECONDS),
        limits,
    )
    .map_err(|refusal| refused(&refusal))?;
    let approved = decide(caller, request, &authority, now).map_err(|no| denied(&no))?;
    let lifetime = presignable
        .lifetime(approved.until().instant(), now)
        .ok_or_else(|| denied(&Denied::ExpiresTooSoon))?;
    let made = sigv4::presign(&approved, lifetime, &fake.credentials, now);
    Ok(PresignResponse {
        method: request.method().as_str().to_owned(),
        dropped_headers: made.leaves_out(&wire.headers),
        url: made.url,
        headers: made.headers,
        operation: request.operation().name().to_owned(),
        expires_at: made.expires_at,
        revision: fake.revision.to_string(),
    })
}

fn remember(
    fake: &mut FakeState,
    caller: &Caller,
    request: SignRequest,
    outcome: Result<String, &No>,
) {
    let (operation, refused) = match outcome {
        Ok(operation) => (Some(operation), None),
        Err(problem) => (None, Some(problem.code.clone())),
    };
    fake.asked.push(SigningAttempt { by: who::name(caller), request, operation, refused });
}
