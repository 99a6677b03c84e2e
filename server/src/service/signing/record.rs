//! The audit record of a verdict. It suffices to find the request in the storage's own log, and
//! holds no secret.

use sail_cargo_protocol::Outcome;
use sha2::{Digest as _, Sha256};

use crate::audit::{Decision, SignedRequest, Text};
use crate::domain::ProjectId;
use crate::domain::pipeline::{Approval, Form, ParsedRequest, SigningError, SigningRequest};
use crate::domain::s3::{EMPTY_SHA256, Operation, Payload, S3Request};
use crate::domain::sigv4::StoreCredentials;

/// How many keys of a list the record names.
const FIRST_KEYS: usize = 3;

/// The audit event of one verdict.
pub(super) fn decision(
    project: &ProjectId,
    ask: SigningRequest<'_>,
    request: &Result<ParsedRequest, SigningError>,
    verdict: &Result<Approval<'_>, SigningError>,
    credentials: Option<&StoreCredentials>,
) -> Decision {
    let Ok(request) = request else {
        return malformed(project, ask, verdict);
    };
    let request = request.request();
    let key = request.target().key().map(ToString::to_string);
    let prefix = request.listing_prefix().map(ToOwned::to_owned);
    let (outcome, reason, detail) = match verdict {
        Ok(approval) => (Outcome::Allow, "ok", sentence(ask.form, request, approval)),
        Err(SigningError::Denied(denied)) => {
            (Outcome::Deny, denied.code(), denied.to_string().into())
        }
        Err(other) => (Outcome::Malformed, other.code(), other.to_string().into()),
    };
    let detail = with_keys(detail, request);
    let approval = verdict.as_ref().ok();
    Decision {
        project: project.clone(),
        action: request.operation().action(),
        bucket: request.target().bucket().map(ToString::to_string),
        object: key.or(prefix.filter(|prefix| !prefix.is_empty())),
        outcome,
        reason,
        detail,
        revision: approval.map(|approval| approval.approved().revision()),
        request: Some(SignedRequest {
            method: request.method().as_str().into(),
            payload: Some(payload(request, approval).to_owned().into()),
            access_key_id: approval.and(credentials).map(|keys| keys.access_key_id().to_owned()),
        }),
    }
}

/// The audit event of a request that Cargo answers by a rule of its own.
pub(super) fn own(
    project: &ProjectId,
    request: &S3Request,
    detail: &'static str,
    revision: i64,
) -> Decision {
    let prefix = request.listing_prefix().map(ToOwned::to_owned);
    Decision {
        project: project.clone(),
        action: request.operation().action(),
        bucket: request.target().bucket().map(ToString::to_string),
        object: prefix.filter(|prefix| !prefix.is_empty()),
        outcome: Outcome::Allow,
        reason: "ok",
        detail: detail.into(),
        revision: Some(revision),
        request: None,
    }
}

/// The payload hash or payload mode that was signed, or would have been.
fn payload<'a>(request: &'a S3Request, approval: Option<&Approval<'a>>) -> &'a str {
    match approval {
        Some(approval) if approval.lifetime().is_none() => approval.approved().payload(),
        _ => request.payload().as_str(),
    }
}

fn sentence(form: Form, request: &S3Request, approval: &Approval<'_>) -> Text {
    let loose = matches!(request.payload(), Payload::Sha256(hex) if &**hex != EMPTY_SHA256)
        && !approval.approved().is_body_bound();
    let how = match (approval.lifetime(), loose) {
        (Some(lifetime), _) => format!("presigned for {} s", lifetime.seconds()).into(),
        (None, true) => {
            Text::Borrowed("signed; the storage is not known to compare the body with its hash")
        }
        (None, false) => Text::Borrowed("signed"),
    };
    let how = match form {
        Form::OfUrl { .. } => format!("presigned with an access key, {how}").into(),
        Form::Unproven => format!("without a proof, {how}").into(),
        Form::Headers | Form::Url { .. } => how,
    };
    match request.source() {
        Some(source) => format!("{how}, from {}/{}", source.bucket, source.key).into(),
        None => how,
    }
}

/// Adds what a list of keys was judged by: the number of keys, the first keys, and the SHA-256 of
/// all keys, each followed by a byte 0.
fn with_keys(detail: Text, request: &S3Request) -> Text {
    if request.operation() != Operation::DeleteObjects {
        return detail;
    }
    let Some(keys) = request.deleted_keys() else {
        return format!("{detail}; keys unknown").into();
    };
    let mut hash = Sha256::new();
    for key in keys {
        hash.update(key.as_str());
        hash.update([0]);
    }
    let first: Vec<_> = keys.iter().take(FIRST_KEYS).map(|key| format!("`{key}`")).collect();
    let (count, hash) = (keys.len(), hex::encode(hash.finalize()));
    format!("{detail}; {count} keys, sha256 {hash}, the first: {}", first.join(" ")).into()
}

/// The audit event of a malformed request. It omits query and headers, which may contain a
/// signature.
fn malformed(
    project: &ProjectId,
    ask: SigningRequest<'_>,
    verdict: &Result<Approval<'_>, SigningError>,
) -> Decision {
    let without_query = ask.url.split(['?', '#']).next().unwrap_or_default();
    let without_user = without_query.rsplit('@').next().unwrap_or_default();
    let no = verdict.as_ref().err();
    Decision {
        project: project.clone(),
        action: "s3:?",
        bucket: None,
        object: Some(without_user.to_owned()),
        outcome: Outcome::Malformed,
        reason: no.map_or("malformed", SigningError::code),
        detail: no.map(ToString::to_string).unwrap_or_default().into(),
        revision: None,
        request: Some(SignedRequest {
            method: ask.method.to_owned().into(),
            payload: None,
            access_key_id: None,
        }),
    }
}
