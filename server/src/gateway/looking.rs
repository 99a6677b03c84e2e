//! Whether a bucket or an object is there: the storage is asked by a HEAD, which is judged as the caller's
//! own would be.

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, StatusCode};

use super::asked::Asked;
use super::error::S3Error;
use super::sending::{Outbound, Sending};
use super::state::Gateway;
use crate::domain::pipeline::SigningRequest;
use crate::domain::s3::{EMPTY_SHA256, Operation, RawHeaders};
use crate::service::signing::Read;

/// What was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looked {
    /// It is there.
    There,
    /// It is not.
    Absent,
    /// The caller may not look.
    MayNot,
}

/// Looks at the bucket or object of `asked`; of an object, at the version that `query` names.
///
/// # Errors
/// The storage does not answer, or not as it should.
pub(super) async fn look(
    gateway: &Arc<Gateway>,
    asked: &Asked<'_>,
    operation: Operation,
    query: &str,
) -> Result<Looked, S3Error> {
    let url = format!("{}{query}", asked.place());
    let (method, headers, payload, body) =
        ("HEAD", RawHeaders::default(), Some(EMPTY_SHA256), None);
    let form = asked.proven.form();
    let ask = SigningRequest { method, url: &url, headers, payload, body, form };
    let read: Read = ask.parse(std::slice::from_ref(&asked.endpoint));
    let sending = Sending::with_method(gateway, asked, operation, Method::HEAD);
    let judge = sending.judge(&read).await?;
    if judge.judge(&read).is_err() {
        return Ok(Looked::MayNot);
    }
    let outgoing = judge.forward(ask, &read).await??;
    let mut ending = sending.ending(&judge, &read, outgoing.revision);
    let nothing = Outbound::Whole(Bytes::new());
    let answer = sending.ask_storage(&judge, outgoing, nothing, &mut ending).await?;
    ending.is_whole();
    match answer.status {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Ok(Looked::Absent),
        // What is encrypted with the client's own key is shown with that key only.
        StatusCode::BAD_REQUEST => Ok(Looked::There),
        status if status.is_success() => Ok(Looked::There),
        status => Err(sending.unexpected(status)),
    }
}
