//! HTTP/2 (RFC 9113): many requests on one connection, each in the form that requests of HTTP/1.1 have here.
//!
//! Where a request ends is said by frames, and h2 refuses what contradicts them: a `Content-Length` that is
//! not the length of the body, `Transfer-Encoding` and `Connection`, pseudo-headers that are twice there.
//! What else is looked at in heads of HTTP/1.1 is looked at here, before a service hears of the request.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, Uri};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http2;
use hyper::service::Service;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::watch;
use tokio::time::timeout;

use super::answer::{Answer, BodyError};
use super::hangup::Hangup;
use super::head::Refusal;
use super::patience::Patience;

/// How many requests a connection may have at a time.
const STREAMS: u32 = 64;
/// How much of a body is held of a request, each way, as of a connection of HTTP/1.1.
const WINDOW: u32 = 64 * 1024;
/// How much all requests of a connection may send ahead: none waits for the window of another.
const ALL_WINDOWS: u32 = STREAMS * WINDOW;
/// The largest head.
const HEAD: u32 = 32 * 1024;

/// Answers the requests of a connection with `service`, until it is idle for too long or `stopped`.
pub(super) async fn converse<IO, S, B>(
    socket: IO,
    service: S,
    patience: Patience,
    mut stopped: watch::Receiver<()>,
) -> hyper::Result<()>
where
    IO: AsyncRead + AsyncWrite + Unpin + 'static,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
{
    let activity = Activity::default();
    let hangup = Hangup::default();
    let service = StreamService { service, activity: activity.clone(), hangup: hangup.clone() };
    let mut connection = pin!(builder(patience).serve_connection(TokioIo::new(socket), service));
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = activity.idle(patience) => {}
        // With every request on the connection: h2 asks a stream for nothing while its client does not read.
        () = hangup.wait() => return Ok(()),
        _ = stopped.changed() => {}
    }
    connection.as_mut().graceful_shutdown();
    // A client that does not say goodbye is not waited for.
    tokio::select! {
        ended = connection.as_mut() => ended,
        () = activity.silent_for(patience.rest) => Ok(()),
    }
}

fn builder(patience: Patience) -> http2::Builder<TokioExecutor> {
    let mut http = http2::Builder::new(TokioExecutor::new());
    http.timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(ALL_WINDOWS)
        .max_send_buf_size(WINDOW as usize)
        .max_header_list_size(HEAD)
        // Whether the client is still there.
        .keep_alive_interval(patience.idle)
        .keep_alive_timeout(patience.head);
    http
}

/// What is under way on a connection.
#[derive(Debug, Clone, Default)]
struct Activity(watch::Sender<Requests>);

#[derive(Debug, Default)]
struct Requests {
    under_way: usize,
    /// There was one. It may be over before anybody looks.
    have_begun: bool,
}

/// A request that is being answered. Dropped when its answer was made.
struct UnderWay(Activity);

impl Activity {
    fn begin(&self) -> UnderWay {
        self.0.send_modify(|requests| {
            requests.under_way += 1;
            requests.have_begun = true;
        });
        UnderWay(self.clone())
    }

    /// Waits until no first request comes in the time for a head, or no further one in the time for those.
    async fn idle(&self, patience: Patience) {
        let mut requests = self.0.subscribe();
        let first = requests.wait_for(|requests| requests.have_begun);
        if timeout(patience.head, first).await.is_ok() {
            self.silent_for(patience.idle).await;
        }
    }

    /// Waits until no request was under way for so long.
    async fn silent_for(&self, length: Duration) {
        let mut requests = self.0.subscribe();
        loop {
            let is_silent = requests.borrow_and_update().under_way == 0;
            let changed = requests.changed();
            if !is_silent {
                changed.await.ok();
            } else if timeout(length, changed).await.is_err() {
                return;
            }
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.0.send_modify(|requests| requests.under_way -= 1);
    }
}

/// A service that gets requests in the form of HTTP/1.1, and none that is refused.
struct StreamService<S> {
    service: S,
    activity: Activity,
    hangup: Hangup,
}

type Answering<B> =
    Pin<Box<dyn Future<Output = Result<Response<Answer<B, UnderWay>>, Infallible>> + Send>>;

impl<S, B> Service<Request<Incoming>> for StreamService<S>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>,
    S::Future: Send + 'static,
    B: Body<Data = Bytes, Error: Into<BodyError>> + Send + 'static,
{
    type Response = Response<Answer<B, UnderWay>>;
    type Error = Infallible;
    type Future = Answering<B>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let under_way = self.activity.begin();
        let (mut parts, body) = request.into_parts();
        if let Err(refusal) = respell(&mut parts) {
            return Box::pin(async move { Ok(Answer::refusing(refusal, under_way)) });
        }
        parts.extensions.insert(self.hangup.clone());
        let answering = self.service.call(Request::from_parts(parts, body));
        Box::pin(async move {
            let mut response = answering.await?;
            // Other requests are on the connection.
            response.headers_mut().remove(CONNECTION);
            Ok(response.map(|body| Answer::new(body, under_way)))
        })
    }
}

