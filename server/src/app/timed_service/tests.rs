//! Connections through actix's dispatcher, with a clock that needs no time.

use actix_web::web::{self, Bytes, to};
use actix_web::{App, HttpRequest, HttpResponse};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep};

use super::*;

/// How long bodies may take here.
const BODY: Duration = Duration::from_mins(2);
const REQUEST: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";
const LARGE: &str = "GET /large HTTP/1.1\r\nhost: x\r\n\r\n";
const NO_CONTENT: &str = "HTTP/1.1 204 No Content";
/// How much of an answer the connection holds while nobody takes it.
const HELD: usize = 4096;

/// A client of a server on which `GET /` is answered at once, `GET /slow` after two minutes, `GET /large` with a
/// mebibyte, `POST /` when its body is there, and `POST /early` before.
struct Client {
    io: DuplexStream,
}

impl Client {
    /// Runs `talk` with a client that has sent `first` before the server looks.
    async fn with<T>(first: &str, talk: impl AsyncFnOnce(Self) -> T) -> T {
        let application = || {
            App::new()
                .route("/", web::get().to(HttpResponse::NoContent))
                .route("/", web::post().to(async |body: Bytes| body.len().to_string()))
                .route(
                    "/early",
                    web::post().to(async |_: HttpRequest| HttpResponse::NoContent().finish()),
                )
                .route("/large", to(async || vec![b'x'; 1 << 20]))
                .route(
                    "/slow",
                    to(async || {
                        sleep(Duration::from_mins(2)).await;
                        HttpResponse::NoContent().finish()
                    }),
                )
        };
        let answering = async {
            let (mut io, server) = duplex(HELD);
            io.write_all(first.as_bytes()).await.unwrap();
            let stops = ServerBuilder::default().graceful_shutdown_signal();
            let service = TimedService::new(application, BODY).over(stops);
            let service = service.new_service(()).await.unwrap();
            tokio::task::spawn_local(service.call((server, None)));
            talk(Self { io }).await
        };
        LocalSet::new().run_until(answering).await
    }

    async fn send(&mut self, text: &str) {
        self.io.write_all(text.as_bytes()).await.unwrap();
    }

    /// Reads the head of an answer without a body, and returns its first line.
    async fn answer(&mut self) -> String {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(self.io.read_u8().await.expect("an answer"));
        }
        String::from_utf8(head).unwrap().lines().next().unwrap().to_owned()
    }

    /// Demands that the connection ends after so many seconds, while nothing is sent and nothing is read.
    async fn ends_within(self, seconds: std::ops::RangeInclusive<u64>) {
        let ended = self.ends("").await;
        assert!(seconds.contains(&ended), "{ended} s");
    }

    /// After how many seconds the connection ends, while `text` is sent each second. Nothing is read before.
    async fn ends(mut self, text: &str) -> u64 {
        let begun = Instant::now();
        loop {
            sleep(Duration::from_secs(1)).await;
            if self.io.write(text.as_bytes()).await.is_err() {
                return begun.elapsed().as_secs();
            }
            assert!(begun.elapsed() < Duration::from_hours(1), "for ever");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn each_head_comes_within_5_s_of_its_first_byte() {
    assert_eq!(Client::with("", async |client| client.ends("a").await).await, 7);
    let seconds = Client::with(REQUEST, async |mut client| {
        assert_eq!(client.answer().await, NO_CONTENT);
        client.send(REQUEST).await;
        assert_eq!(client.answer().await, NO_CONTENT);
        client.ends("a").await
    });
    assert_eq!(seconds.await, 7);
}

#[tokio::test(start_paused = true)]
async fn a_connection_may_be_idle_for_75_s_at_its_beginning_and_after_each_answer() {
    Client::with("", async |mut client| {
        for _ in 0..4 {
            sleep(Duration::from_secs(74)).await;
            client.send(REQUEST).await;
            assert_eq!(client.answer().await, NO_CONTENT);
        }
        client.ends_within(74..=76).await;
    })
    .await;
    Client::with("", async |client| client.ends_within(74..=76).await).await;
    // What was there when the server first looked makes no difference.
    Client::with(REQUEST, async |client| client.ends_within(74..=76).await).await;
}

#[tokio::test(start_paused = true)]
async fn empty_lines_prolong_nothing() {
    let seconds = Client::with(REQUEST, async |mut client| {
        assert_eq!(client.answer().await, NO_CONTENT);
        client.ends("\r\n").await
    });
    assert!((74..=77).contains(&seconds.await));
}

#[tokio::test(start_paused = true)]
async fn who_takes_no_answer_is_let_go_after_75_s() {
    Client::with(LARGE, async |client| client.ends_within(74..=77).await).await;
    Client::with(&REQUEST.repeat(100), async |client| client.ends_within(74..=77).await).await;
}

/// The server has been asked to take its time: by a request that takes two minutes, and by a slow body.
#[tokio::test(start_paused = true)]
async fn a_slow_answer_and_a_slow_body_are_waited_for() {
    Client::with("GET /slow HTTP/1.1\r\nhost: x\r\n\r\n", async |mut client| {
        assert_eq!(client.answer().await, NO_CONTENT);
        client.ends_within(74..=76).await;
    })
    .await;
    let post = "POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 100\r\n\r\n";
    Client::with(post, async |mut client| {
        assert_eq!(client.answer().await, "HTTP/1.1 100 Continue");
        for _ in 0..100 {
            sleep(Duration::from_secs(1)).await;
            client.send("x").await;
        }
        assert_eq!(client.answer().await, "HTTP/1.1 200 OK");
    })
    .await;
}

/// A body that looks like the end of a head, behind an answer that did not wait for it.
#[tokio::test(start_paused = true)]
async fn the_rest_of_a_request_that_was_answered_early_is_no_way_to_stay() {
    let post = "POST /early HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n";
    for rest in ["0\r\n\r\n", "1\r\n\n\r\n", "5\r\nabc"] {
        let seconds = Client::with(post, async |mut client| {
            assert_eq!(client.answer().await, NO_CONTENT);
            client.send(rest).await;
            client.ends("a").await
        });
        assert!(seconds.await <= 7 * 60 + 2, "{rest:?}");
    }
}
