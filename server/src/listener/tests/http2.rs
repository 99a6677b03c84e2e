//! HTTP/2, by hyper's client and by raw bytes.

use super::*;

use http::Version;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::TokioExecutor;
use tokio::time::{Instant, sleep};

/// The first bytes of a client: the preface, and settings of nothing.
const BEGINNING: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

/// A connection without a socket.
struct Wire {
    client: Option<DuplexStream>,
    stop: watch::Sender<()>,
}

impl Wire {
    fn new(service: &Arc<Service>, patience: Patience, is_http2: bool) -> Self {
        let (client, server) = duplex(PIPE);
        let (stop, stopped) = watch::channel(());
        let options = Options { patience, is_http2, ..Options::default() };
        let answering = Answering(service.clone());
        tokio::spawn(Acceptor::new(options, stopped).greet(server, answering));
        Self { client: Some(client), stop }
    }

    async fn client(&mut self) -> SendRequest<Full<Bytes>> {
        let socket = TokioIo::new(self.client.take().unwrap());
        let (client, connection) = handshake(TokioExecutor::new(), socket).await.unwrap();
        tokio::spawn(connection);
        client
    }
}

fn ask(path: &str, body: &[u8]) -> Request<Full<Bytes>> {
    let request = Request::put(format!("http://h{path}")).version(Version::HTTP_2);
    request.body(Full::from(body.to_vec())).unwrap()
}

async fn body(response: Response<Incoming>) -> (u16, Bytes) {
    let status = response.status().as_u16();
    (status, response.into_body().collect().await.unwrap().to_bytes())
}

#[tokio::test]
async fn requests_of_one_connection_are_answered_side_by_side() {
    let service = Service::new();
    let mut client = Wire::new(&service, Patience::default(), true);
    let mut client = client.client().await;
    let waiting = client.send_request(ask("/wait", b""));
    let content = vec![b'x'; 1 << 20];
    let echoed = client.send_request(ask("/echo", &content)).await.unwrap();
    assert_eq!(echoed.version(), Version::HTTP_2);
    assert!(body(echoed).await == (200, content.into()), "more than a window passes both ways");
    service.may_answer.add_permits(1);
    assert_eq!(body(waiting.await.unwrap()).await, (200, "waited".into()));
    // A refusal comes before the body, and the connection stays.
    let refused = client.send_request(ask("/no", &vec![b'x'; 1 << 20])).await.unwrap();
    assert_eq!(refused.status(), 403);
    assert_eq!(body(client.send_request(ask("/echo", b"on")).await.unwrap()).await.1, "on");
}

#[tokio::test]
async fn g17_a_head_that_is_not_beyond_doubt_reaches_no_service() {
    let service = Service::new();
    let mut client = Wire::new(&service, Patience::default(), true);
    let mut client = client.client().await;
    let mut two_hosts = ask("/echo", b"");
    two_hosts.headers_mut().insert("host", "other".parse().unwrap());
    let refused = body(client.send_request(two_hosts).await.unwrap()).await;
    assert_eq!((refused.0, service.calls()), (400, 0));
    // A length that is not the body's is an error of the stream.
    let mut short = ask("/echo", b"five!");
    short.headers_mut().insert("content-length", "6".parse().unwrap());
    let answer = client.send_request(short).await;
    assert!(answer.is_err() || answer.unwrap().status() == StatusCode::IM_A_TEAPOT);
    let mut long = ask("/echo", b"");
    long.headers_mut().insert("x", vec![b'a'; 40_000].try_into().unwrap());
    let refused = client.send_request(long).await;
    assert!(refused.is_err() || refused.unwrap().status() == 431);
    assert!(service.calls() <= 1, "{}", service.calls());
}

#[tokio::test]
async fn http2_is_spoken_where_it_is_wanted_and_http1_beside_it() {
    let service = Service::new();
    let mut only_http1 = Wire::new(&service, Patience::default(), false);
    let only_http1 = only_http1.client.as_mut().unwrap();
    only_http1.write_all(BEGINNING).await.unwrap();
    let mut answer = Vec::new();
    only_http1.read_to_end(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 400"), "{}", String::from_utf8_lossy(&answer));
    let mut both = Wire::new(&service, Patience::default(), true);
    let both = both.client.as_mut().unwrap();
    both.write_all(b"P").await.unwrap();
    both.write_all(
        b"UT /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
    )
    .await
    .unwrap();
    let mut answer = String::new();
    both.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hi"), "{answer}");
}

/// How long a connection lasts of whose client these bytes come, and which then only reads.
async fn lasts(bytes: &[u8]) -> u64 {
    let mut wire = Wire::new(&Service::new(), Patience::default(), true);
    let client = wire.client.as_mut().unwrap();
    let begun = Instant::now();
    client.write_all(bytes).await.unwrap();
    client.read_to_end(&mut Vec::new()).await.unwrap();
    begun.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn g27_a_client_of_http2_has_as_long_as_one_of_http1() {
    assert_eq!(lasts(b"").await, 10, "nothing comes");
    assert_eq!(lasts(&BEGINNING[..9]).await, 10, "half a preface comes");
    // Two seconds more: it may say goodbye.
    assert_eq!(lasts(BEGINNING).await, 12, "no request comes");
    let half_a_head = [BEGINNING, b"\0\0\x20\x01\0\0\0\0\x01half"].concat();
    assert_eq!(lasts(&half_a_head).await, 12, "half a head comes");
    let service = Service::new();
    let mut client = Wire::new(&service, Patience::default(), true);
    let mut client = client.client().await;
    for _ in 0..3 {
        assert_eq!(body(client.send_request(ask("/echo", b"a")).await.unwrap()).await.0, 200);
        sleep(Duration::from_secs(74)).await;
        assert!(!client.is_closed());
    }
    sleep(Duration::from_secs(2)).await;
    assert!(client.is_closed(), "it was idle for 75 seconds");
}

#[tokio::test(start_paused = true)]
async fn g27_a_stop_lets_requests_of_http2_finish_and_waits_for_no_idle_one() {
    let service = Service::new();
    let mut wire = Wire::new(&service, Patience::default(), true);
    let mut client = wire.client().await;
    let waiting = tokio::spawn(client.send_request(ask("/wait", b"")));
    while service.calls() == 0 {
        tokio::task::yield_now().await;
    }
    wire.stop.send_replace(());
    sleep(Duration::from_mins(1)).await;
    assert!(client.send_request(ask("/echo", b"")).await.is_err(), "nothing new is taken");
    service.may_answer.add_permits(1);
    assert_eq!(body(waiting.await.unwrap().unwrap()).await, (200, "waited".into()));
    while !client.is_closed() {
        sleep(Duration::from_secs(1)).await;
    }
}
