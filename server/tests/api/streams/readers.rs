//! Readers of event streams, fast and slow.

use std::time::{Duration, Instant};

use reqwest::{Method, Response};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::harness::{Actor, TestApp};

pub(super) const EVENTS: &str = "text/event-stream";

/// How long to wait for something that should happen.
pub(super) const SOON: Duration = Duration::from_secs(30);

/// A reader that keeps up while it is read from.
pub(super) struct Reader {
    pub(super) answer: Response,
    pub(super) text: String,
    pub(super) events: Events,
}

impl Reader {
    pub(super) async fn open(actor: &Actor, path: &str) -> Self {
        let answer =
            actor.request(Method::GET, path).header("accept", EVENTS).send().await.unwrap();
        assert_eq!(answer.status(), 200);
        let mut reader = Self { answer, text: String::new(), events: Events::default() };
        reader.read().await;
        reader
    }

    /// Reads the next chunk. Returns false at the end of the stream.
    pub(super) async fn read(&mut self) -> bool {
        let chunk = tokio::time::timeout(SOON, self.answer.chunk()).await.expect("nothing is said");
        let chunk = chunk.unwrap();
        self.text.extend(chunk.iter().map(|chunk| std::str::from_utf8(chunk).unwrap()));
        chunk.is_some()
    }

    /// Reads until there are `count` events.
    pub(super) async fn told<T: DeserializeOwned>(&mut self, count: usize) -> Vec<T> {
        while self.events.count(self.text.as_bytes()) < count {
            assert!(self.read().await, "it ended: {}", self.text);
        }
        data(&self.text)
    }

    /// Reads to the end, and returns the code with which the stream ended.
    pub(super) async fn end(mut self) -> String {
        while self.read().await {}
        ending(&self.text)
    }
}

pub(super) fn data<T: DeserializeOwned>(text: &str) -> Vec<T> {
    let whole = text.rsplit_once("\n\n").map_or("", |(whole, _)| whole);
    let data = whole.lines().filter_map(|line| line.strip_prefix("data: "));
    data.filter_map(|data| serde_json::from_str(data).ok()).collect()
}

pub(super) fn ending(text: &str) -> String {
    let (_, problem) = text.split_once("event: problem\ndata: ").expect(text);
    let problem: serde_json::Value = serde_json::from_str(problem.trim()).unwrap();
    assert!(!problem["request_id"].as_str().unwrap().is_empty());
    problem["code"].as_str().unwrap().to_owned()
}

/// A reader with a small receive buffer, which reads only on demand.
pub(super) struct SlowReader(TcpStream);

impl SlowReader {
    pub(super) async fn open(app: &TestApp, key: &str, path: &str, accept: &str) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let address = app.base.strip_prefix("http://").unwrap().parse().unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: cargo\r\nx-api-key: {key}\r\naccept: {accept}\r\n\
             connection: close\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
        Self(stream)
    }

    /// Reads to the end of the connection. Returns the body, and whether it is complete.
    pub(super) async fn rest(mut self) -> (String, bool) {
        let mut bytes = Vec::new();
        let read = tokio::time::timeout(SOON, self.0.read_to_end(&mut bytes)).await;
        // A connection that is cut off may end with a reset.
        read.expect("it does not end").ok();
        dechunked(&bytes)
    }

    /// Reads until there are `count` events.
    pub(super) async fn read_events(&mut self, count: usize) -> String {
        let (mut bytes, mut events, begun) = (Vec::new(), Events::default(), Instant::now());
        let mut piece = vec![0; 65_536];
        while events.count(&bytes) < count {
            let read = tokio::time::timeout(SOON, self.0.read(&mut piece)).await.unwrap().unwrap();
            assert!(read > 0 && begun.elapsed() < 2 * SOON, "{}", events.count);
            bytes.extend_from_slice(&piece[..read]);
        }
        dechunked(&bytes).0
    }
}

/// Counts the events in a growing text without scanning a part twice.
#[derive(Default)]
pub(super) struct Events {
    looked_at: usize,
    count: usize,
}

impl Events {
    pub(super) fn count(&mut self, bytes: &[u8]) -> usize {
        const END: &[u8] = b"}\n\n";
        self.count += bytes[self.looked_at..].windows(END.len()).filter(|end| *end == END).count();
        self.looked_at = bytes.len().saturating_sub(END.len() - 1);
        self.count
    }
}

/// Decodes a chunked body (RFC 9112, section 7.1). Also returns whether its end is there.
fn dechunked(bytes: &[u8]) -> (String, bool) {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let (mut rest, mut body) = (&bytes[head + 4..], Vec::new());
    while let Some(end) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return (String::from_utf8(body).unwrap(), true);
        }
        let chunk = &rest[end + 2..];
        if chunk.len() < size + 2 {
            break;
        }
        body.extend_from_slice(&chunk[..size]);
        rest = &chunk[size + 2..];
    }
    (String::from_utf8_lossy(&body).into_owned(), false)
}
