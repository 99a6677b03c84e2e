//! A storage with something in front of it that keeps what breaks off, or that takes nothing but what is
//! whole and right. It writes down what it is sent.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::HeaderMap;
use http::header::CONTENT_ENCODING;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use sail_cargo_server::domain::s3::checksum::ChecksumAlgorithm;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::{ACCESS_KEY_ID, SECRET};

/// A running storage, until dropped. It verifies signatures over the headers that were signed.
pub(crate) struct Fronted {
    pub(crate) url: String,
    sent: Arc<Mutex<Vec<Sent>>>,
    task: JoinHandle<()>,
    _directory: TempDir,
}

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    /// In lower case, with their values.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Bytes,
    /// The body is as long as it was said.
    pub(crate) is_whole: bool,
}

impl Sent {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }
}

impl Drop for Fronted {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Fronted {
    /// A storage that takes an upload that breaks off for a whole one.
    pub(crate) async fn keeping() -> Self {
        Self::start(true).await
    }

    /// A storage that takes nothing but what is whole, and bodies in chunks only with their checksum.
    pub(crate) async fn strict() -> Self {
        Self::start(false).await
    }

    /// The requests so far.
    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    async fn start(keeps: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let directory = tempfile::tempdir().unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(directory.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET));
        let (service, sent) = (builder.build(), Arc::default());
        let task = tokio::spawn(serve(listener, service, Arc::clone(&sent), keeps));
        Self { url, sent, task, _directory: directory }
    }
}

async fn serve(
    listener: TcpListener,
    service: S3Service,
    sent: Arc<Mutex<Vec<Sent>>>,
    keeps: bool,
) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let (service, sent) = (service.clone(), Arc::clone(&sent));
        tokio::spawn(async move {
            let answer = service_fn(move |request: Request<Incoming>| {
                let (service, sent) = (service.clone(), Arc::clone(&sent));
                // A task of its own: what is kept is kept although the client is gone.
                let stored = tokio::spawn(store(service, request, sent, keeps));
                async move { Ok::<_, Infallible>(stored.await.unwrap()) }
            });
            http1::Builder::new().serve_connection(TokioIo::new(socket), answer).await.ok();
        });
    }
}

/// Reads as much of the body as comes, and has it stored if it is whole, or kept anyway.
async fn store(
    service: S3Service,
    request: Request<Incoming>,
    sent: Arc<Mutex<Vec<Sent>>>,
    keeps: bool,
) -> Response<s3s::Body> {
    let (mut head, mut incoming) = request.into_parts();
    let (mut body, mut is_whole) = (Vec::new(), true);
    while let Some(frame) = incoming.frame().await {
        let Ok(frame) = frame else {
            is_whole = false;
            break;
        };
        body.extend(frame.into_data().unwrap_or_default());
    }
    let body = Bytes::from(body);
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
    sent.lock().unwrap().push(Sent {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        headers: headers.collect(),
        body: body.clone(),
        is_whole,
    });
    if !keeps && (!is_whole || !is_right(&head.headers, &body)) {
        return Response::builder().status(400).body(s3s::Body::empty()).unwrap();
    }
    if !is_whole {
        head.headers.insert(http::header::CONTENT_LENGTH, body.len().into());
    }
    let request = Request::from_parts(head, s3s::Body::from(body));
    let answer = service.call(request).await;
    let mut answer = answer
        .unwrap_or_else(|_| Response::builder().status(500).body(s3s::Body::empty()).unwrap());
    let coding = answer.headers().get(CONTENT_ENCODING);
    if !keeps && coding.is_some_and(|coding| coding.as_bytes() == b"aws-chunked") {
        answer.headers_mut().remove(CONTENT_ENCODING);
    }
    answer
}

/// Whether a body in chunks is as long as was said, and has the checksum behind it that was announced.
fn is_right(headers: &HeaderMap, body: &[u8]) -> bool {
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
    if header("x-amz-content-sha256") != Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER") {
        return true;
    }
    let Some((content, trailer)) = decoded(body) else { return false };
    let length = header("x-amz-decoded-content-length").and_then(|length| length.parse().ok());
    let algorithm = header("x-amz-trailer").and_then(ChecksumAlgorithm::of_header);
    let is_sum = |algorithm: ChecksumAlgorithm| {
        trailer == format!("{}:{}\r\n\r\n", algorithm.header(), algorithm.of(&content))
    };
    header("content-encoding") == Some("aws-chunked")
        && length == Some(content.len())
        && algorithm.is_some_and(is_sum)
}

/// The content of a body in chunks, and what stands behind the last of them.
pub(crate) fn decoded(mut body: &[u8]) -> Option<(Vec<u8>, String)> {
    let mut content = Vec::new();
    loop {
        let end = body.windows(2).position(|end| end == b"\r\n")?;
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).ok()?, 16).ok()?;
        body = &body[end + 2..];
        if size == 0 {
            return Some((content, String::from_utf8(body.to_vec()).ok()?));
        }
        content.extend(body.get(..size)?);
        body = body.get(size..)?.strip_prefix(b"\r\n")?;
    }
}
