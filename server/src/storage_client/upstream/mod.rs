//! The way to a storage, and the only one: for what the server asks itself, and for what the gateway
//! passes on.
//!
//! HTTP/1.1 over connections that are kept and counted, request and answer piece by piece with never
//! more than some pieces of them in memory. Nothing is followed, decompressed or sent in chunks. What
//! drives a connection is whoever waits for its answer; whoever gives up closes it.

mod connection;
mod dial;
mod error;
mod exchange;
mod flow;
mod idle;
mod limits;
mod pace;
mod redirect;
mod request;
mod response;
mod seats;
mod store;
mod tls;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{Method, Uri};
use http_body::Body;
use tokio::time::Instant;

pub use error::{BodyError, UpstreamError};
pub use limits::UpstreamLimits;
pub use redirect::Redirected;
pub use request::{Holder, Kind, UpstreamRequest};
pub use response::{ResponseBody, UpstreamResponse};

use crate::domain::s3::Endpoint;
use crate::outbound::Outbound;
use dial::Dialer;
use exchange::{Answered, Asking, Failure};
use flow::Content;
use request::Head;
use response::Patience;
use store::Store;

/// The way to all storages. A clone is the same way.
#[derive(Clone)]
pub struct Upstream(Arc<Ways>);

struct Ways {
    outbound: Outbound,
    limits: UpstreamLimits,
    tls: Arc<rustls::ClientConfig>,
    /// By scheme, host and port.
    stores: Mutex<HashMap<String, Arc<Store>>>,
}

impl Upstream {
    /// A way out as `outbound` says, within `limits`.
    ///
    /// # Errors
    /// TLS cannot be set up: there are no certificates of authorities.
    pub fn new(outbound: &Outbound, limits: UpstreamLimits) -> Result<Self, UpstreamError> {
        let tls = tls::config(outbound.storage_roots())
            .map_err(|error| UpstreamError::Invalid(error.to_string()))?;
        let (outbound, stores) = (outbound.clone(), Mutex::default());
        Ok(Self(Arc::new(Ways { outbound, limits, tls, stores })))
    }

    /// Sends a request, and waits for the head of its answer. A request that a connection was closed on
    /// before anything was heard is sent once more if it may be: reads, and bodies of which nothing was
    /// taken.
    ///
    /// # Errors
    /// See [`UpstreamError`]. The request may have had its effect, but where the storage is
    /// unreachable or too busy, or the body failed.
    pub fn send<B>(
        &self,
        request: UpstreamRequest<B>,
        kind: Kind,
    ) -> BoxFuture<'_, Result<UpstreamResponse, UpstreamError>>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BodyError>,
    {
        let UpstreamRequest { endpoint, holder, method, url, headers, length, body } = request;
        let content = (length > 0).then(|| Content::new(body));
        let request =
            UpstreamRequest { endpoint, holder, method, url, headers, length, body: content };
        Box::pin(self.send_content(request, kind))
    }

    async fn send_content(
        &self,
        request: UpstreamRequest<Option<Content>>,
        kind: Kind,
    ) -> Result<UpstreamResponse, UpstreamError> {
        let UpstreamRequest { endpoint, holder, method, url, headers, length, body } = request;
        let (limits, store) = (self.0.limits, self.store(&endpoint)?);
        let head = {
            let proxy = store.dialer.asked_proxy();
            let auth = proxy.and_then(|proxy| proxy.basic_auth());
            Head::new((method, &url, headers, length), auth, proxy.is_some())?
        };
        let end = kind.total().map(|total| Instant::now() + total);
        let asking = Asking { head, length, kind, limits, store, end };
        let answered = asking.find_and_ask(&holder, body).await?;
        let response = UpstreamResponse::new(answered, Patience::new(limits.idle, end)).await;
        if redirect::is_redirect(response.status) {
            let redirected = Redirected::new(&endpoint, response.status, &response.headers);
            let answer = Box::new(response.boxed());
            return Err(UpstreamError::Redirected { redirected, answer });
        }
        Ok(response)
    }

    fn store(&self, endpoint: &Endpoint) -> Result<Arc<Store>, UpstreamError> {
        let Ways { outbound, tls, stores, .. } = &*self.0;
        let url = endpoint.url();
        let mut stores = stores.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = stores.get(&url) {
            return Ok(Arc::clone(store));
        }
        let target = url.parse::<Uri>();
        let target = target.map_err(|error| UpstreamError::Invalid(error.to_string()))?;
        let proxy = outbound.proxy_before(&target);
        let dialer = Dialer::new(target, proxy, Arc::clone(tls));
        let store = Arc::new(Store::new(url.clone(), dialer));
        stores.insert(url, Arc::clone(&store));
        Ok(store)
    }
}

impl Asking {
    /// So long from now, and not later than everything must be over.
    fn by(&self, patience: std::time::Duration) -> Instant {
        let deadline = Instant::now() + patience;
        self.end.map_or(deadline, |end| end.min(deadline))
    }

    /// Takes a seat and a connection, asks over it, and once more over a new one where that may be.
    async fn find_and_ask(
        &self,
        holder: &Holder,
        content: Option<Content>,
    ) -> Result<Answered, UpstreamError> {
        let mut seat = self.store.seat(holder, &self.limits, self.by(self.limits.connect)).await?;
        let mut content = content;
        let may_repeat = matches!(self.head.method, Method::GET | Method::HEAD);
        if let Some(kept) = self.store.kept(may_repeat).await {
            match self.ask(kept, seat, content).await {
                Ok(answered) => return Ok(answered),
                Err(failure) if failure.may_be_repeated(may_repeat) => {
                    let Failure { error, content: again, seat: its, .. } = failure;
                    (content, seat) = (again, its.ok_or(error)?);
                }
                Err(failure) => return Err(failure.error),
            }
        }
        let connection = self.store.connect(&self.limits, self.by(self.limits.connect)).await?;
        self.ask(connection, seat, content).await.map_err(|failure| failure.error)
    }
}

impl fmt::Debug for Upstream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upstream").field("limits", &self.0.limits).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
