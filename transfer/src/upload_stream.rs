//! Uploads a stream to an object.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};

use crate::error::BoxError;
use crate::error::TransferError;
use crate::multipart::{Multipart, Unfinished};
use crate::object::{Attributes, ObjectLocation, attribute_setters, watch_setters};
use crate::pieces::{Content, Piece, Source, chunks};
use crate::plan::{self, MAX_PARTS};
use crate::progress::Watch;
use crate::send::{self, Uploaded};
use crate::transfers::Transfers;

/// An upload of a stream, as a future. If it is dropped before its end, it is aborted in S3.
#[must_use = "it starts when it is awaited"]
pub struct UploadStream {
    pub(crate) transfers: Transfers,
    pub(crate) source: Source,
    pub(crate) location: ObjectLocation,
    pub(crate) attributes: Attributes,
    pub(crate) watch: Watch,
}

impl Transfers {
    /// Uploads a stream of any length. The part size doubles after every 1000 parts, of which there
    /// may be 10,000. If the stream fails, nothing is uploaded.
    pub fn upload_stream<S, E>(
        &self,
        stream: S,
        bucket: impl Into<String>,
        key: impl Into<String>,
    ) -> UploadStream
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        UploadStream::new(self.clone(), stream, bucket.into(), key.into())
    }
}

impl UploadStream {
    fn new<S, E>(transfers: Transfers, stream: S, bucket: String, key: String) -> Self
    where
        S: Stream<Item = Result<Bytes, E>> + Send + 'static,
        E: Into<BoxError> + 'static,
    {
        Self {
            transfers,
            source: Box::pin(stream.map_err(Into::into)),
            location: ObjectLocation { bucket, key },
            attributes: Attributes::default(),
            watch: Watch::default(),
        }
    }

    attribute_setters!();
    watch_setters!();

    pub(crate) async fn run(self) -> Result<Uploaded, TransferError> {
        let Self { transfers, source, location, attributes, watch } = self;
        let size = transfers.part_size;
        let mut chunks = Box::pin(chunks(source, move |number| plan::of_stream(size, number)));
        let first = tokio::select! {
            first = chunks.next() => first.transpose()?.unwrap_or_default(),
            () = watch.cancelled() => return Err(TransferError::Cancelled),
        };
        if (first.len() as u64) < size {
            // The chunk is short, so that the stream has ended without an error.
            return send::at_once(&transfers, &location, &attributes, first, &watch).await;
        }
        let all = stream::once(async { Ok(first) }).chain(chunks);
        let most = (1..=MAX_PARTS).map(|number| plan::of_stream(size, number)).sum();
        let pieces = stream::iter(1_u32..).zip(all).map(move |(number, bytes)| match bytes {
            Ok(_) if u64::from(number) > MAX_PARTS => Err(TransferError::TooLarge { most }),
            bytes => Ok(Piece { number, content: Content::Bytes(bytes?) }),
        });
        let upload = Multipart::begin(transfers.s3.clone(), location, &attributes).await?;
        let unfinished = Unfinished::new(&upload);
        let done = in_parts(&upload, pieces, transfers.parallel, &watch).await;
        match done {
            Ok(_) => unfinished.keep(),
            Err(_) => unfinished.abort().await,
        }
        done
    }
}

async fn in_parts(
    upload: &Multipart,
    pieces: impl Stream<Item = Result<Piece, TransferError>>,
    parallel: usize,
    watch: &Watch,
) -> Result<Uploaded, TransferError> {
    let mut sent = send::parts(upload, pieces, parallel, watch, None).await?;
    sent.sort_by_key(|part| part.number);
    let (e_tag, verified) = upload.complete(&sent).await?;
    let bytes = sent.iter().map(|part| part.digest.length).sum();
    let parts = u32::try_from(sent.len()).unwrap_or(u32::MAX);
    Ok(Uploaded { bytes, e_tag, parts, resumed: 0, verified })
}

impl IntoFuture for UploadStream {
    type Output = Result<Uploaded, TransferError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl fmt::Debug for UploadStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UploadStream")
            .field("location", &self.location)
            .field("attributes", &self.attributes)
            .finish_non_exhaustive()
    }
}
