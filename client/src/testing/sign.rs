//! Signing, as the server's corridor does it: parse, decide, sign, remember.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use sail_cargo_domain::s3::{Endpoint, Operation, Presignable, RawRequest, Refusal, S3Request};
use sail_cargo_domain::{Approved, Caller, Denied, decide, sigv4};
use sail_cargo_protocol::{
    BucketClaim, PresignRequest, PresignResponse, SignRequest, SignResponse,
};

use super::problem::{No, denied, invalid, refused};
use super::world::World;
use super::{Asked, bucket, who};
use sail_cargo_domain::limits;

/// Signs one request, or says why not; either is remembered.
pub(super) fn sign(
    world: &mut World,
    caller: &Caller,
    wire: SignRequest,
) -> Result<SignResponse, No> {
    let now = world.now();
    let parsed = parse(world, &wire);
    let signed = parsed.and_then(|request| {
        let authority = world.authority();
        let approved = decide(caller, &request, &authority, now).map_err(|no| denied(&no))?;
        let claim = claim(world, &approved)?;
        Ok(pen(world, &approved, claim, now))
    });
    remember(world, caller, wire, signed.as_ref().map(|signed| signed.operation.clone()));
    signed
}

/// Makes one URL, or says why not; either is remembered.
pub(super) fn presign(
    world: &mut World,
    caller: &Caller,
    wire: &PresignRequest,
) -> Result<PresignResponse, No> {
    let now = world.now();
    let asked = SignRequest {
        method: wire.method.clone(),
        url: wire.url.clone(),
        headers: wire.headers.clone(),
        payload: Some(wire.payload.clone().unwrap_or_else(|| "UNSIGNED-PAYLOAD".to_owned())),
        body: None,
    };
    let parsed = read(world, &asked, S3Request::parse_to_presign);
    let made = parsed.and_then(|request| url(world, caller, &request, wire, now));
    remember(world, caller, asked, made.as_ref().map(|made| made.operation.clone()));
    made
}

fn parse(world: &World, wire: &SignRequest) -> Result<S3Request, No> {
    read(world, wire, S3Request::parse)
}

fn read(
    world: &World,
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
    let endpoints = std::slice::from_ref(&world.endpoint);
    parse(raw, endpoints).map_err(|refusal| refused(&refusal))
}

/// What is to be settled, where a bucket is made or removed.
fn claim(world: &mut World, approved: &Approved<'_>) -> Result<Option<BucketClaim>, No> {
    let request = approved.request();
    let Some(name) = request.target().bucket() else { return Ok(None) };
    match request.operation() {
        Operation::CreateBucket => Ok(bucket::claim(world, name)),
        Operation::DeleteBucket => match bucket::close(world, name) {
            Some(claim) => Ok(Some(claim)),
            None => Err(denied(&Denied::ForeignBucket(name.clone()))),
        },
        _ => Ok(None),
    }
}

fn pen(
    world: &World,
    approved: &Approved<'_>,
    claim: Option<BucketClaim>,
    now: DateTime<Utc>,
) -> SignResponse {
    let request = approved.request();
    let signature = sigv4::sign(approved, &world.credentials, now);
    SignResponse {
        headers: signature.headers,
        remove_headers: request.superseded_headers().to_vec(),
        url: request.url().to_owned(),
        operation: request.operation().name().to_owned(),
        expires_at: signature.expires_at,
        revision: world.revision.to_string(),
        claim,
    }
}

fn url(
    world: &World,
    caller: &Caller,
    request: &S3Request,
    wire: &PresignRequest,
    now: DateTime<Utc>,
) -> Result<PresignResponse, No> {
    let authority = world.authority();
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
        .ok_or_else(|| denied(&Denied::Ending))?;
    let made = sigv4::presign(&approved, lifetime, &world.credentials, now);
    Ok(PresignResponse {
        method: request.method().as_str().to_owned(),
        dropped_headers: made.leaves_out(&wire.headers),
        url: made.url,
        headers: made.headers,
        operation: request.operation().name().to_owned(),
        expires_at: made.expires_at,
        revision: world.revision.to_string(),
    })
}

fn remember(
    world: &mut World,
    caller: &Caller,
    request: SignRequest,
    outcome: Result<String, &No>,
) {
    let (operation, refused) = match outcome {
        Ok(operation) => (Some(operation), None),
        Err(problem) => (None, Some(problem.code.clone())),
    };
    world.asked.push(Asked { by: who::name(caller), request, operation, refused });
}
