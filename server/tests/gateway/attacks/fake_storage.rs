//! A storage that answers as a test says, connection by connection, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(super) struct FakeStorage {
    pub(super) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// A request to the fake: its head, its body as far as it came, and the number of the connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) connection: usize,
    pub(super) line: String,
    /// In lower case, with their values.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(have, _)| have == name);
        named.next().map(|(_, value)| value.as_str())
    }

    fn length(&self) -> usize {
        self.header("content-length").map_or(0, |length| length.parse().unwrap())
    }

    /// The path without its query.
    pub(super) fn path(&self) -> &str {
        let target = self.line.split(' ').nth(1).unwrap_or_default();
        target.split('?').next().unwrap_or_default()
    }
}

/// How the fake answers a request.
#[derive(Debug, Clone)]
pub(super) enum Reply {
    /// After the whole body.
    Bytes(String),
    /// Before the body, of which nothing more is read.
    Early(String),
    /// After the whole body; then the connection ends.
    Last(String),
    /// After the whole body, nothing, for as long as the connection lasts.
    Silence,
    /// Nothing: the connection ends before the body is read.
    HangUp,
}

/// An answer with a body.
pub(super) fn answer(status: &str, more: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{more}\r\n{body}", body.len())
}

pub(super) fn fine() -> Reply {
    Reply::Bytes(answer("200 OK", "etag: \"e\"\r\n", ""))
}

impl FakeStorage {
    /// Answers each request as `reply` says. Buckets are created without asking `reply`.
    pub(super) async fn start(reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_asking_all(move |asked| {
            if is_creation(asked) { Reply::Bytes(answer("200 OK", "", "")) } else { reply(asked) }
        })
        .await
    }

    /// Answers each request as `reply` says, creations of buckets as well.
    pub(super) async fn start_asking_all(
        reply: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (reply, all) = (Arc::new(reply), Arc::clone(&asked));
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let (reply, all) = (Arc::clone(&reply), Arc::clone(&all));
                tokio::spawn(async move { talk(connection, stream, &*reply, &all).await });
            }
        });
        Self { url, asked }
    }

    /// The requests so far, without those that created the bucket of the test.
    pub(super) fn asked(&self) -> Vec<Asked> {
        let all = self.asked.lock().unwrap().clone();
        all.into_iter().filter(|asked| !is_creation(asked)).collect()
    }
}

fn is_creation(asked: &Asked) -> bool {
    asked.line.starts_with("PUT ") && asked.path().matches('/').count() == 1
}

async fn talk(
    connection: usize,
    mut stream: TcpStream,
    reply: &(dyn Fn(&Asked) -> Reply + Send + Sync),
    all: &Mutex<Vec<Asked>>,
) -> Option<()> {
    let mut ahead = Vec::new();
    loop {
        let mut asked = head(connection, &mut stream, &mut ahead).await?;
        let said = reply(&asked);
        let reads_body = !matches!(said, Reply::Early(_) | Reply::HangUp);
        let is_whole = !reads_body || body(&mut stream, &mut ahead, &mut asked).await.is_some();
        all.lock().unwrap().push(asked);
        if !is_whole {
            return None;
        }
        match said {
            Reply::Bytes(text) => stream.write_all(text.as_bytes()).await.ok()?,
            Reply::Early(text) => {
                stream.write_all(text.as_bytes()).await.ok()?;
                // The connection stays: the gateway must not use it again.
                while stream.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0) {}
                return None;
            }
            Reply::Last(text) => {
                stream.write_all(text.as_bytes()).await.ok()?;
                return stream.shutdown().await.ok();
            }
            Reply::Silence => while more(&mut stream, &mut ahead).await.is_some() {},
            Reply::HangUp => return None,
        }
    }
}

async fn head(connection: usize, stream: &mut TcpStream, ahead: &mut Vec<u8>) -> Option<Asked> {
    let end = loop {
        match ahead.windows(4).position(|end| end == b"\r\n\r\n") {
            Some(end) => break end + 4,
            None => more(stream, ahead).await?,
        }
    };
    let head: Vec<u8> = ahead.drain(..end).collect();
    let head = String::from_utf8(head).ok()?;
    let mut lines = head.lines();
    let line = lines.next()?.to_owned();
    let headers = lines.filter_map(|line| line.split_once(": "));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()));
    Some(Asked { connection, line, headers: headers.collect(), body: Vec::new() })
}

/// Reads the body. `None` if it breaks off.
async fn body(stream: &mut TcpStream, ahead: &mut Vec<u8>, asked: &mut Asked) -> Option<()> {
    let length = asked.length();
    while ahead.len() < length {
        if more(stream, ahead).await.is_none() {
            asked.body = std::mem::take(ahead);
            return None;
        }
    }
    asked.body = ahead.drain(..length).collect();
    Some(())
}

async fn more(stream: &mut TcpStream, ahead: &mut Vec<u8>) -> Option<()> {
    let mut piece = vec![0; 16 * 1024];
    let read = stream.read(&mut piece).await.ok().filter(|read| *read > 0)?;
    ahead.extend_from_slice(&piece[..read]);
    Some(())
}
