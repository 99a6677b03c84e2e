//! An S3 storage on disk, for trying things out. Path style only.
//!
//! Objects are files: `a` and `a/b` cannot both exist, and a path segment has at most 255 bytes.
//! The key is also part of the name of a metadata file, so that uploads of keys over some 130 bytes
//! fail. An upload with a wrong checksum is refused, but the previous object is lost.

mod cors;
mod files;
mod rules;
mod serve;
#[cfg(test)]
mod tests;

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use hyper::{body::Incoming, service::service_fn};
pub use s3s::auth::SecretKey;
use s3s::{
    Body,
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;

use crate::api::hosts;
use crate::domain::Secret;
use crate::gateway::S3Error;
use crate::listener::{Options, Running};
use crate::{clock::Clock, private};

use self::files::Files;
use self::rules::Rules;
use self::serve::{is_local, stop};
use super::guard::Guard;

/// Why the storage does not start.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// The directory cannot be used.
    #[error("cannot use {} as a storage", path.display())]
    Directory {
        /// The directory's path.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The listener is not usable.
    #[error("cannot listen")]
    Listener(#[source] io::Error),
}

/// A running storage. Dropping it cuts every connection.
#[derive(Debug)]
pub struct Storage {
    served: Arc<AtomicU64>,
    running: Running,
}

impl Storage {
    /// Serves the directory `root` to the holder of one access key. Creates it if missing. Each
    /// directory in it is a bucket.
    ///
    /// # Errors
    /// [`StorageError`] if the directory or the listener cannot be used.
    #[expect(clippy::unused_async, reason = "it has to run where tasks can be spawned")]
    pub async fn start(
        listener: TcpListener,
        root: &Path,
        access_key_id: &str,
        secret_access_key: SecretKey,
        region: &str,
    ) -> Result<Self, StorageError> {
        let secret = Secret::new(secret_access_key.expose().to_owned());
        let guard = Guard::new(access_key_id, secret, region);
        let auth = SimpleAuth::from_single(access_key_id, secret_access_key);
        let s3 = open(root, auth)
            .map_err(|source| StorageError::Directory { path: root.to_owned(), source })?;
        let served = Arc::new(AtomicU64::new(0));
        let door = Arc::new(Door { s3, guard, served: Arc::clone(&served) });
        let service = service_fn(move |request| {
            let door = Arc::clone(&door);
            async move { Ok::<_, Infallible>(door.answer(request).await) }
        });
        let running = Running::start(listener, Options::default(), move |_| service.clone())
            .map_err(StorageError::Listener)?;
        Ok(Self { served, running })
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// The number of requests so far, including refused ones and CORS preflights.
    pub fn served(&self) -> u64 {
        self.served.load(Ordering::SeqCst)
    }

    /// Stops listening and waits until open requests are answered, five seconds at most.
    pub async fn stop(self) {
        stop(self.running).await;
    }
}

/// Opens the file system behind the guard.
fn open(root: &Path, auth: SimpleAuth) -> io::Result<S3Service> {
    private::directory(root)?;
    let root = root.canonicalize()?;
    let files = FileSystem::new(&root).map_err(|error| io::Error::other(format!("{error:?}")))?;
    let mut builder = S3ServiceBuilder::new(Files(files));
    builder.set_auth(auth);
    builder.set_access(Rules::new(root));
    Ok(builder.build())
}

/// The entry of every request: Host check, CORS, guard, then the file system.
struct Door {
    s3: S3Service,
    guard: Guard,
    served: Arc<AtomicU64>,
}

impl Door {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        self.served.fetch_add(1, Ordering::SeqCst);
        let asked = Asked::of(&request);
        if !is_local(&request) {
            return asked.refuse(&misdirected());
        }
        if request.method() == Method::OPTIONS {
            return cors::preflight(request.headers());
        }
        let mut response = match self.pass(request).await {
            Ok(response) => response,
            Err(error) => asked.refuse(&error),
        };
        cors::expose(response.headers_mut());
        response
    }

    async fn pass(&self, request: Request<Incoming>) -> Result<Response<Body>, S3Error> {
        let (mut parts, body) = request.into_parts();
        self.guard.check(&parts, Clock::system().now())?;
        conceal(&mut parts.headers);
        self.s3.call(Request::from_parts(parts, Body::from(body))).await.map_err(|error| {
            log::error!("the embedded storage failed: {error:?}");
            S3Error::internal()
        })
    }
}

/// Marks the signature as sensitive, so that `s3s` does not log it. `s3s` still logs the query of a
/// presigned URL below the level of warnings: keep `s3s` and `s3s_fs` at warnings.
fn conceal(headers: &mut HeaderMap) {
    if let Some(authorization) = headers.get_mut(header::AUTHORIZATION) {
        authorization.set_sensitive(true);
    }
}

/// What the answer to a refused request says of it.
struct Asked {
    path: String,
    is_head: bool,
}

impl Asked {
    fn of(request: &Request<Incoming>) -> Self {
        let is_head = request.method() == Method::HEAD;
        Self { path: request.uri().path().to_owned(), is_head }
    }

    fn refuse(&self, error: &S3Error) -> Response<Body> {
        let (code, message) = (error.code(), error.message());
        log::debug!("the embedded storage refused a request: {code}: {message}");
        let request_id = uuid::Uuid::now_v7().simple().to_string();
        error.answer(&self.path, &request_id, self.is_head).map(Body::http_body)
    }
}

/// The request's Host is not this machine.
fn misdirected() -> S3Error {
    S3Error::new(StatusCode::MISDIRECTED_REQUEST, "MisdirectedRequest", hosts::ADVICE)
}
