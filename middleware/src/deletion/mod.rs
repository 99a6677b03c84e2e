//! DeleteObjects, one key at a time, where Cargo does not sign the list.
//!
//! If a storage does not compare a body with its signed hash, the signature of a list works for any
//! keys. There Cargo signs lists only for callers who may delete in the whole bucket, and refuses
//! others with `body_unbound`. On any storage, it refuses a list with a key that the caller may not
//! delete, or that it signs for nobody.
//!
//! This is transparent for the application: its one request becomes many, and gets one response
//! like S3's. A key that cannot be signed is an error of that key. An error that affects all keys
//! (Cargo or S3 is unavailable) fails the attempt. If the SDK retries, the next attempt continues
//! with the remaining keys.

mod answer;
mod error_document;
pub(crate) mod list;
mod one;
mod result;

use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use futures_util::future::join_all;
use sail_cargo_client::protocol::{Batch, BatchItem};

use self::answer::DeletionResponse;
use self::list::KeyList;
use self::one::One;
use crate::{RemoteSigner, RemoteSigningError};

/// Maximum number of keys that are deleted at the same time.
const AT_ONCE: usize = 16;

/// Deletes the remaining keys of `list` instead of sending `request`, a DeleteObjects that Cargo
/// did not sign because of `refusal`.
///
/// # Errors
/// Errors that are not about single keys. `list` has the outcomes of the keys deleted so far. If
/// the caller may delete none of the keys: `refusal`.
pub(crate) async fn delete_each(
    list: &KeyList,
    refusal: RemoteSigningError,
    mut request: HttpRequest,
    signer: &RemoteSigner,
    inner: &SharedHttpConnector,
) -> Result<HttpResponse, ConnectorError> {
    // The SDK treats an upload whose body nobody reads as stalled.
    drop(ByteStream::new(request.take_body()).collect().await);
    for some in list.left().chunks(AT_ONCE) {
        let signed = sign(list, some, &request, signer).await;
        let signed = signed.map_err(RemoteSigningError::into_connector_error)?;
        list.note_signed(signed.len());
        let answers = join_all(signed.into_iter().map(|one| one.send(inner))).await;
        if let Some(answer) = note(list, answers)? {
            return Ok(answer);
        }
    }
    if matches!(refusal, RemoteSigningError::Denied { .. }) && !list.was_any_signed() {
        return Err(refusal.into_connector_error());
    }
    result::response(list)
}

/// Stores all outcomes before it returns an error. Returns a response that applies to the whole
/// list, if there is one.
fn note(
    list: &KeyList,
    answers: Vec<Result<(usize, DeletionResponse), ConnectorError>>,
) -> Result<Option<HttpResponse>, ConnectorError> {
    let (mut whole, mut failed) = (None, None);
    for answer in answers {
        match answer {
            Ok((_, answer)) if answer.concerns_all() => whole = Some(answer.into_response()),
            Ok((position, answer)) => list.note(position, answer.outcome(list.object(position))),
            Err(error) => failed = Some(error),
        }
    }
    failed.map_or(Ok(whole), Err)
}

/// Has the keys at these positions signed, and stores refusals.
async fn sign(
    list: &KeyList,
    positions: &[usize],
    like: &HttpRequest,
    signer: &RemoteSigner,
) -> Result<Vec<One>, RemoteSigningError> {
    let mut ones = Vec::with_capacity(positions.len());
    for &position in positions {
        match One::like(like, position, list.object(position)) {
            Ok(one) => ones.push(one),
            Err(error) => list.refuse(position, error)?,
        }
    }
    let items = ones.iter().map(One::ask).collect::<Result<Vec<_>, _>>()?;
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let answers = signer.client().sign_batch(&Batch { items }).await?.items;
    if answers.len() != ones.len() {
        return Err(RemoteSigningError::protocol("it is for another number of requests"));
    }
    let mut signed = Vec::with_capacity(ones.len());
    for (mut one, answer) in ones.into_iter().zip(answers) {
        match answer {
            BatchItem::Ok { answer } => {
                one.apply(answer)?;
                signed.push(one);
            }
            BatchItem::Failed { problem } => list.refuse(one.position(), problem.into())?,
        }
    }
    Ok(signed)
}
