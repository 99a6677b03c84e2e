//! Objects in listings.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};

use super::StorageError;

/// An object in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Object {
    /// The key with which the object was uploaded, without the storage's prefix.
    pub key: String,
    /// The length in bytes.
    pub size: u64,
    /// The time of the last upload; `None` if the storage does not report it.
    pub modified: Option<SystemTime>,
}

/// Objects in the order of their keys' UTF-8 bytes: a [`Stream`], or [all](Self::all) at once. It
/// ends with its first error.
pub struct Objects(BoxStream<'static, Result<Object, StorageError>>);

impl Objects {
    pub(super) fn new(
        objects: impl Stream<Item = Result<Object, StorageError>> + Send + 'static,
    ) -> Self {
        Self(objects.boxed())
    }

    /// A listing that consists of an error.
    pub(super) fn failed(error: StorageError) -> Self {
        Self::new(stream::iter([Err(error)]))
    }

    /// The next object.
    pub async fn next(&mut self) -> Option<Result<Object, StorageError>> {
        self.0.next().await
    }

    /// Collects the remaining objects in memory.
    ///
    /// # Errors
    /// The first error of the listing.
    pub async fn all(self) -> Result<Vec<Object>, StorageError> {
        self.0.try_collect().await
    }

    /// Removes `prefix` from all keys.
    pub(super) fn without(self, prefix: String) -> Self {
        Self::new(self.0.try_filter_map(move |object| {
            let key = object.key.strip_prefix(&prefix).unwrap_or_default().to_owned();
            // A folder marker's key equals the prefix. It has no name below the prefix.
            std::future::ready(Ok((!key.is_empty()).then_some(Object { key, ..object })))
        }))
    }
}

impl Stream for Objects {
    type Item = Result<Object, StorageError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx)
    }
}

impl std::fmt::Debug for Objects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Objects").finish_non_exhaustive()
    }
}
