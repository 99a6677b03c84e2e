//! A minimal HTTP/1.1 client for one connection: it must cost less than the server it loads.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A connection that may be reused for another request.
pub(crate) struct Connection {
    stream: TcpStream,
    /// The last answer.
    pub(crate) heard: Vec<u8>,
    pub(crate) stays: bool,
}

impl Connection {
    pub(crate) async fn open(to: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(to).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, heard: Vec::with_capacity(4096), stays: true })
    }

    pub(crate) async fn say(&mut self, request: &[u8]) -> io::Result<()> {
        self.stream.write_all(request).await
    }

    /// Reads the answer to its end, and returns its status.
    pub(crate) async fn hear(&mut self) -> io::Result<u16> {
        self.heard.clear();
        let head = loop {
            if let Some(end) = self.heard.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if self.stream.read_buf(&mut self.heard).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        };
        let text = str::from_utf8(&self.heard[..head]).unwrap().to_ascii_lowercase();
        let status = text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default();
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name));
        let length: usize = field("content-length: ").map_or(0, |value| value.parse().unwrap());
        self.stays = field("connection: ") != Some("close");
        while self.heard.len() < head + length {
            if self.stream.read_buf(&mut self.heard).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(status)
    }
}
