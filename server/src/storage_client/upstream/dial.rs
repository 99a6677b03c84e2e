//! How a connection is made: the name is looked up anew each time, then TCP, the proxy if one was
//! named, and TLS.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, join};
use http::header::{HOST, HeaderValue, PROXY_AUTHORIZATION};
use http::{Method, Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::client::proxy::matcher::Intercept;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsConnector;

use super::connection::{BoxedStream, Connection};
use crate::outbound::root_cause;

/// What went wrong, at the bottom.
type Cause = String;

/// The way to one address.
pub(super) struct Dialer {
    route: Arc<Route>,
}

struct Route {
    /// Scheme, host and port.
    target: Uri,
    proxy: Option<Intercept>,
    tls: Arc<rustls::ClientConfig>,
}

impl Dialer {
    pub(super) fn new(
        target: Uri,
        proxy: Option<Intercept>,
        tls: Arc<rustls::ClientConfig>,
    ) -> Self {
        Self { route: Arc::new(Route { target, proxy, tls }) }
    }

    /// What a proxy wants to see with each request that it is asked in the storage's place. None where
    /// requests go to the storage itself, or through a tunnel.
    pub(super) fn asked_proxy(&self) -> Option<&Intercept> {
        self.route.proxy.as_ref().filter(|_| !is_https(&self.route.target))
    }

    /// Connects by `deadline`. Boxed: it is rare, and the future of a request stays small.
    pub(super) fn dial(&self, deadline: Instant) -> BoxFuture<'static, Result<Connection, Cause>> {
        let route = self.route.clone();
        Box::pin(async move {
            let connected = timeout_at(deadline, route.connect(deadline)).await;
            connected.map_err(|_| "it did not answer in time".to_owned())?
        })
    }
}

impl Route {
    async fn connect(&self, deadline: Instant) -> Result<Connection, Cause> {
        let stream = self.stream(deadline).await?;
        Connection::over(stream).await.map_err(|error| root_cause(&error))
    }

    async fn stream(&self, deadline: Instant) -> Result<BoxedStream, Cause> {
        let Some(proxy) = &self.proxy else {
            return self.encrypted(tcp(&self.target, deadline).await?, &self.target).await;
        };
        let there = tcp(proxy.uri(), deadline).await?;
        let there = self.encrypted(there, proxy.uri()).await?;
        if !is_https(&self.target) {
            return Ok(there);
        }
        let tunnel = tunnel(there, &self.target, proxy.basic_auth().cloned()).await?;
        self.encrypted(tunnel, &self.target).await
    }

    /// With TLS, where the scheme has it.
    async fn encrypted(&self, stream: BoxedStream, target: &Uri) -> Result<BoxedStream, Cause> {
        if !is_https(target) {
            return Ok(stream);
        }
        let name = ServerName::try_from(host(target).to_owned()).map_err(|e| root_cause(&e))?;
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(name, stream).await.map_err(|e| root_cause(&e))?;
        Ok(BoxedStream::new(stream))
    }
}

/// Connects to the first address of a name that takes it, each of which has its share of the time.
async fn tcp(target: &Uri, deadline: Instant) -> Result<BoxedStream, Cause> {
    let port = target.port_u16().unwrap_or(if is_https(target) { 443 } else { 80 });
    let name = (host(target).to_owned(), port);
    let addresses = lookup_host(name).await.map_err(|e| root_cause(&e))?;
    let addresses: Vec<_> = addresses.collect();
    let share = share(deadline, addresses.len());
    let mut last = "the name has no address".to_owned();
    for address in addresses {
        match timeout(share, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true).map_err(|e| root_cause(&e))?;
                return Ok(BoxedStream::new(stream));
            }
            Ok(Err(error)) => last = root_cause(&error),
            Err(_) => "it did not answer in time".clone_into(&mut last),
        }
    }
    Err(last)
}

fn share(deadline: Instant, addresses: usize) -> Duration {
    let left = deadline.saturating_duration_since(Instant::now());
    left / u32::try_from(addresses).unwrap_or(u32::MAX).max(1)
}

/// Has a proxy connect to `target` (RFC 9110 §9.3.6).
async fn tunnel(
    stream: BoxedStream,
    target: &Uri,
    auth: Option<HeaderValue>,
) -> Result<BoxedStream, Cause> {
    let place =
        format!("{}:{}", target.host().unwrap_or_default(), target.port_u16().unwrap_or(443));
    let mut request = Request::new(Empty::<bytes::Bytes>::new());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = place.parse().map_err(|e: http::uri::InvalidUri| e.to_string())?;
    let place = HeaderValue::from_str(&place).map_err(|e| e.to_string())?;
    request.headers_mut().insert(HOST, place);
    if let Some(auth) = auth {
        request.headers_mut().insert(PROXY_AUTHORIZATION, auth);
    }
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = handshake.map_err(|e| root_cause(&e))?;
    let asked = async move {
        let response = sender.send_request(request).await.map_err(|e| root_cause(&e))?;
        if response.status() != StatusCode::OK {
            return Err(format!("the proxy answered {}", response.status().as_u16()));
        }
        hyper::upgrade::on(response).await.map_err(|e| root_cause(&e))
    };
    let (_, upgraded) = join(connection.with_upgrades(), asked).await;
    Ok(BoxedStream::new(TokioIo::new(upgraded?)))
}

fn is_https(target: &Uri) -> bool {
    target.scheme_str() == Some("https")
}

/// The host, an IPv6 address without its brackets.
fn host(target: &Uri) -> &str {
    target.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}
