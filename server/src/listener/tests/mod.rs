//! The rules of a connection, by raw bytes.

mod framing;
mod http2;
mod limit;
mod stop;
mod time;
mod tls;
mod uploads;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::StatusCode;
use http_body_util::{BodyExt as _, Full};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::Semaphore;

use super::*;

/// What a socket holds in these tests.
const PIPE: usize = 64 * 1024;

/// What answers: `/echo` with what it was sent, `/wait` when it may, `/flood` with a mebibyte, and all
/// else with 403 without looking at the body.
struct Service {
    calls: AtomicUsize,
    may_answer: Semaphore,
}

impl Service {
    fn new() -> Arc<Self> {
        Arc::new(Self { calls: AtomicUsize::new(0), may_answer: Semaphore::new(0) })
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let path = request.uri().path().to_owned();
        let body = match path.as_str() {
            "/echo" => match request.into_body().collect().await {
                Ok(body) => body.to_bytes(),
                Err(_) => return status(StatusCode::IM_A_TEAPOT),
            },
            "/wait" => {
                self.may_answer.acquire().await.unwrap().forget();
                Bytes::from_static(b"waited")
            }
            "/flood" => vec![b'.'; 1 << 20].into(),
            _ => return status(StatusCode::FORBIDDEN),
        };
        Response::new(Full::new(body))
    }
}

fn status(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response
}

/// What answers each client with `service`.
fn serving(service: &Arc<Service>) -> impl Fn(SocketAddr) -> Answering + Send + 'static {
    let service = service.clone();
    move |_| Answering(service.clone())
}

/// The service of one client.
struct Answering(Arc<Service>);

impl hyper::service::Service<Request<Incoming>> for Answering {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let service = self.0.clone();
        Box::pin(async move { Ok(service.answer(request).await) })
    }
}

/// Listens on a free port.
async fn listen(service: &Arc<Service>, patience: Patience) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let options = Options { patience, ..Options::default() };
    Running::start(listener, options, serving(service)).unwrap()
}

/// One connection without a socket, so that time can be made to pass. It lasts as long as both.
struct Talk {
    client: DuplexStream,
    _stop: watch::Sender<()>,
}

impl Talk {
    fn with(service: &Arc<Service>, patience: Patience) -> Self {
        let (client, server) = duplex(PIPE);
        let (stop, stopped) = watch::channel(());
        let answering = Answering(service.clone());
        let options = Options { patience, ..Options::default() };
        tokio::spawn(Acceptor::new(options, stopped).converse(server, answering));
        Self { client, _stop: stop }
    }

    async fn say(&mut self, text: &str) {
        self.client.write_all(text.as_bytes()).await.unwrap();
    }

    /// Everything until the connection is closed.
    async fn rest(&mut self) -> String {
        let mut answer = Vec::new();
        self.client.read_to_end(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }

    /// Everything until `end` was read.
    async fn until(&mut self, end: &str) -> String {
        let mut answer = Vec::new();
        while !answer.ends_with(end.as_bytes()) {
            let byte = self.client.read_u8().await;
            answer.push(byte.unwrap_or_else(|_| panic!("{:?}", String::from_utf8_lossy(&answer))));
        }
        String::from_utf8(answer).unwrap()
    }
}

/// The statuses in a row of answers.
fn statuses(answers: &str) -> Vec<u16> {
    answers.split("HTTP/1.1 ").filter_map(|answer| answer.get(..3)?.parse().ok()).collect()
}
