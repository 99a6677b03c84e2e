//! Content to upload.

use std::fmt;
use std::path::PathBuf;

use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use futures_util::stream::{self, BoxStream};
use futures_util::{Stream, StreamExt, TryStreamExt};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::StorageError;
use super::error::BoxError;

/// Bytes of a reader or file that are in memory at a time.
const CHUNK: usize = 256 * 1024;

/// Content to upload: bytes or text by `into()`, otherwise [a stream](Self::stream), [a
/// reader](Self::reader) or [a file](Self::file).
#[must_use]
pub struct Content {
    pub(super) source: Source,
    /// The media type, if it was set.
    pub(super) kind: Option<String>,
}

/// The source of the bytes.
pub(super) enum Source {
    Bytes(Bytes),
    File(PathBuf),
    Stream(Chunks),
}

/// A stream of bytes in order.
pub(super) type Chunks = BoxStream<'static, Result<Bytes, BoxError>>;

impl Content {
    /// The chunks of a stream, in order. If the stream fails, the upload fails, and an existing
    /// object stays.
    pub fn stream<E>(stream: impl Stream<Item = Result<Bytes, E>> + Send + 'static) -> Self
    where
        E: Into<BoxError> + 'static,
    {
        Self::new(Source::Stream(stream.map_err(Into::into).boxed()))
    }

    /// All bytes of a reader.
    pub fn reader(reader: impl AsyncRead + Send + 'static) -> Self {
        Self::new(Source::Stream(read(reader)))
    }

    /// All bytes of a file, which is opened at the upload.
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self::new(Source::File(path.into()))
    }

    /// Sets the media type, such as `image/png`, which S3 returns as `content-type`. A local
    /// directory does not store it.
    pub fn with_type(mut self, kind: impl Into<String>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    fn new(source: Source) -> Self {
        Self { source, kind: None }
    }
}

impl Source {
    /// The bytes as a stream.
    ///
    /// # Errors
    /// [`StorageError::Io`] if the file cannot be opened.
    pub(super) async fn chunks(self) -> Result<Chunks, StorageError> {
        Ok(match self {
            Self::Bytes(bytes) => stream::iter([Ok(bytes)]).boxed(),
            Self::File(path) => {
                let file = tokio::fs::File::open(&path).await;
                read(file.map_err(|error| StorageError::io(&path, error))?)
            }
            Self::Stream(chunks) => chunks,
        })
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match &self.source {
            Source::Bytes(bytes) => format!("{} bytes", bytes.len()),
            Source::File(path) => path.display().to_string(),
            Source::Stream(_) => "stream".to_owned(),
        };
        f.debug_struct("Content").field("source", &source).field("type", &self.kind).finish()
    }
}

impl From<Bytes> for Content {
    fn from(bytes: Bytes) -> Self {
        Self::new(Source::Bytes(bytes))
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<&'static [u8]> for Content {
    fn from(bytes: &'static [u8]) -> Self {
        Bytes::from_static(bytes).into()
    }
}

impl<const N: usize> From<&'static [u8; N]> for Content {
    fn from(bytes: &'static [u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl From<String> for Content {
    fn from(text: String) -> Self {
        Bytes::from(text).into()
    }
}

impl From<&'static str> for Content {
    fn from(text: &'static str) -> Self {
        text.as_bytes().into()
    }
}

/// For example, the result of a download.
impl From<ByteStream> for Content {
    fn from(stream: ByteStream) -> Self {
        let next = |mut stream: ByteStream| async move {
            let chunk = stream.try_next().await?;
            Ok::<_, BoxError>(chunk.map(|chunk| (chunk, stream)))
        };
        Self::new(Source::Stream(stream::try_unfold(stream, next).boxed()))
    }
}

fn read(reader: impl AsyncRead + Send + 'static) -> Chunks {
    let next = |(mut reader, mut buffer): (_, BytesMut)| async move {
        buffer.reserve(CHUNK);
        let length = AsyncReadExt::read_buf(&mut reader, &mut buffer).await?;
        let chunk = buffer.split().freeze();
        Ok::<_, BoxError>((length > 0).then_some((chunk, (reader, buffer))))
    };
    stream::try_unfold((Box::pin(reader), BytesMut::new()), next).boxed()
}
