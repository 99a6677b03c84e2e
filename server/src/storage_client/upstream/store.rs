//! One address of a store: its connections, and who may use how many.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};

use tokio::time::Instant;

use super::connection::Connection;
use super::dial::Dialer;
use super::error::UpstreamError;
use super::idle::{Idle, KEPT};
use super::limits::UpstreamLimits;
use super::request::Holder;
use super::seats::{Seat, Seats};

/// One address of a store.
pub(super) struct Store {
    /// Scheme, host and port.
    pub(super) url: String,
    pub(super) dialer: Dialer,
    pub(super) idle: Idle,
    pub(super) seats: Arc<Seats>,
    /// Somebody closes what is kept for too long.
    is_swept: AtomicBool,
}

impl Store {
    pub(super) fn new(url: String, dialer: Dialer) -> Self {
        let (idle, seats, is_swept) = (Idle::default(), Arc::default(), AtomicBool::new(false));
        Self { url, dialer, idle, seats, is_swept }
    }

    /// The right to a connection.
    pub(super) async fn seat(
        &self,
        holder: &Holder,
        limits: &UpstreamLimits,
        deadline: Instant,
    ) -> Result<Seat, UpstreamError> {
        let seat = self.seats.take(holder, limits, deadline).await;
        seat.ok_or_else(|| UpstreamError::Busy(self.url.clone()))
    }

    /// One that was kept, if it is of use still.
    pub(super) async fn kept(&self, may_repeat: bool) -> Option<Connection> {
        loop {
            let mut connection = self.idle.take(may_repeat)?;
            // The runtime hears what came over it meanwhile: that it was closed, or bytes that belong
            // to no answer.
            tokio::task::yield_now().await;
            if connection.ready().await {
                return Some(connection);
            }
        }
    }

    /// A new one. So many may be open with those that are kept.
    pub(super) async fn connect(
        self: &Arc<Self>,
        limits: &UpstreamLimits,
        deadline: Instant,
    ) -> Result<Connection, UpstreamError> {
        self.idle.keep_only(limits.connections.saturating_sub(self.seats.count()));
        self.sweep();
        self.dialer
            .dial(deadline)
            .await
            .map_err(|cause| UpstreamError::Unreachable { endpoint: self.url.clone(), cause })
    }

    /// Has connections closed that nobody uses any more.
    fn sweep(self: &Arc<Self>) {
        if !self.is_swept.swap(true, Ordering::Relaxed) {
            let swept = Swept(Arc::downgrade(self));
            tokio::spawn(async move { while swept.once().await {} });
        }
    }
}

/// A store that is swept, until the end of this.
struct Swept(Weak<Store>);

impl Swept {
    /// Whether there is more to do.
    async fn once(&self) -> bool {
        tokio::time::sleep(KEPT).await;
        let Some(store) = self.0.upgrade() else { return false };
        store.idle.drop_old() || store.seats.count() > 0
    }
}

impl Drop for Swept {
    fn drop(&mut self) {
        if let Some(store) = self.0.upgrade() {
            store.is_swept.store(false, Ordering::Relaxed);
        }
    }
}
