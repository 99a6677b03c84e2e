//! The content of an upload, part by part.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::pin::Pin;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt as _};

use crate::TransferError;
use crate::error::BoxError;
use crate::plan::Part;

/// A part and its content.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) number: u32,
    pub(crate) content: Content,
}

/// The content of a part.
#[derive(Debug)]
pub(crate) enum Content {
    Bytes(Bytes),
    /// A range of a file that is read when the part is sent.
    Slice {
        path: PathBuf,
        offset: u64,
        length: u64,
    },
}

impl Content {
    /// The range of `part` in the file at `path`.
    pub(crate) fn slice(path: PathBuf, part: Part) -> Self {
        Self::Slice { path, offset: part.offset, length: part.length }
    }

    /// Reads all of the content. Fails if the file has become shorter.
    pub(crate) async fn read(self) -> Result<Bytes, TransferError> {
        let Self::Slice { path, length, .. } = &self else { return self.read_up_to().await };
        let (path, length) = (path.clone(), *length);
        let bytes = self.read_up_to().await?;
        if bytes.len() as u64 == length {
            return Ok(bytes);
        }
        Err(TransferError::Changed { what: path.display().to_string() })
    }

    /// Reads the content, or as much as the file has.
    pub(crate) async fn read_up_to(self) -> Result<Bytes, TransferError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Slice { path, offset, length } => {
                let read =
                    tokio::task::spawn_blocking(move || read_slice(&path, offset, length)).await;
                read.map_err(|_| TransferError::Cancelled)?
            }
        }
    }
}

fn read_slice(path: &Path, offset: u64, length: u64) -> Result<Bytes, TransferError> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    let mut read = || {
        let mut file = std::fs::File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        file.take(length).read_to_end(&mut bytes)
    };
    read().map_err(TransferError::file(path))?;
    Ok(bytes.into())
}

/// A stream of bytes to upload.
pub(crate) type Source = Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>;

/// Joins the items of a stream into chunks. `size` is the length of the chunk with this number; the
/// last chunk is shorter, or absent.
pub(crate) fn chunks(
    source: Source,
    size: impl Fn(u64) -> u64 + Send,
) -> impl Stream<Item = Result<Bytes, TransferError>> + Send {
    let state = (source, BytesMut::new(), Some(1));
    futures_util::stream::unfold(state, move |(mut source, mut rest, number)| {
        let number: Option<u64> = number;
        let size = number.map(|number| usize::try_from(size(number)).unwrap_or(usize::MAX));
        async move {
            let (number, size) = (number?, size?);
            while rest.len() < size {
                match source.next().await {
                    Some(Ok(bytes)) => rest.extend_from_slice(&bytes),
                    Some(Err(error)) => {
                        return Some((Err(TransferError::Stream(error)), (source, rest, None)));
                    }
                    None if rest.is_empty() => return None,
                    None => return Some((Ok(rest.split().freeze()), (source, rest, None))),
                }
            }
            Some((Ok(rest.split_to(size).freeze()), (source, rest, Some(number + 1))))
        }
    })
}

#[cfg(test)]
mod tests {
    use futures_util::{TryStreamExt as _, stream};

    use super::*;

    fn source(pieces: &[&'static str]) -> Source {
        let pieces: Vec<_> =
            pieces.iter().map(|piece| Ok(Bytes::from_static(piece.as_bytes()))).collect();
        Box::pin(stream::iter(pieces))
    }

    #[tokio::test]
    async fn chunks_are_of_one_size_but_for_the_last() {
        for (pieces, expected) in [
            (&[][..], &[][..]),
            (&[""], &[]),
            (&["abc"], &["abc"]),
            (&["abcd"], &["abcd"]),
            (&["abcd", "e"], &["abcd", "e"]),
            (&["a", "b", "cdefghij"], &["abcd", "efgh", "ij"]),
        ] {
            let cut: Vec<Bytes> = chunks(source(pieces), |_| 4).try_collect().await.unwrap();
            assert_eq!(cut, expected);
        }
    }

    #[tokio::test]
    async fn each_chunk_is_as_long_as_its_number_says() {
        let cut = chunks(source(&["abcdefghij"]), |number| number);
        let cut: Vec<Bytes> = cut.try_collect().await.unwrap();
        assert_eq!(cut, ["a", "bc", "def", "ghij"]);
    }

    #[tokio::test]
    async fn what_fails_is_no_end() {
        let broken = stream::iter([Ok(Bytes::from_static(b"abcde")), Err("broken".into())]);
        let cut: Vec<_> = chunks(Box::pin(broken), |_| 4).collect().await;
        assert!(matches!(&cut[..], [Ok(_), Err(TransferError::Stream(_))]), "{cut:?}");
    }
}
