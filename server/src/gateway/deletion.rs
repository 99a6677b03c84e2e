//! DeleteObjects: each key is judged by itself, and only what may be deleted goes to the storage (G14).
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::asked::Asked;
use super::error::S3Error;
use super::reason::Reason;
use super::response::{GatewayBody, document};
use super::sending::{Outbound, Sending, is_of_the_body};
use super::state::Gateway;
use crate::domain::Caller;
use crate::domain::limits::MAX_GATEWAY_BODY;
use crate::domain::pipeline::{Form, SigningRequest};
use crate::domain::s3::{DeleteList, EMPTY_SHA256, ObjectToDelete, Operation, percent};
use crate::domain::sigv4::BodyReader;
use crate::domain::xml_document::XmlDocument;
use crate::service::signing::{Judge, Read};
use crate::storage_client::deletion::{DeleteResult, KeyError};

/// The header that lifts a retention, which is judged for each key.
const BYPASS: &str = "x-amz-bypass-governance-retention";

/// Answers a DeleteObjects request.
pub(super) async fn answer(
    gateway: &Arc<Gateway>,
    mut asked: Asked<'_>,
    incoming: Incoming,
) -> Result<Response<GatewayBody>, S3Error> {
    if matches!(asked.context.caller, Caller::Everybody(_)) {
        let message = "Access Denied: without credentials nothing is deleted.";
        return Err(S3Error::denied(message).because(Reason::denied("no_permission")));
    }
    let plain = &asked.proven.plain;
    let reader = BodyReader::new(plain, asked.proven.seed.clone(), Operation::DeleteObjects)?;
    if !reader.has_digest() {
        let message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*";
        let no_digest = S3Error::new(StatusCode::BAD_REQUEST, "InvalidRequest", message);
        return Err(no_digest.because(Reason::malformed("digest_missing")));
    }
    let mut share = gateway.bodies.share(&asked.context.caller);
    let body = super::intake::Intake::new(incoming, reader, None, gateway.body_times)
        .whole(&mut share)
        .await?;
    let list = DeleteList::parse(&body)?;
    // The request is charged already.
    let more = list.objects.len().saturating_sub(1);
    gateway.limits.charge(&asked.context.caller, more).map_err(|_| S3Error::rate_limited())?;
    asked.context = Sending::new(gateway, &asked, Operation::DeleteObjects).look_again().await?;
    let sending = Sending::new(gateway, &asked, Operation::DeleteObjects);
    let (allowed, mut result) = sort(&sending, &asked, &list).await?;
    if allowed.is_empty() {
        return Ok(document(write(&result, list.is_quiet)));
    }
    let (text, read) = rewrite(&mut asked, &allowed);
    let hash = hex::encode(Sha256::digest(text.as_bytes()));
    let sending = Sending::new(gateway, &asked, Operation::DeleteObjects);
    let judge = sending.judge(&read).await?;
    let outgoing = judge.forward(asked.ask(&hash, Some(text.as_bytes())), &read).await??;
    let mut ending = sending.ending(&judge, &read, outgoing.revision);
    let whole = Outbound::Whole(Bytes::from(text.clone()));
    let storage = sending.ask_storage(&judge, outgoing, whole, &mut ending).await?;
    if storage.status != StatusCode::OK {
        return Err(sending.unexpected(storage.status));
    }
    let body = http_body_util::Limited::new(storage.into_body(), MAX_GATEWAY_BODY).collect().await;
    let body =
        body.map_err(|_| S3Error::unavailable("The storage's answer broke off."))?.to_bytes();
    let storages = DeleteResult::parse(&body).ok_or_else(|| {
        S3Error::new(
            StatusCode::BAD_GATEWAY,
            "InternalError",
            "The storage's answer cannot be read.",
        )
    })?;
    result.extend(storages);
    let answer = write(&result, list.is_quiet);
    ending.sent(answer.len());
    ending.is_whole();
    Ok(document(answer))
}

