//! A storage in memory that keeps every key unchanged, even one that ends in a slash.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use md5::{Digest as _, Md5};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

type Objects = Arc<Mutex<BTreeMap<String, Bytes>>>;

/// A storage with one bucket of any name. It stops when dropped.
pub(crate) struct MemoryStorage {
    pub(crate) url: String,
    objects: Objects,
    task: JoinHandle<()>,
}

impl Drop for MemoryStorage {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl MemoryStorage {
    pub(crate) async fn set_up() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let objects = Objects::default();
        let task = tokio::spawn(serve(listener, objects.clone()));
        Self { url, objects, task }
    }

    pub(crate) fn put(&self, key: &str, content: &'static str) {
        self.objects.lock().unwrap().insert(key.to_owned(), content.into());
    }

    pub(crate) fn get(&self, key: &str) -> Option<Bytes> {
        self.objects.lock().unwrap().get(key).cloned()
    }

    pub(crate) fn keys(&self) -> Vec<String> {
        self.objects.lock().unwrap().keys().cloned().collect()
    }
}

async fn serve(listener: TcpListener, objects: Objects) {
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let objects = objects.clone();
        let service = service_fn(move |request| {
            let objects = objects.clone();
            async move { Ok::<_, Infallible>(answer(request, &objects).await) }
        });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

async fn answer(request: Request<Incoming>, objects: &Objects) -> Response<Full<Bytes>> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let key = parts.uri.path().splitn(3, '/').nth(2).map(decoded).unwrap_or_default();
    let source = parts.headers.get("x-amz-copy-source").map(|source| source.to_str().unwrap());
    let mut objects = objects.lock().unwrap();
    match (parts.method, source) {
        (Method::GET, _) if key.is_empty() => listing(&objects, parts.uri.query().unwrap()),
        (Method::GET | Method::HEAD, _) => match objects.get(&key) {
            Some(content) => whole(content),
            None => said(StatusCode::NOT_FOUND, "<Error><Code>NoSuchKey</Code></Error>"),
        },
        (Method::PUT, Some(source)) => {
            let from = decoded(source.trim_start_matches('/').split_once('/').unwrap().1);
            let content = objects[&from].clone();
            objects.insert(key, content);
            said(StatusCode::OK, "<CopyObjectResult><ETag>\"e\"</ETag></CopyObjectResult>")
        }
        (Method::PUT, None) => {
            objects.insert(key, body);
            said(StatusCode::OK, "")
        }
        (Method::DELETE, _) => {
            objects.remove(&key);
            said(StatusCode::NO_CONTENT, "")
        }
        (Method::POST, _) => {
            let text = std::str::from_utf8(&body).unwrap();
            let keys = text.split("<Key>").skip(1).map(|rest| rest.split("</Key>").next().unwrap());
            keys.for_each(|key| drop(objects.remove(key)));
            said(StatusCode::OK, "<DeleteResult/>")
        }
        _ => said(StatusCode::NOT_IMPLEMENTED, ""),
    }
}

fn listing(objects: &BTreeMap<String, Bytes>, query: &str) -> Response<Full<Bytes>> {
    let parameters: Vec<_> = query.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let of =
        |name: &str| parameters.iter().find(|(found, _)| *found == name).map(|(_, value)| *value);
    let prefix = decoded(of("prefix").unwrap_or_default());
    let url = of("encoding-type") == Some("url");
    let found = objects.iter().filter(|(key, _)| key.starts_with(&prefix)).map(|(key, content)| {
        let key = if url { key.replace('%', "%25") } else { key.clone() };
        format!("<Contents><Key>{key}</Key><Size>{}</Size></Contents>", content.len())
    });
    let encoding = if url { "<EncodingType>url</EncodingType>" } else { "" };
    let found: String = found.collect();
    said(StatusCode::OK, &format!("<ListBucketResult>{encoding}{found}</ListBucketResult>"))
}

fn whole(content: &Bytes) -> Response<Full<Bytes>> {
    let e_tag = format!("\"{}\"", hex::encode(Md5::digest(content)));
    Response::builder()
        .header("etag", e_tag)
        .header("content-length", content.len())
        .body(Full::new(content.clone()))
        .unwrap()
}

fn said(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    Response::builder().status(status).body(Full::new(text.to_owned().into())).unwrap()
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8().unwrap().into_owned()
}
