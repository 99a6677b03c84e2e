//! The one path a signature can take. Every `.await` is I/O; everything else is pure.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sail_cargo_protocol::{Outcome, SignRequest, SignResponse};

use crate::domain::s3::{Operation, RawRequest, Refusal, S3Request};
use crate::domain::sigv4::{self, Signature, SigningFailed};
use crate::domain::{Approved, BucketName, Denied, ProjectId, decide};
use crate::store::{Context, Decision, SignedRequest, Store, StoreError};

/// A body that is sent along is not read beyond this.
pub const MAX_BODY: usize = 1024 * 1024;

/// Why there is no signature.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The caller speaks in no project.
    #[error("name a project: operators send `X-Project`")]
    NoProject,
    /// `body` is not what it should be.
    #[error("`body` must be standard base64 of at most 1 MiB")]
    Body,
    /// The request was not understood.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// The request was understood, and is not allowed.
    #[error("{0}")]
    Denied(#[from] Denied),
    /// The database is not available: no record, no signature.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A defect of ours.
    #[error("{0}")]
    Failed(#[from] SigningFailed),
}

/// What a yes comes to.
struct Signed {
    signature: Signature,
    access_key_id: String,
    revision: i64,
}

/// Signs one S3 request, or says why not. Either way it is on record before anybody hears of it.
///
/// # Errors
/// See [`SignError`].
pub async fn sign(
    store: &Store,
    context: &Context,
    wire: &SignRequest,
) -> Result<SignResponse, SignError> {
    let project = context.caller.project().ok_or(SignError::NoProject)?.clone();
    let body = decode_body(wire)?;
    let endpoints = store.endpoints(project.clone()).await?;
    let request = match S3Request::parse(raw(wire, body.as_deref()), &endpoints) {
        Ok(request) => request,
        Err(refusal) => {
            store.record(context.clone(), malformed(project, wire, &refusal)).await?;
            return Err(refusal.into());
        }
    };
    let outcome = judge(store, context, &project, &request).await?;
    let verdict = match outcome {
        Ok(approved) => Ok(pen(store, &project, &approved, context).await?),
        Err(denied) => Err(denied),
    };
    store.record(context.clone(), decision(project, &request, verdict.as_ref())).await?;
    let Signed { signature, revision, .. } = verdict?;
    Ok(SignResponse {
        headers: signature.headers,
        remove_headers: Vec::new(),
        url: request.url().to_owned(),
        operation: request.operation().name().to_owned(),
        expires_at: signature.expires_at,
        revision: revision.to_string(),
    })
}

/// Decides, and takes a bucket's name for the project before its creation is signed.
async fn judge<'a>(
    store: &Store,
    context: &Context,
    project: &ProjectId,
    request: &'a S3Request,
) -> Result<Result<Approved<'a>, Denied>, StoreError> {
    let (caller, now) = (&context.caller, context.now);
    let authority =
        store.authority(project.clone(), caller.clone(), Some(buckets(request)), now).await?;
    let approved = match decide(caller, request, &authority, now) {
        Ok(approved) => approved,
        Err(denied) => return Ok(Err(denied)),
    };
    if let (Operation::CreateBucket, Some(bucket)) =
        (request.operation(), request.target().bucket())
    {
        let claimed = store.claim_bucket(project.clone(), bucket.clone(), context.clone()).await;
        if let Err(StoreError::Conflict { code: "bucket_taken", .. }) = claimed {
            return Ok(Err(Denied::ForeignBucket(bucket.clone())));
        }
        claimed?;
    }
    Ok(Ok(approved))
}

/// Fetches the keys, which takes the proof, and signs.
async fn pen(
    store: &Store,
    project: &ProjectId,
    approved: &Approved<'_>,
    context: &Context,
) -> Result<Signed, SignError> {
    let credentials = store.credentials(project.clone(), approved).await?;
    let signature = sigv4::sign(approved, &credentials, context.now)?;
    let access_key_id = credentials.access_key_id;
    Ok(Signed { signature, access_key_id, revision: approved.revision() })
}

fn decode_body(wire: &SignRequest) -> Result<Option<Vec<u8>>, SignError> {
    let Some(body) = &wire.body else { return Ok(None) };
    match STANDARD.decode(body) {
        Ok(bytes) if bytes.len() <= MAX_BODY => Ok(Some(bytes)),
        _ => Err(SignError::Body),
    }
}

fn raw<'a>(wire: &'a SignRequest, body: Option<&'a [u8]>) -> RawRequest<'a> {
    RawRequest {
        method: &wire.method,
        url: &wire.url,
        headers: &wire.headers,
        payload: wire.payload.as_deref(),
        body,
    }
}

fn buckets(request: &S3Request) -> Vec<BucketName> {
    let source = request.source().map(|source| source.bucket.clone());
    request.target().bucket().cloned().into_iter().chain(source).collect()
}

fn decision(
    project: ProjectId,
    request: &S3Request,
    verdict: Result<&Signed, &Denied>,
) -> Decision {
    let key = request.target().key().map(ToString::to_string);
    let prefix = request.listing_prefix().map(ToOwned::to_owned);
    let (outcome, reason, detail) = match verdict {
        Ok(_) => (Outcome::Allow, "ok".to_owned(), sentence(request)),
        Err(denied) => (Outcome::Deny, denied.code().to_owned(), denied.to_string()),
    };
    Decision {
        project,
        action: format!("s3:{}", request.operation()),
        bucket: request.target().bucket().map(ToString::to_string),
        object: key.or(prefix.filter(|prefix| !prefix.is_empty())),
        outcome,
        reason,
        detail,
        revision: verdict.ok().map(|signed| signed.revision),
        request: Some(SignedRequest {
            method: request.method().as_str().to_owned(),
            payload: Some(request.payload().to_string()),
            access_key_id: verdict.ok().map(|signed| signed.access_key_id.clone()),
        }),
    }
}

fn sentence(request: &S3Request) -> String {
    match request.source() {
        Some(source) => format!("signed, from {}/{}", source.bucket, source.key),
        None => "signed".to_owned(),
    }
}

/// A malformed request to a signing oracle is news. Its query and headers are not kept: they may
/// hold somebody's signature.
fn malformed(project: ProjectId, wire: &SignRequest, refusal: &Refusal) -> Decision {
    let without_query = wire.url.split(['?', '#']).next().unwrap_or_default();
    let without_user = without_query.rsplit('@').next().unwrap_or_default();
    Decision {
        project,
        action: "s3:?".to_owned(),
        bucket: None,
        object: Some(without_user.to_owned()),
        outcome: Outcome::Malformed,
        reason: refusal.code().to_owned(),
        detail: refusal.to_string(),
        revision: None,
        request: Some(SignedRequest {
            method: wire.method.clone(),
            payload: None,
            access_key_id: None,
        }),
    }
}
