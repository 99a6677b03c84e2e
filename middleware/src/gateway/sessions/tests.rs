//! Sessions by a clock that the test sets, of a Cargo that counts them.

use std::convert::Infallible;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use futures_util::future::join_all;
use http_body_util::Full;
use hyper::Response;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::*;

const LIFE: u64 = 900;

/// A Cargo that gives out numbered sessions.
#[derive(Default)]
struct Cargo {
    opened: AtomicUsize,
    is_down: AtomicBool,
    /// Seconds since the test began.
    now: Mutex<u64>,
}

impl Cargo {
    async fn start() -> (Arc<Self>, Sessions) {
        let cargo = Arc::new(Self::default());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answering = Arc::clone(&cargo);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let cargo = Arc::clone(&answering);
                let answer = service_fn(move |_| {
                    let response = cargo.answer();
                    async { Ok::<_, Infallible>(response) }
                });
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(socket), answer));
            }
        });
        let credentials = sail_cargo_client::Credentials::api_key("the-key");
        let client = Client::builder(url).credentials(credentials).attempts(1).build().unwrap();
        let (begun, clock) = (Instant::now(), Arc::clone(&cargo));
        let now = move || begun + Duration::from_secs(*clock.now.lock().unwrap());
        let sessions = Sessions::with_clock(client, Arc::new(now));
        (cargo, sessions)
    }

    fn answer(&self) -> Response<Full<Bytes>> {
        let is_down = self.is_down.load(Ordering::SeqCst);
        let number = self.opened.fetch_add(usize::from(!is_down), Ordering::SeqCst);
        let body = format!(
            r#"{{"access_key_id":"CGAS{number}","secret_access_key":"the-secret",
            "session_token":"the-token","expires_at":"2026-01-02T03:04:05Z","expires_in":{LIFE}}}"#
        );
        let answer = Response::builder().status(if is_down { 500 } else { 201 });
        answer.header("content-type", "application/json").body(Full::from(body)).unwrap()
    }

    fn at(&self, seconds: u64) {
        *self.now.lock().unwrap() = seconds;
    }

    fn opened(&self) -> usize {
        self.opened.load(Ordering::SeqCst)
    }
}

async fn id(sessions: &Sessions) -> String {
    sessions.credentials().await.unwrap().access_key_id().to_owned()
}

#[tokio::test]
async fn a_session_is_renewed_before_it_ends_and_once_for_all_who_ask() {
    let (cargo, sessions) = Cargo::start().await;
    let ids = join_all((0..20).map(|_| id(&sessions))).await;
    assert!(ids.iter().all(|id| id == "CGAS0"), "{ids:?}");
    cargo.at(LIFE * 2 / 3 - 1);
    assert_eq!(id(&sessions).await, "CGAS0");
    cargo.at(LIFE * 2 / 3);
    join_all((0..20).map(|_| id(&sessions))).await;
    assert_eq!((id(&sessions).await.as_str(), cargo.opened()), ("CGAS1", 2));
}

#[tokio::test]
async fn a_session_serves_to_its_end_while_it_cannot_be_renewed() {
    let (cargo, sessions) = Cargo::start().await;
    assert_eq!(id(&sessions).await, "CGAS0");
    cargo.is_down.store(true, Ordering::SeqCst);
    cargo.at(LIFE - 1);
    assert_eq!(id(&sessions).await, "CGAS0");
    cargo.at(LIFE);
    let error = sessions.credentials().await.unwrap_err();
    assert!(matches!(error, RemoteSigningError::Unavailable { status: 500, .. }), "{error}");
    cargo.is_down.store(false, Ordering::SeqCst);
    assert_eq!(id(&sessions).await, "CGAS1");
}

#[tokio::test]
async fn only_the_session_that_was_refused_is_forgotten_and_none_is_printed() {
    let (_cargo, sessions) = Cargo::start().await;
    assert_eq!(id(&sessions).await, "CGAS0");
    sessions.forget("CGAS7");
    assert_eq!(id(&sessions).await, "CGAS0");
    sessions.forget("CGAS0");
    assert_eq!(id(&sessions).await, "CGAS1");
    let shown = format!("{sessions:?} {:?}", sessions.credentials().await.unwrap());
    assert!(shown.contains("CGAS1") && !shown.contains("the-"), "{shown}");
}
