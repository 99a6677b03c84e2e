//! The transport for signing requests: it reuses connections, recovers from lost ones, and reports
//! the same errors as `reqwest`.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sail_cargo_client::protocol::SignRequest;
use sail_cargo_client::{Client, Credentials, Error, StaticToken};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::stub::{Reply, Stub, dead_url};

fn get() -> SignRequest {
    SignRequest {
        method: "GET".to_owned(),
        url: "http://s3.test/photos/cat.png".to_owned(),
        headers: Vec::new(),
        payload: Some("UNSIGNED-PAYLOAD".to_owned()),
        body: None,
    }
}

const SIGNED: &str = r#"{"headers":{"authorization":"a"},"remove_headers":[],"url":"http://s3.test/",
    "operation":"GetObject","expires_at":"2026-01-01T00:00:00Z","revision":"r"}"#;

/// Runs `connection` for each accepted connection.
async fn serve<F: Future<Output = ()> + Send>(
    connection: impl Fn(usize, TcpStream) -> F + Send + Sync + 'static,
) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let opened = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&opened);
    tokio::spawn(async move {
        let connection = Arc::new(connection);
        while let Ok((stream, _)) = listener.accept().await {
            let (number, connection) = (count.fetch_add(1, Ordering::SeqCst), connection.clone());
            tokio::spawn(async move { connection(number, stream).await });
        }
    });
    (address, opened)
}

/// Reads one request to its end. Returns whether there was one.
async fn heard(stream: &mut TcpStream) -> bool {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"}") {
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return false,
            Ok(_) => {}
        }
    }
    true
}

async fn answer(stream: &mut TcpStream, header: &str) {
    let length = SIGNED.len();
    let text = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n{header}\r\n{SIGNED}");
    stream.write_all(text.as_bytes()).await.unwrap();
}

fn client(address: SocketAddr) -> Client {
    Client::builder(format!("http://{address}")).build().unwrap()
}

#[tokio::test]
async fn one_connection_serves_one_request_after_the_other_and_more_at_once() {
    let (address, opened) = serve(async |_, mut stream| {
        while heard(&mut stream).await {
            answer(&mut stream, "").await;
        }
    })
    .await;
    let client = client(address);
    for _ in 0..20 {
        client.sign(&get()).await.unwrap();
    }
    assert_eq!(opened.load(Ordering::SeqCst), 1);

    let asked = get();
    let many = (0..8).map(|_| client.sign(&asked));
    for signed in futures_util::future::join_all(many).await {
        signed.unwrap();
    }
    assert!(opened.load(Ordering::SeqCst) <= 8);
}

#[tokio::test]
async fn a_connection_that_the_server_closed_meanwhile_is_no_error() {
    let (address, opened) = serve(async |_, mut stream| {
        heard(&mut stream).await;
        answer(&mut stream, "").await;
    })
    .await;
    let client = client(address);
    for number in 1..=20 {
        client.sign(&get()).await.unwrap();
        assert_eq!(opened.load(Ordering::SeqCst), number);
    }
}

#[tokio::test]
async fn a_server_that_wants_to_close_is_not_written_to_again() {
    let (address, opened) = serve(async |_, mut stream| {
        heard(&mut stream).await;
        answer(&mut stream, "connection: close\r\n").await;
        assert!(!heard(&mut stream).await);
    })
    .await;
    let client = client(address);
    for number in 1..=5 {
        client.sign(&get()).await.unwrap();
        assert_eq!(opened.load(Ordering::SeqCst), number);
    }
}

#[tokio::test]
async fn what_was_written_to_a_connection_that_broke_is_not_sent_again() {
    let (address, opened) = serve(async |_, mut stream| {
        if heard(&mut stream).await {
            answer(&mut stream, "").await;
        }
        // Receive the second request, and never respond.
        heard(&mut stream).await;
    })
    .await;
    let client = client(address);
    client.sign(&get()).await.unwrap();
    let error = client.sign(&get()).await.unwrap_err();
    assert!(error.is_unavailable() && !error.is_connect() && !error.is_timeout(), "{error:?}");
    assert_eq!(opened.load(Ordering::SeqCst), 1);
    client.sign(&get()).await.unwrap();
}

#[test]
fn connections_of_a_runtime_that_is_gone_are_opened_anew() {
    let elsewhere = tokio::runtime::Runtime::new().unwrap();
    let stub = elsewhere.block_on(Stub::saying(200, SIGNED));
    let client = stub.client(Credentials::none());
    for _ in 0..3 {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(client.sign(&get())).unwrap();
    }
}

/// A runtime that does not run processes no events: the request would be signed, but the response
/// not read.
#[test]
fn connections_of_a_runtime_that_does_not_run_are_left_alone() {
    let elsewhere = tokio::runtime::Runtime::new().unwrap();
    let stub = elsewhere.block_on(Stub::saying(200, SIGNED));
    let client = stub.client(Credentials::none());
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (one, other) = (runtime(), runtime());
    for _ in 0..2 {
        one.block_on(client.sign(&get())).unwrap();
        other.block_on(client.sign(&get())).unwrap();
    }
    assert_eq!(stub.seen().len(), 4);
}

