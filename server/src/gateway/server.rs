//! The gateway's listener.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use hyper::service::service_fn;
use tokio::net::TcpListener;

use super::state::Gateway;
use super::way;
use crate::listener::{Patience, Running};
use crate::tls::Tls;

/// A gateway that answers. Dropping it cuts every connection; [`Server::stop`] does not.
pub(crate) struct Server(Running);

impl Server {
    /// Answers every connection of `listener`.
    ///
    /// # Errors
    /// The listener's own address cannot be told.
    pub(crate) fn start(
        listener: TcpListener,
        tls: Option<&Tls>,
        patience: Patience,
        gateway: Arc<Gateway>,
    ) -> io::Result<Self> {
        let serve = move |client| {
            let gateway = Arc::clone(&gateway);
            service_fn(move |request| {
                let gateway = Arc::clone(&gateway);
                async move { Ok::<_, Infallible>(way::answer(gateway, client, request).await) }
            })
        };
        let running = Running::start(listener, tls, patience, serve)?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        log::info!("S3 gateway: listening on {scheme}://{}", running.address());
        Ok(Self(running))
    }

    /// Accepts nothing more and waits until requests under way are answered, for as long as its grace
    /// lasts.
    pub(crate) async fn stop(self) {
        self.0.stop().await;
    }
}
