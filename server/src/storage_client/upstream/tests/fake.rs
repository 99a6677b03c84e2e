//! A storage that does what a test says, connection by connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::domain::s3::{AddressingStyle, Endpoint};

pub(super) struct Fake {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl Fake {
    /// Talks on its first connection, its second, …, as `talk` says, each by itself.
    pub(super) async fn new<T>(talk: impl Fn(usize, Talk) -> T + Send + 'static) -> Self
    where
        T: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let talk = talk(count.fetch_add(1, Ordering::SeqCst), Talk::new(stream));
                tokio::spawn(talk);
            }
        });
        Self { url, connections }
    }

    /// Answers every request without a body with its number on the connection.
    pub(super) async fn polite() -> Self {
        Self::new(async |_, mut talk: Talk| {
            while talk.head().await.is_some() {
                talk.answer("200 OK", "fine").await;
            }
        })
        .await
    }

    pub(super) fn endpoint(&self) -> Endpoint {
        Endpoint::parse(&self.url, AddressingStyle::Path).unwrap()
    }

    /// How many connections were made.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// One side of a connection.
pub(super) struct Talk {
    stream: TcpStream,
    /// What was read behind the last head.
    ahead: Vec<u8>,
}

impl Talk {
    fn new(stream: TcpStream) -> Self {
        Self { stream, ahead: Vec::new() }
    }

    /// The next head, in lower case; none when the connection was closed.
    pub(super) async fn head(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.ahead.windows(4).position(|end| end == b"\r\n\r\n") {
                let rest = self.ahead.split_off(end + 4);
                let head = std::mem::replace(&mut self.ahead, rest);
                return Some(String::from_utf8(head).unwrap().to_ascii_lowercase());
            }
            self.more().await?;
        }
    }

    /// So many bytes of a body; none when the connection was closed before.
    pub(super) async fn body(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.ahead.len() < length {
            self.more().await?;
        }
        let rest = self.ahead.split_off(length);
        Some(std::mem::replace(&mut self.ahead, rest))
    }

    async fn more(&mut self) -> Option<()> {
        let mut piece = [0; 4096];
        let read = self.stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
        self.ahead.extend_from_slice(&piece[..read]);
        Some(())
    }

    /// Whether the other side closes the connection, whatever it says before.
    pub(super) async fn closes(&mut self) {
        while self.more().await.is_some() {}
    }

    /// The connection, to go on otherwise.
    pub(super) fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Bytes as they are. The other side may be gone.
    pub(super) async fn say(&mut self, bytes: &str) {
        let _ = self.stream.write_all(bytes.as_bytes()).await;
    }

    pub(super) async fn answer(&mut self, status: &str, body: &str) {
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
        self.say(&answer).await;
    }
}
