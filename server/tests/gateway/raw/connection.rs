//! A connection to the gateway, and the answers on it.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Wire;

/// How long a test waits for bytes.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Connection {
    stream: TcpStream,
    /// Bytes that came and were not read yet.
    ahead: Vec<u8>,
}

/// An answer with its body.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// The body is as long as it was declared.
    pub(crate) is_whole: bool,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(have, _)| have == name);
        named.next().map(|(_, value)| value.as_str())
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of an XML element; empty without one.
    pub(crate) fn element(&self, name: &str) -> String {
        let (text, open, close) = (self.text(), format!("<{name}>"), format!("</{name}>"));
        let rest = text.split_once(&open).and_then(|(_, rest)| rest.split_once(&close));
        rest.map(|(element, _)| element.to_owned()).unwrap_or_default()
    }

    /// Status and code.
    pub(crate) fn said(&self) -> (u16, String) {
        (self.status, self.element("Code"))
    }

    pub(crate) fn closes(&self) -> bool {
        self.header("connection") == Some("close")
    }
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), ahead: Vec::new() }
    }

    /// Sends a request on a connection of its own.
    ///
    /// # Panics
    /// There is no answer.
    #[track_caller]
    pub(crate) fn send(address: SocketAddr, wire: &Wire) -> impl Future<Output = Answer> + use<'_> {
        let caller = std::panic::Location::caller();
        async move {
            let mut connection = Self::open(address).await;
            connection.say(&wire.head()).await;
            connection.say(&wire.body).await;
            let answer = connection.answer(&wire.method).await;
            answer.unwrap_or_else(|| panic!("no answer: {caller}, {} {}", wire.method, wire.target))
        }
    }

    /// Sends bytes. The other side may be gone.
    pub(crate) async fn say(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.ok();
    }

    /// Sends nothing more.
    pub(crate) async fn finish(&mut self) {
        self.stream.shutdown().await.ok();
    }

    /// The head of the next answer. `None` if the connection ends first.
    pub(crate) async fn head(&mut self) -> Option<Answer> {
        let end = loop {
            match self.ahead.windows(4).position(|end| end == b"\r\n\r\n") {
                Some(end) => break end,
                None => self.more().await?,
            }
        };
        let rest = self.ahead.split_off(end + 4);
        let head = String::from_utf8(std::mem::replace(&mut self.ahead, rest)).unwrap();
        let mut lines = head.lines();
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()));
        Some(Answer { status, headers: headers.collect(), body: Vec::new(), is_whole: true })
    }

    /// The next answer to a request with this method, without those of 1xx. `None` if the connection
    /// ends first.
    pub(crate) async fn answer(&mut self, method: &str) -> Option<Answer> {
        let mut answer = self.head().await?;
        while answer.status < 200 {
            answer = self.head().await?;
        }
        if method == "HEAD" || matches!(answer.status, 204 | 304) {
            return Some(answer);
        }
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.is_whole = self.chunks(&mut answer.body).await.is_some();
        } else {
            let length = answer.header("content-length").map(|length| length.parse().unwrap());
            answer.is_whole = self.bytes(length, &mut answer.body).await.is_some();
        }
        Some(answer)
    }

    async fn bytes(&mut self, length: Option<usize>, body: &mut Vec<u8>) -> Option<()> {
        while length.is_none_or(|length| self.ahead.len() < length) {
            if self.more().await.is_none() {
                body.append(&mut self.ahead);
                return length.is_none().then_some(());
            }
        }
        body.extend(self.ahead.drain(..length?));
        Some(())
    }

    async fn chunks(&mut self, body: &mut Vec<u8>) -> Option<()> {
        loop {
            let end = loop {
                match self.ahead.windows(2).position(|end| end == b"\r\n") {
                    Some(end) => break end,
                    None => self.more().await?,
                }
            };
            let line: Vec<u8> = self.ahead.drain(..end + 2).collect();
            let size = usize::from_str_radix(std::str::from_utf8(&line[..end]).ok()?, 16).ok()?;
            self.bytes(Some(size), body).await?;
            self.bytes(Some(2), &mut Vec::new()).await?;
            if size == 0 {
                return Some(());
            }
        }
    }

    /// Reads so many bytes of a body and forgets them: how many came.
    pub(crate) async fn skip(&mut self, length: u64) -> u64 {
        let mut came = 0;
        while came < length {
            if self.ahead.is_empty() && self.more().await.is_none() {
                break;
            }
            came += self.ahead.len() as u64;
            self.ahead.clear();
        }
        came
    }

    /// Whether the other side ends the connection without another answer.
    pub(crate) async fn ends(&mut self) -> bool {
        self.ahead.is_empty() && self.more().await.is_none()
    }

    async fn more(&mut self) -> Option<()> {
        let mut piece = vec![0; 16 * 1024];
        let read = timeout(PATIENCE, self.stream.read(&mut piece)).await;
        let read = read.expect("the gateway says nothing");
        let read = read.ok().filter(|read| *read > 0)?;
        self.ahead.extend_from_slice(&piece[..read]);
        Some(())
    }
}