/// The objects that may be deleted; for each other one, why not. Every key has its verdict on record.
async fn sort<'l>(
    sending: &Sending<'_, '_>,
    asked: &Asked<'_>,
    list: &'l DeleteList,
) -> Result<(Vec<&'l ObjectToDelete>, DeleteResult), S3Error> {
    let urls: Vec<String> = list.objects.iter().map(|object| url(asked, object)).collect();
    let headers: Vec<_> =
        asked.headers.iter().filter(|(name, _)| name == BYPASS).cloned().collect();
    let asks: Vec<_> = urls.iter().map(|url| ask(url, &headers)).collect();
    let endpoints = std::slice::from_ref(&asked.endpoint);
    let reads: Vec<Read> = list
        .objects
        .iter()
        .zip(&asks)
        .map(|(object, ask)| {
            object.checked_key().map_err(Into::into).and_then(|_| ask.parse(endpoints))
        })
        .collect();
    let judge = sending.judge_all(&reads).await?;
    let (mut allowed, mut result) = (Vec::new(), DeleteResult::default());
    let mut refused = Vec::new();
    for ((object, read), ask) in list.objects.iter().zip(&reads).zip(&asks) {
        match judge.judge(read) {
            Ok(_) => allowed.push(object),
            Err(error) => {
                refused.push((*ask, read));
                result.errors.push(key_error(object, &error.into()));
            }
        }
    }
    record(&judge, refused).await?;
    Ok((allowed, result))
}

async fn record(
    judge: &Judge<'_>,
    refused: Vec<(SigningRequest<'_>, &Read)>,
) -> Result<(), S3Error> {
    if refused.is_empty() { Ok(()) } else { Ok(judge.record_refused(&refused).await?) }
}

fn key_error(object: &ObjectToDelete, error: &S3Error) -> KeyError {
    KeyError {
        key: object.key.clone(),
        version: object.version().map(ToOwned::to_owned),
        code: error.code().to_owned(),
        message: error.message().to_owned(),
    }
}

/// The URL by which the object alone would be deleted.
fn url(asked: &Asked<'_>, object: &ObjectToDelete) -> String {
    let base = asked.place().trim_end_matches('/');
    let key = percent::encode(&object.key).replace("%2F", "/");
    match object.version() {
        Some(version) => format!("{base}/{key}?versionId={}", percent::encode(version)),
        None => format!("{base}/{key}"),
    }
}

fn ask<'a>(url: &'a str, headers: &'a [(String, String)]) -> SigningRequest<'a> {
    let (payload, body, form) = (Some(EMPTY_SHA256), None, Form::Headers);
    SigningRequest { method: "DELETE", url, headers: headers.into(), payload, body, form }
}

/// Writes the list anew with what is allowed. Digests of the client's list are replaced by the new
/// list's own.
fn rewrite(asked: &mut Asked<'_>, allowed: &[&ObjectToDelete]) -> (String, Read) {
    let text = DeleteList::write(allowed.iter().copied());
    let headers = &mut asked.headers;
    headers.retain(|(name, _)| !is_of_the_body(name));
    headers.push(("content-md5".to_owned(), STANDARD.encode(Md5::digest(text.as_bytes()))));
    let hash = hex::encode(Sha256::digest(text.as_bytes()));
    let read = asked.read(&hash, Some(text.as_bytes()));
    (text, read)
}

/// The answer for the client. A quiet one names failures only.
fn write(result: &DeleteResult, is_quiet: bool) -> String {
    let mut document = XmlDocument::new("DeleteResult");
    for deleted in result.deleted.iter().filter(|_| !is_quiet) {
        document.down("Deleted").text("Key", &deleted.key);
        for (name, value) in deleted.details() {
            document.text(name, value);
        }
        document.up();
    }
    for error in &result.errors {
        document.down("Error").text("Key", &error.key);
        if let Some(version) = &error.version {
            document.text("VersionId", version);
        }
        document.text("Code", &error.code).text("Message", &error.message).up();
    }
    document.end()
}
