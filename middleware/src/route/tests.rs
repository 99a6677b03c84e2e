//! The way by a clock that the test sets, of a Cargo that counts questions.

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

/// A Cargo that says which way leads to its storage.
#[derive(Default)]
struct Cargo {
    asked: AtomicUsize,
    is_down: AtomicBool,
    is_gateway: AtomicBool,
    /// Seconds since the test began.
    now: Mutex<u64>,
}

impl Cargo {
    async fn start() -> (Arc<Self>, Route) {
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
        (cargo, Route::with_clock(client, Arc::new(now)))
    }

    fn answer(&self) -> Response<Full<Bytes>> {
        let is_down = self.is_down.load(Ordering::SeqCst);
        self.asked.fetch_add(1, Ordering::SeqCst);
        let access = if self.is_gateway.load(Ordering::SeqCst) { "gateway" } else { "direct" };
        let body = format!(
            r#"{{"actor":"root","id":"8fK2mQ0ZtYb1","project":"sail","groups":[],"scopes":["sign"],
            "service_account":false,"storage":{{"endpoints":[{{"url":"http://s3.test","style":"path"}}],
            "region":"us-east-1","access":"{access}",
            "gateway":{{"endpoint":"http://gateway.test","region":"us-east-1"}}}}}}"#
        );
        let answer = Response::builder().status(if is_down { 500 } else { 200 });
        answer.header("content-type", "application/json").body(Full::from(body)).unwrap()
    }

    fn switch(&self, is_gateway: bool) {
        self.is_gateway.store(is_gateway, Ordering::SeqCst);
    }

    fn at(&self, seconds: u64) {
        *self.now.lock().unwrap() = seconds;
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn who_is_refused_asks_once_for_all_and_takes_the_gateway() {
    let (cargo, route) = Cargo::start().await;
    cargo.switch(true);
    assert!(route.detour().await.is_none(), "nothing is known yet, and nobody is asked");
    let begun = route.now();
    cargo.at(1);
    let turned = join_all((0..20).map(|_| route.turn(begun))).await;
    assert!(turned.into_iter().all(|turned| turned.unwrap().is_some()));
    assert!(route.detour().await.is_some());
    assert_eq!(cargo.asked(), 1);
}

#[tokio::test]
async fn a_refusal_that_cargo_does_not_bear_out_turns_nobody_and_is_not_asked_about_for_a_while() {
    let (cargo, route) = Cargo::start().await;
    for (second, asked) in [(0, 1), (1, 1), (9, 1), (10, 2)] {
        cargo.at(second);
        let begun = route.now();
        assert!(route.turn(begun).await.unwrap().is_none());
        assert_eq!(cargo.asked(), asked, "at {second}");
    }
    cargo.is_down.store(true, Ordering::SeqCst);
    cargo.at(30);
    assert!(route.turn(route.now()).await.is_err());
}

#[tokio::test]
async fn the_way_through_the_gateway_is_left_when_cargo_says_so() {
    let (cargo, route) = Cargo::start().await;
    cargo.switch(true);
    route.ask().await.unwrap();
    cargo.switch(false);
    cargo.at(299);
    assert!(route.detour().await.is_some(), "it is believed for a while");
    cargo.is_down.store(true, Ordering::SeqCst);
    cargo.at(300);
    assert!(route.detour().await.is_some(), "Cargo does not answer");
    assert!(route.detour().await.is_some());
    assert_eq!(cargo.asked(), 2);
    cargo.is_down.store(false, Ordering::SeqCst);
    cargo.at(310);
    assert!(route.detour().await.is_none());
    assert!(route.detour().await.is_none());
    assert_eq!(cargo.asked(), 3);
}

#[tokio::test]
async fn a_gateway_that_does_not_answer_is_asked_about_once_in_a_while() {
    let (cargo, route) = Cargo::start().await;
    cargo.switch(true);
    route.ask().await.unwrap();
    for (second, asked) in [(9, 1), (10, 2), (11, 2), (20, 3)] {
        cargo.at(second);
        route.doubt();
        assert!(route.detour().await.is_some());
        assert_eq!(cargo.asked(), asked, "at {second}");
    }
    cargo.switch(false);
    cargo.at(30);
    route.doubt();
    assert!(route.detour().await.is_none());
}
