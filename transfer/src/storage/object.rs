//! Listings.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;

use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};

use super::StorageError;

/// An object, as a listing shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Object {
    /// Its key, as it was uploaded with.
    pub key: String,
    /// Its length in bytes.
    pub size: u64,
    /// When it was uploaded last; none where the storage does not say.
    pub modified: Option<SystemTime>,
}

/// Objects by key, in the order of its UTF-8 bytes: a [`Stream`], or [all](Self::all) at once. It
/// ends with its first error.
pub struct Objects(BoxStream<'static, Result<Object, StorageError>>);

impl Objects {
    pub(super) fn new(
        objects: impl Stream<Item = Result<Object, StorageError>> + Send + 'static,
    ) -> Self {
        Self(objects.boxed())
    }

    /// Nothing but an error.
    pub(super) fn failed(error: StorageError) -> Self {
        Self::new(stream::iter([Err(error)]))
    }

    /// The next one.
    pub async fn next(&mut self) -> Option<Result<Object, StorageError>> {
        self.0.next().await
    }

    /// Those that are left, in memory.
    ///
    /// # Errors
    /// The first.
    pub async fn all(self) -> Result<Vec<Object>, StorageError> {
        self.0.try_collect().await
    }

    /// With keys that begin behind `prefix`.
    pub(super) fn without(self, prefix: String) -> Self {
        Self::new(self.0.try_filter_map(move |object| {
            let key = object.key.strip_prefix(&prefix).unwrap_or_default().to_owned();
            // A folder's marker has the prefix for its key: nothing that can be named here.
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
