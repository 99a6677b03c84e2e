//! Helpers of the tests.

mod authority;
mod gate;
mod recorder;
mod storage;

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::{BehaviorVersion, Builder, Region};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError, RemoteSigningExt};

pub(crate) use authority::{Authority, KEY, TOKEN};
pub(crate) use gate::{Gate, socket_before};
pub(crate) use recorder::{Recorded, Recorder};
pub(crate) use storage::Storage;

pub(crate) const ACCESS_KEY: &str = "AUTHORITYACCESSKEY";
pub(crate) const SECRET_KEY: &str = "only-the-authority-and-the-storage-know";
pub(crate) const REGION: &str = "us-east-1";

/// A storage with the bucket `bkt`, and the stub of Cargo that signs for it.
pub(crate) async fn start() -> (Storage, Authority) {
    let (storage, authority) = (Storage::start().await, Authority::start().await);
    storage.make_bucket("bkt");
    (storage, authority)
}

/// A storage with the bucket `bkt`, and the fake authority, which decides with the server's code.
pub(crate) async fn start_with_fake() -> (Storage, FakeAuthority) {
    let storage = Storage::start().await;
    storage.make_bucket("bkt");
    let keys = FakeStorage::at(&storage.url, ACCESS_KEY, SECRET_KEY);
    let authority = FakeAuthority::start(keys).await.unwrap();
    authority.bucket("bkt");
    (storage, authority)
}

/// Settings without a signer. Retries wait almost no time.
pub(crate) fn plain(endpoint: &str) -> Builder {
    aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
}

/// A client of `storage` for which `authority` signs.
pub(crate) fn client(storage: &Storage, authority: &Authority) -> Client {
    signed_by(storage, authority.user())
}

pub(crate) fn signed_by(storage: &Storage, signer: RemoteSigner) -> Client {
    Client::from_conf(plain(&storage.url).remote_signing(signer).build())
}

/// The middleware's error in `error`.
pub(crate) fn reason(error: &(dyn Error + 'static)) -> RemoteSigningError {
    let found = RemoteSigningError::find(error);
    found.unwrap_or_else(|| panic!("no reason in {error:?}")).clone()
}

/// Serves HTTP on its own port.
async fn listen<F, A, B>(answer: F) -> SocketAddr
where
    F: Fn(Request<Incoming>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Response<B>> + Send,
    B: Body<Data: Send, Error: Into<Box<dyn Error + Send + Sync>>> + Send + 'static,
{
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let answer = answer.clone();
            let service = service_fn(move |request| {
                let answer = answer.clone();
                async move { Ok::<_, Infallible>(answer(request).await) }
            });
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), service));
        }
    });
    address
}

/// The URL of a port on which nothing listens.
pub(crate) fn dead_url() -> String {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}
