//! DeleteObjects where Cargo signs no list of keys: each key by a DeleteObject of its own.
//!
//! A storage that does not hold a body to its signed hash takes any keys under the signature of a
//! list. There Cargo signs one only for who may delete in all of the bucket, and tells others
//! `body_unbound`. And nowhere does it sign a list in which one key is that the caller may not
//! delete, or that it signs for nobody. The application is not to notice: its one request is carried
//! out as many, and answered as S3 answers one. A key that cannot be signed is an error of that key.
//!
//! What fails for all keys alike (Cargo or S3 is away) fails the attempt, which the SDK may make
//! again; it then goes on with the keys that are left.

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

/// How many keys are deleted at the same time.
const AT_ONCE: usize = 16;

/// Deletes what is left of `list` in the place of `request`, a DeleteObjects that was not signed for
/// the reason `refusal`.
///
/// # Errors
/// What is no matter of single keys. Those that were deleted are known to `list`. Who may delete
/// none of them is denied.
pub(crate) async fn delete_each(
    list: &KeyList,
    refusal: RemoteSigningError,
    mut request: HttpRequest,
    signer: &RemoteSigner,
    inner: &SharedHttpConnector,
) -> Result<HttpResponse, ConnectorError> {
    // The SDK takes an upload that nobody reads for stalled.
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

/// Keeps every answer, before one that did not come is spoken of; hands out one that is to be said
/// of the whole list.
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

/// Has the keys at these positions signed, and notes those that are refused.
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
