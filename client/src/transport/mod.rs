//! A light HTTP/1.1 transport for signing requests, which precede every request to S3 and so must
//! be cheap. Each connection carries one request at a time, and is reused.
//!
//! It serves plain http and Unix domain sockets without a proxy. Everything else uses `reqwest`.

mod address;
mod connection;
mod idle;
mod room;

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use reqwest::header::{HOST, HeaderMap, HeaderValue, USER_AGENT};

use crate::Error;
use crate::answer::FullResponse;
use address::Address;
use connection::{Connection, Failure, Request, Response};
use idle::Idle;
use room::Room;

/// Maximum number of requests in flight, each on its own connection. Further requests wait: a
/// thousand connections for a thousand uploads would not be served sooner.
const AT_ONCE: usize = 128;

/// A pool of connections to one server.
#[derive(Debug)]
pub(crate) struct Pool {
    address: Address,
    host: HeaderValue,
    agent: HeaderValue,
    /// The prefix of all paths; without a slash at its end.
    prefix: String,
    idle: Idle,
    /// Limits the number of requests in flight.
    room: Room,
    connect_timeout: Duration,
    timeout: Duration,
}

impl Pool {
    /// A pool for `base`, or for the Unix domain socket at `socket`; `None` if only `reqwest` can
    /// reach the server.
    pub(crate) fn new(
        base: &str,
        socket: Option<&str>,
        agent: &'static str,
        (connect_timeout, timeout): (Duration, Duration),
    ) -> Option<Self> {
        let uri: hyper::Uri = base.parse().ok()?;
        let address = match socket {
            Some(path) => Address::socket(path)?,
            None => Address::of(&uri)?,
        };
        Some(Self {
            address,
            host: HeaderValue::from_str(uri.authority()?.as_str()).ok()?,
            agent: HeaderValue::from_static(agent),
            prefix: uri.path().trim_end_matches('/').to_owned(),
            idle: Idle::default(),
            room: Room::new(AT_ONCE),
            connect_timeout,
            timeout,
        })
    }

    /// Posts `body` to `path`, and reads the response to its end.
    pub(crate) async fn post(
        &self,
        path: &str,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<(FullResponse, HeaderMap), Error> {
        let request = self.request(path, headers, body)?;
        let _place = self.room.enter(self.timeout).await?;
        let sent = tokio::time::timeout(self.timeout, self.exchange(request));
        sent.await.map_err(|_| Error::late())?
    }

    fn request(&self, path: &str, headers: HeaderMap, body: Bytes) -> Result<Request, Error> {
        let uri = hyper::Uri::try_from(format!("{}{path}", self.prefix));
        let uri = uri.map_err(|_| Error::input("the path is not valid"))?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = hyper::Method::POST;
        *request.uri_mut() = uri;
        *request.headers_mut() = headers;
        request.headers_mut().insert(HOST, self.host.clone());
        request.headers_mut().insert(USER_AGENT, self.agent.clone());
        Ok(request)
    }

    async fn exchange(&self, mut request: Request) -> Result<(FullResponse, HeaderMap), Error> {
        loop {
            let kept = self.idle.take().await;
            let was_kept = kept.is_some();
            let mut connection = match kept {
                Some(kept) => kept,
                None => Box::pin(self.connect()).await?,
            };
            match connection.exchange(request).await {
                // The server may have closed an idle connection: a request that was not written is
                // sent again.
                Err(Failure { unsent: Some(again), .. }) if was_kept => request = again,
                exchanged => return self.answer(connection, exchanged),
            }
        }
    }

    /// Returns the connection to the pool, and converts the response.
    fn answer(
        &self,
        connection: Connection,
        exchanged: Result<Response, Failure>,
    ) -> Result<(FullResponse, HeaderMap), Error> {
        let response = exchanged.map_err(|failure| Error::lost(failure.cause))?;
        let (head, body) = response.into_parts();
        self.idle.keep(connection);
        self.room.note_answer();
        Ok((FullResponse::new(head.status, &head.headers, body), head.headers))
    }

    async fn connect(&self) -> Result<Connection, Error> {
        let patience = self.connect_timeout;
        let connected = tokio::time::timeout(patience, self.address.connect(patience));
        let host = self.host.to_str().unwrap_or_default();
        let connected = connected.await.map_err(|_| Error::connect(host, None))?;
        connected.map_err(|cause| match cause.kind() {
            std::io::ErrorKind::TimedOut => Error::connect(host, None),
            _ => Error::connect(host, Some(cause)),
        })
    }
}
