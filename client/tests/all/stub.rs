//! A stub server that records requests and sends configured responses.

use std::future::Future;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use sail_cargo_client::{Client, Credentials};
use tokio::net::TcpListener;

/// A request as received.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Method and path with query, such as `GET /v1/buckets?page_size=2`.
    pub(crate) line: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    /// The value of a header; empty if absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The response to send.
pub(crate) enum Reply {
    /// Status, one more header, and body.
    Now(u16, Option<(&'static str, String)>, String),
    /// Never respond.
    Never,
    /// Close the connection.
    Hangup,
}

impl Reply {
    pub(crate) fn json(status: u16, body: impl Into<String>) -> Self {
        Self::Now(status, None, body.into())
    }

    pub(crate) fn problem(status: u16, code: &str) -> Self {
        let body = format!(
            r#"{{"type":"/problems/{code}","title":"T","status":{status},"detail":"It is so.",
            "code":"{code}","request_id":"r1","required":"read"}}"#
        );
        Self::json(status, body)
    }
}

pub(crate) struct Stub {
    pub(crate) url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Stub {
    /// Answers every request with the reply of `answer`.
    pub(crate) async fn start<F, A>(answer: F) -> Self
    where
        F: Fn(Seen) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Reply> + Send,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (answer, record) = (answer.clone(), Arc::clone(&record));
                let service = service_fn(move |request| {
                    let (answer, record) = (answer.clone(), Arc::clone(&record));
                    async move { respond(answer(note(request, &record).await).await).await }
                });
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(socket), service);
                tokio::spawn(connection);
            }
        });
        Self { url, seen }
    }

    /// Answers every request with this status and body.
    pub(crate) async fn saying(status: u16, body: &'static str) -> Self {
        Self::start(move |_| async move { Reply::json(status, body) }).await
    }

    pub(crate) fn client(&self, credentials: Credentials) -> Client {
        Client::builder(&self.url).credentials(credentials).build().unwrap()
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn note(request: hyper::Request<Incoming>, record: &Mutex<Vec<Seen>>) -> Seen {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let seen = Seen {
        line: format!("{} {}", parts.method, parts.uri),
        headers: parts.headers,
        body: String::from_utf8(body.to_vec()).unwrap(),
    };
    record.lock().unwrap().push(seen.clone());
    seen
}

async fn respond(reply: Reply) -> Result<hyper::Response<Full<Bytes>>, std::io::Error> {
    match reply {
        Reply::Never => std::future::pending().await,
        Reply::Hangup => Err(std::io::Error::other("hang up")),
        Reply::Now(status, header, body) => {
            let mut response = hyper::Response::builder().status(status);
            if let Some((name, value)) = header {
                response = response.header(name, value);
            }
            Ok(response.body(Full::from(body)).unwrap())
        }
    }
}

/// The URL of a port on which nothing listens.
pub(crate) fn dead_url() -> String {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
