//! The gateway's listener.

use std::convert::Infallible;
use std::io;
use std::sync::Arc;

use hyper::service::service_fn;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout_at};

use super::endings::Endings;
use super::state::Gateway;
use super::way;
use crate::listener::{Closer, Options, Running};

/// A gateway that answers. Dropping it cuts every connection; [`Server::stop`] does not.
pub(crate) struct Server {
    running: Running,
    endings: Endings,
}

impl Server {
    /// Answers every connection of `listener`.
    ///
    /// # Errors
    /// The listener's own address cannot be told.
    pub(crate) fn start(
        listener: TcpListener,
        options: Options,
        gateway: Arc<Gateway>,
    ) -> io::Result<Self> {
        let scheme = if options.tls.is_some() { "https" } else { "http" };
        let endings = gateway.endings.clone();
        let serve = move |client| {
            let gateway = Arc::clone(&gateway);
            service_fn(move |request| {
                let gateway = Arc::clone(&gateway);
                async move { Ok::<_, Infallible>(way::answer(gateway, client, request).await) }
            })
        };
        let running = Running::start(listener, options, serve)?;
        log::info!("S3 gateway: listening on {scheme}://{}", running.address());
        Ok(Self { running, endings })
    }

    /// What makes it accept nothing more.
    pub(crate) fn closer(&self) -> Closer {
        self.running.closer()
    }

    /// Accepts nothing more and waits until requests under way are answered. Those are cut off at `cut`. Then
    /// waits, until `end` at most, until it is on record how each of them ended.
    pub(crate) async fn stop(self, cut: Instant, end: Instant) {
        self.running.stop_until(cut).await;
        if timeout_at(end, self.endings.recorded()).await.is_err() {
            log::error!("how some requests to the gateway ended is not on record");
        }
    }
}
