//! Two storages, each on a directory: the guarded one of `dev`, and one without the guard, which
//! accepts unsigned headers.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use s3s::auth::SimpleAuth;
use s3s::host::SingleDomain;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::folding::Folding;
use crate::storages::{ACCESS_KEY_ID, Embedded, SECRET};

pub(crate) struct Storage {
    pub(crate) url: String,
    running: Running,
}

enum Running {
    Guarded(Embedded),
    Lax(TempDir, JoinHandle<()>),
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Self::Lax(_, task) = self {
            task.abort();
        }
    }
}

impl Storage {
    /// A storage that refuses every unsigned `x-amz-*` header.
    pub(crate) async fn guarded() -> Self {
        let embedded = Embedded::start().await;
        Self { url: embedded.url.clone(), running: Running::Guarded(embedded) }
    }

    /// A storage that verifies signatures, but trusts unsigned headers.
    pub(crate) async fn lax() -> Self {
        let (listener, address, root) = prepare().await;
        let task = tokio::spawn(serve(listener, unguarded(&root).build(), None));
        Self { url: format!("http://{address}"), running: Running::Lax(root, task) }
    }

    /// A lax storage that takes buckets in host names only.
    pub(crate) async fn lax_with_hosts() -> Self {
        let (listener, address, root) = prepare().await;
        let host = format!("localhost:{}", address.port());
        let mut builder = unguarded(&root);
        builder.set_host(SingleDomain::new(&host).unwrap());
        let task = tokio::spawn(serve(listener, builder.build(), Some(host.clone())));
        Self { url: format!("http://{host}"), running: Running::Lax(root, task) }
    }

    /// A lax storage to which upper and lower case are one key.
    pub(crate) async fn folding() -> Self {
        let (listener, address, root) = prepare().await;
        let files = FileSystem::new(root.path()).unwrap();
        let mut builder = S3ServiceBuilder::new(Folding(files));
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET));
        let task = tokio::spawn(serve(listener, builder.build(), None));
        Self { url: format!("http://{address}"), running: Running::Lax(root, task) }
    }

    fn root(&self) -> &Path {
        match &self.running {
            Running::Guarded(embedded) => embedded.directory(),
            Running::Lax(root, _) => root.path(),
        }
    }

    /// Creates a bucket directly on disk.
    pub(crate) fn make_bucket(&self, name: &str) {
        std::fs::create_dir(self.root().join(name)).unwrap();
    }

    /// The buckets and their files, without the storage's hidden metadata files.
    pub(crate) fn contents(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut directories = vec![self.root().to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in std::fs::read_dir(&directory).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(self.root()).unwrap().to_owned();
                let hidden = name.to_string_lossy().starts_with('.');
                if path.is_dir() {
                    let bucket = name.components().count() == 1;
                    found.extend(bucket.then_some(name));
                    directories.push(path);
                } else if !hidden {
                    found.push(name);
                }
            }
        }
        found.sort();
        found
    }
}

async fn prepare() -> (TcpListener, SocketAddr, TempDir) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address, tempfile::tempdir().unwrap())
}

fn unguarded(root: &TempDir) -> S3ServiceBuilder {
    let mut builder = S3ServiceBuilder::new(FileSystem::new(root.path()).unwrap());
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET));
    builder
}

/// Serves `service`, except for requests to the host `not`.
async fn serve(listener: TcpListener, service: S3Service, not: Option<String>) {
    loop {
        let (socket, _) = listener.accept().await.unwrap();
        let (service, not) = (service.clone(), not.clone());
        tokio::spawn(async move {
            let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let host = request.headers().get("host").and_then(|host| host.to_str().ok());
                let refused = host.is_some() && host == not.as_deref();
                let service = service.clone();
                async move {
                    if refused {
                        let body =
                            s3s::Body::from("<Error><Code>PathStyle</Code></Error>".to_owned());
                        return Ok(hyper::Response::builder().status(400).body(body).unwrap());
                    }
                    service.call(request.map(s3s::Body::from)).await
                }
            });
            http1::Builder::new().serve_connection(TokioIo::new(socket), answer).await.ok();
        });
    }
}
