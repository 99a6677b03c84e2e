//! Who looks on, and may call it off.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;

use crate::TransferError;

/// How far a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes that are there, those of an earlier call included. An upload counts by parts, a
    /// download as they come.
    pub bytes: u64,
    /// All bytes there are; none for a stream, which does not say.
    pub total: Option<u64>,
}

type Callback = Arc<dyn Fn(Progress) + Send + Sync>;

/// The one who looks on.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    pub(crate) callback: Option<Callback>,
    pub(crate) cancel: Option<CancellationToken>,
    total: Option<u64>,
    bytes: Arc<AtomicU64>,
}

impl Watch {
    /// Begins to count towards `total`.
    pub(crate) fn expect(&mut self, total: u64) {
        self.total = Some(total);
    }

    /// Begins to count towards nobody knows what.
    pub(crate) fn expect_anything(&mut self) {
        self.total = None;
    }

    /// Begins to count anew.
    pub(crate) fn restart(&self) {
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// Counts `bytes`, and tells.
    pub(crate) fn add(&self, bytes: u64) {
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if let Some(callback) = &self.callback {
            callback(Progress { bytes, total: self.total });
        }
    }

    /// Fails when it was called off.
    pub(crate) fn demand(&self) -> Result<(), TransferError> {
        match &self.cancel {
            Some(token) if token.is_cancelled() => Err(TransferError::Cancelled),
            _ => Ok(()),
        }
    }

    /// Ends when it is called off; otherwise never.
    pub(crate) async fn cancelled(&self) {
        match &self.cancel {
            Some(token) => token.cancelled().await,
            None => std::future::pending().await,
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("bytes", &self.bytes)
            .field("total", &self.total)
            .finish_non_exhaustive()
    }
}
