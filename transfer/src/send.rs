//! Sends content in one request, or in several parts at a time.

use std::pin::pin;

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use tokio::task::{JoinError, JoinSet};

use crate::error::TransferError;
use crate::journal::Journal;
use crate::multipart::{Multipart, SentPart, digest_of};
use crate::object::{Attributes, ObjectLocation};
use crate::pieces::Piece;
use crate::progress::Watch;
use crate::transfers::Transfers;
use crate::verify::{Receipt, Verified, receipt};

/// The result of an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Uploaded {
    /// The object's size in bytes.
    pub bytes: u64,
    /// The object's ETag, as S3 wrote it.
    pub e_tag: Option<String>,
    /// The number of parts; 1 for a single request.
    pub parts: u32,
    /// The number of parts that an earlier call sent.
    pub resumed: u32,
    /// How the upload was verified.
    pub verified: Verified,
}

/// Sends everything in one request.
pub(crate) async fn at_once(
    transfers: &Transfers,
    location: &ObjectLocation,
    attributes: &Attributes,
    bytes: Bytes,
    watch: &Watch,
) -> Result<Uploaded, TransferError> {
    let put = put(transfers, location, attributes, bytes);
    let uploaded = tokio::select! {
        uploaded = put => uploaded?,
        () = watch.cancelled() => return Err(TransferError::Cancelled),
    };
    watch.add(uploaded.bytes);
    Ok(uploaded)
}

async fn put(
    transfers: &Transfers,
    location: &ObjectLocation,
    attributes: &Attributes,
    bytes: Bytes,
) -> Result<Uploaded, TransferError> {
    let (bytes, digest) = digest_of(bytes).await?;
    let put = transfers
        .s3
        .put_object()
        .bucket(&location.bucket)
        .key(&location.key)
        .checksum_crc64_nvme(digest.crc_text())
        .set_content_type(attributes.content_type.clone())
        .set_cache_control(attributes.cache_control.clone())
        .body(ByteStream::from(bytes));
    let put = attributes.metadata.iter().fold(put, |put, (name, value)| put.metadata(name, value));
    let done = put.send().await.map_err(TransferError::s3("PutObject"))?;
    let told = Receipt {
        e_tag: done.e_tag(),
        crc: done.checksum_crc64_nvme(),
        encryption: done.server_side_encryption(),
    };
    let verified =
        receipt(&told, &digest).ok_or_else(|| TransferError::Corrupt { what: location.name() })?;
    Ok(Uploaded { bytes: digest.length, e_tag: done.e_tag, parts: 1, resumed: 0, verified })
}

/// Sends `pieces`, a limited number at a time, and records each in the journal, if there is one.
/// When this returns, no request is in progress.
pub(crate) async fn parts(
    upload: &Multipart,
    pieces: impl Stream<Item = Result<Piece, TransferError>>,
    parallel: usize,
    watch: &Watch,
    journal: Option<&mut Journal>,
) -> Result<Vec<SentPart>, TransferError> {
    let mut running = JoinSet::new();
    let sent = send(upload, pieces, parallel, watch, journal, &mut running).await;
    running.shutdown().await;
    sent
}

async fn send(
    upload: &Multipart,
    pieces: impl Stream<Item = Result<Piece, TransferError>>,
    parallel: usize,
    watch: &Watch,
    mut journal: Option<&mut Journal>,
    running: &mut JoinSet<Result<SentPart, TransferError>>,
) -> Result<Vec<SentPart>, TransferError> {
    let mut pieces = pin!(pieces.fuse());
    let mut sent = Vec::new();
    let mut more = true;
    while more || !running.is_empty() {
        tokio::select! {
            biased;
            () = watch.cancelled() => return Err(TransferError::Cancelled),
            Some(done) = running.join_next() => {
                let part = joined(done)?;
                if let Some(journal) = &mut journal {
                    journal.append(&part).await?;
                }
                watch.add(part.digest.length);
                sent.push(part);
            }
            piece = pieces.next(), if more && running.len() < parallel => match piece {
                Some(piece) => {
                    let (piece, upload) = (piece?, upload.clone());
                    running.spawn(async move {
                        upload.send(piece.number, piece.content.read().await?).await
                    });
                }
                None => more = false,
            },
        }
    }
    Ok(sent)
}

/// The result of a task. Resumes its panic.
pub(crate) fn joined<T>(
    done: Result<Result<T, TransferError>, JoinError>,
) -> Result<T, TransferError> {
    match done {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(TransferError::Cancelled),
        },
    }
}