/// Writes a head as HTTP/1.1 has it: a path as the target, and `Host` with what `:authority` says, over which a
/// signature is verified (RFC 9113, section 8.3.1).
fn respell(parts: &mut Parts) -> Result<(), Refusal> {
    let target = parts.uri.path_and_query().cloned().ok_or(Refusal::Target)?;
    let is_path = target.as_str().starts_with('/');
    if !is_path && (&parts.method, target.as_str()) != (&Method::OPTIONS, "*") {
        return Err(Refusal::Target);
    }
    let host = host(parts)?;
    let headers = &parts.headers;
    if headers.contains_key(TRANSFER_ENCODING) {
        return Err(Refusal::Coding);
    }
    if headers.get_all(CONTENT_LENGTH).iter().count() > 1 {
        return Err(Refusal::Length);
    }
    if !headers.values().all(is_trimmed) {
        return Err(Refusal::Header);
    }
    parts.headers.insert(HOST, host);
    parts.uri = Uri::from(target);
    Ok(())
}

/// The one host: in `:authority`, in `Host`, or the same in both.
fn host(parts: &Parts) -> Result<HeaderValue, Refusal> {
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    if authority.is_some_and(|authority| authority.contains('@')) {
        return Err(Refusal::Host);
    }
    let mut hosts = parts.headers.get_all(HOST).into_iter();
    match (authority, hosts.next(), hosts.next()) {
        (_, Some(_), Some(_)) | (None, None, _) => Err(Refusal::Host),
        (Some(authority), Some(host), None) if host.as_bytes() != authority.as_bytes() => {
            Err(Refusal::Host)
        }
        (_, Some(host), None) => Ok(host.clone()),
        (Some(authority), None, _) => HeaderValue::from_str(authority).map_err(|_| Refusal::Host),
    }
}

/// Whether a value neither begins nor ends with white space (RFC 9113, section 8.2.1).
fn is_trimmed(value: &HeaderValue) -> bool {
    value.as_bytes().trim_ascii().len() == value.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(
        method: &str,
        uri: &str,
        headers: &[(&str, &str)],
    ) -> Result<(String, String), Refusal> {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            // As h2 gives them, untrimmed.
            request = request.header(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        respell(&mut parts)?;
        Ok((parts.uri.to_string(), parts.headers[HOST].to_str().unwrap().to_owned()))
    }

    #[test]
    fn heads_are_as_long_as_those_of_http1() {
        assert_eq!(usize::try_from(HEAD).unwrap(), super::super::head::LONGEST);
    }

    #[test]
    fn g5_the_authority_is_the_host_byte_for_byte() {
        let ok = |target: &str, host: &str| Ok((target.to_owned(), host.to_owned()));
        for (uri, headers, read_as) in [
            ("http://H.example:80/a%2Fb?c", &[][..], ok("/a%2Fb?c", "H.example:80")),
            ("http://h/", &[("host", "h")], ok("/", "h")),
            ("/a", &[("host", "h")], ok("/a", "h")),
            ("http://h/", &[("host", "H")], Err(Refusal::Host)),
            ("http://h/", &[("host", "other")], Err(Refusal::Host)),
            ("http://h/", &[("host", "h"), ("host", "h")], Err(Refusal::Host)),
            ("/a", &[("host", "h"), ("host", "other")], Err(Refusal::Host)),
            ("http://user@h/", &[], Err(Refusal::Host)),
            ("/a", &[], Err(Refusal::Host)),
        ] {
            assert_eq!(read("GET", uri, headers), read_as, "{uri} {headers:?}");
        }
    }

    #[test]
    fn g17_what_two_readers_may_read_differently_is_refused() {
        for (method, uri, header, refusal) in [
            ("CONNECT", "h:80", ("a", "b"), Refusal::Target),
            ("GET", "*", ("host", "h"), Refusal::Target),
            ("PUT", "http://h/", ("transfer-encoding", "chunked"), Refusal::Coding),
            ("PUT", "http://h/", ("x-amz-acl", " private"), Refusal::Header),
            ("PUT", "http://h/", ("x-amz-acl", "private\t"), Refusal::Header),
        ] {
            assert_eq!(read(method, uri, &[header]), Err(refusal), "{method} {uri} {header:?}");
        }
        let lengths = [("content-length", "1"), ("content-length", "1")];
        assert_eq!(read("PUT", "http://h/", &lengths), Err(Refusal::Length));
        assert!(read("OPTIONS", "*", &[("host", "h")]).is_ok());
        assert!(read("PUT", "http://h/", &lengths[..1]).is_ok());
    }
}