#[tokio::test]
async fn a_request_that_is_dropped_takes_its_connection_along() {
    let (address, opened) = serve(async |number, mut stream| {
        while heard(&mut stream).await {
            if number > 0 {
                answer(&mut stream, "").await;
            }
        }
    })
    .await;
    let client = client(address);
    let asked = get();
    let dropped = tokio::time::timeout(Duration::from_millis(50), client.sign(&asked)).await;
    assert!(dropped.is_err(), "the first is never answered");
    client.sign(&get()).await.unwrap();
    assert_eq!(opened.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_path_in_the_address_comes_first_and_the_headers_are_those_of_every_request() {
    let stub = Stub::saying(200, SIGNED).await;
    let token = StaticToken::new("a.b.c");
    let builder = Client::builder(format!("{}/behind/", stub.url));
    let client = builder.credentials(Credentials::on_behalf_of(token, "cgok_x")).build().unwrap();
    client.sign(&get()).await.unwrap();
    client.whoami().await.unwrap_err();
    let seen = stub.seen();
    assert_eq!(seen[0].line, "POST /behind/v1/sign");
    assert_eq!(seen[0].header("content-type"), "application/json");
    for name in ["host", "user-agent", "accept", "authorization", "x-api-key"] {
        assert!(!seen[0].header(name).is_empty(), "{name}");
        assert_eq!(seen[0].header(name), seen[1].header(name), "{name}");
    }
}

/// The errors of a signing request (own transport) and of another request (`reqwest`).
async fn errors(url: &str) -> [Error; 2] {
    let patience = Duration::from_millis(100);
    let client = Client::builder(url).timeout(patience).attempts(1).build().unwrap();
    [client.sign(&get()).await.unwrap_err(), client.whoami().await.unwrap_err()]
}

#[tokio::test]
async fn an_error_is_the_same_by_both_ways() {
    let mut pairs = vec![errors(&dead_url()).await];
    for reply in [
        || Reply::Hangup,
        || Reply::Never,
        || Reply::problem(403, "denied"),
        || Reply::problem(503, "unavailable"),
        || Reply::json(500, "<html>"),
        || Reply::json(200, "no json"),
        || Reply::Now(429, Some(("retry-after", "7".to_owned())), String::new()),
    ] {
        let stub = Stub::start(move |_| async move { reply() }).await;
        pairs.push(errors(&stub.url).await);
    }
    for [short, long] in pairs {
        assert_eq!(short.to_string(), long.to_string());
        assert_eq!(short.status(), long.status());
        assert_eq!(short.code(), long.code());
        assert_eq!(short.retry_after(), long.retry_after());
        for is in [Error::is_connect, Error::is_timeout, Error::is_unavailable, Error::is_denied] {
            assert_eq!(is(&short), is(&long), "{short:?} {long:?}");
        }
    }
}

/// With a task per connection, that task and the requesting one would wake each other across
/// threads, which costs more than the request.
#[test]
fn a_connection_leaves_no_task_running() {
    let elsewhere = tokio::runtime::Runtime::new().unwrap();
    let stub = elsewhere.block_on(Stub::saying(200, SIGNED));
    let client = stub.client(Credentials::none());
    let application = tokio::runtime::Runtime::new().unwrap();
    application.block_on(async {
        for _ in 0..3 {
            client.sign(&get()).await.unwrap();
        }
    });
    assert_eq!(application.metrics().num_alive_tasks(), 0);
}

/// A lost wake-up would leave a request without a response.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_requests_on_many_threads_all_get_a_response() {
    let (address, opened) = serve(async |_, mut stream| {
        while heard(&mut stream).await {
            answer(&mut stream, "").await;
        }
    })
    .await;
    let client = client(address);
    let asking = (0..200).map(|_| {
        let client = client.clone();
        tokio::spawn(async move {
            for _ in 0..50 {
                client.sign(&get()).await.unwrap();
            }
        })
    });
    for asked in asking.collect::<Vec<_>>() {
        asked.await.unwrap();
    }
    assert!(opened.load(Ordering::SeqCst) <= 128);
}

/// The response takes more polls than a runtime allows a task at once, because the socket always
/// has more data.
#[tokio::test]
async fn a_long_answer_is_read_to_its_end() {
    let padding = "x".repeat(8 * 1024 * 1024);
    let long = SIGNED.replace(r#""revision":"r""#, &format!(r#""revision":"{padding}""#));
    let stub = Stub::saying(200, long.leak()).await;
    let client = stub.client(Credentials::none());
    for _ in 0..2 {
        assert_eq!(client.sign(&get()).await.unwrap().revision.len(), padding.len());
    }
}

/// A slow server: ten full rounds of requests take longer than the timeout of one request, but each
/// request alone does not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_for_earlier_requests_is_not_a_timeout() {
    const REQUESTS: usize = 128 * 10;
    let (address, _) = serve(|_, mut stream| async move {
        while heard(&mut stream).await {
            tokio::time::sleep(Duration::from_millis(500)).await;
            answer(&mut stream, "").await;
        }
    })
    .await;
    let cargo = Client::builder(format!("http://{address}"))
        .credentials(Credentials::user(StaticToken::new("t")))
        .timeout(Duration::from_secs(4))
        .build()
        .unwrap();
    let asks = (0..REQUESTS).map(|_| {
        let cargo = cargo.clone();
        tokio::spawn(async move { cargo.sign(&get()).await })
    });
    for (number, ask) in asks.collect::<Vec<_>>().into_iter().enumerate() {
        ask.await.unwrap().unwrap_or_else(|error| panic!("{number}: {error}"));
    }
}
