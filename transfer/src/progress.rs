//! Progress and cancellation.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio_util::sync::CancellationToken;

use crate::TransferError;

/// The progress of a transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes transferred so far, including those of an earlier call. An upload counts whole parts;
    /// a download counts bytes as they arrive.
    pub bytes: u64,
    /// Total number of bytes; `None` for a stream, whose length is unknown.
    pub total: Option<u64>,
}

type Callback = Arc<dyn Fn(Progress) + Send + Sync>;

/// Reports progress and checks for cancellation.
#[derive(Clone, Default)]
pub(crate) struct Watch {
    pub(crate) callback: Option<Callback>,
    pub(crate) cancel: Option<CancellationToken>,
    total: Option<u64>,
    bytes: Arc<AtomicU64>,
}

impl Watch {
    /// Starts counting towards `total`.
    pub(crate) fn expect(&mut self, total: u64) {
        self.total = Some(total);
    }

    /// Starts counting towards an unknown total.
    pub(crate) fn expect_anything(&mut self) {
        self.total = None;
    }

    /// Resets the count.
    pub(crate) fn restart(&self) {
        self.bytes.store(0, Ordering::Relaxed);
    }

    /// Counts `bytes`, and reports the progress.
    pub(crate) fn add(&self, bytes: u64) {
        let bytes = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if let Some(callback) = &self.callback {
            callback(Progress { bytes, total: self.total });
        }
    }

    /// Fails if the transfer was cancelled.
    pub(crate) fn demand(&self) -> Result<(), TransferError> {
        match &self.cancel {
            Some(token) if token.is_cancelled() => Err(TransferError::Cancelled),
            _ => Ok(()),
        }
    }

    /// Waits for cancellation; forever if there is none.
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
