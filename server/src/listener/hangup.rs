//! Cuts a connection from the outside, whatever its client does.

use std::sync::Arc;

use tokio::sync::Notify;

/// Cuts the connection that a request came on: the request has it among its extensions. A client that reads
/// nothing is cut as well, for which hyper asks no body for more.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hangup(Arc<Notify>);

impl Hangup {
    /// Cuts the connection, with every answer on it.
    pub(crate) fn cut(&self) {
        self.0.notify_one();
    }

    /// Waits until it is to be cut.
    pub(super) async fn wait(&self) {
        self.0.notified().await;
    }
}
