//! An S3 storage in a temporary directory, which verifies signatures and records requests.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use futures_util::future::BoxFuture;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, Response};
use s3s::access::S3Access;
use s3s::auth::SimpleAuth;
use s3s::dto::ListObjectsV2Input;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Request, S3Result};
use tempfile::TempDir;

use super::{ACCESS_KEY, SECRET_KEY};

/// A request as received.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: http::Method,
    pub(crate) uri: String,
    pub(crate) headers: http::HeaderMap,
}

impl Seen {
    /// The value of a header; empty if absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The names of the signed headers.
    pub(crate) fn signed_headers(&self) -> Vec<&str> {
        let (_, rest) = self.header("authorization").split_once("SignedHeaders=").unwrap();
        rest.split(',').next().unwrap().split(';').collect()
    }
}

pub(crate) struct Storage {
    pub(crate) url: String,
    root: TempDir,
    files: TempDir,
    state: Arc<State>,
}

/// Makes listings ignore `encoding-type`: the file system claims to escape keys, but does not.
struct Plain;

impl S3Access for Plain {
    fn list_objects_v2<'rules, 'request, 'verdict>(
        &'rules self,
        request: &'request mut S3Request<ListObjectsV2Input>,
    ) -> BoxFuture<'verdict, S3Result<()>>
    where
        'rules: 'verdict,
        'request: 'verdict,
        Self: 'verdict,
    {
        request.input.encoding_type = None;
        Box::pin(async { Ok(()) })
    }
}

#[derive(Default)]
struct State {
    seen: Mutex<Vec<Seen>>,
    /// Responses to send first, instead of the real ones.
    faults: Mutex<VecDeque<(u16, &'static str)>>,
}

impl Storage {
    pub(crate) async fn start() -> Self {
        let (root, files) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(root.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        builder.set_access(Plain);
        let (service, state) = (builder.build(), Arc::new(State::default()));
        let shared = Arc::clone(&state);
        let answer = move |request| {
            let (service, state) = (service.clone(), Arc::clone(&shared));
            async move { state.answer(&service, request).await }
        };
        let address = super::listen(answer).await;
        Self { url: format!("http://{address}"), root, files, state }
    }

    pub(crate) fn make_bucket(&self, bucket: &str) {
        std::fs::create_dir(self.root.path().join(bucket)).unwrap();
    }

    /// The file of an object.
    pub(crate) fn object(&self, bucket: &str, key: &str) -> PathBuf {
        self.root.path().join(bucket).join(key)
    }

    /// A new file outside of all buckets.
    pub(crate) fn file(&self, content: &[u8]) -> PathBuf {
        let (_, path) = tempfile::NamedTempFile::new_in(&self.files).unwrap().keep().unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Fails the next request with `status`, after those that are already set to fail.
    pub(crate) fn fail_once(&self, status: u16) {
        self.fail_once_with(status, "SlowDown");
    }

    pub(crate) fn fail_once_with(&self, status: u16, code: &'static str) {
        self.state.faults.lock().unwrap().push_back((status, code));
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    pub(crate) fn last(&self) -> Seen {
        self.seen().pop().unwrap()
    }
}

impl State {
    async fn answer(&self, service: &S3Service, request: Request<Incoming>) -> Response<s3s::Body> {
        let (method, uri) = (request.method().clone(), request.uri().to_string());
        let headers = request.headers().clone();
        self.seen.lock().unwrap().push(Seen { method, uri, headers });
        let fault = self.faults.lock().unwrap().pop_front();
        let Some((status, code)) = fault else {
            return service.call(request.map(s3s::Body::from)).await.unwrap();
        };
        request.into_body().collect().await.unwrap();
        let body = s3s::Body::from(format!("<Error><Code>{code}</Code></Error>"));
        Response::builder().status(status).body(body).unwrap()
    }
}
