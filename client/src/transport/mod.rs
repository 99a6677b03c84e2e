//! A short way to a server nearby: signatures are asked for once per request to S3, so that what an
//! exchange costs counts. One HTTP/1.1 request at a time on each connection, which is kept.
//!
//! For plain http and Unix domain sockets without a proxy between; everything else goes the long
//! way, by `reqwest`.

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

/// Requests that are under way at most, each on its connection. Who comes later waits: a thousand
/// connections for a thousand uploads would be answered no sooner.
const AT_ONCE: usize = 128;

/// The way to one server.
#[derive(Debug)]
pub(crate) struct Pool {
    address: Address,
    host: HeaderValue,
    agent: HeaderValue,
    /// What every path begins with; without a slash at its end.
    prefix: String,
    idle: Idle,
    /// For those who ask at the same time.
    room: Room,
    connect_timeout: Duration,
    timeout: Duration,
}

impl Pool {
    /// The way to `base`, or to the Unix domain socket at `socket`; none where there is only the
    /// long one.
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

    /// Posts `body` to `path`, and reads the answer to its end.
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
                // One that was kept may be gone: what could not be written to it is not lost.
                Err(Failure { unsent: Some(again), .. }) if was_kept => request = again,
                exchanged => return self.answer(connection, exchanged),
            }
        }
    }

    /// Keeps a connection that answered.
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
