//! A storage that takes every upload and gives zeros, as fast as it can.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const PIECE: usize = 64 * 1024;

/// Its URL. Every object has this size.
pub(crate) async fn start(size: u64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(talk(stream, size));
        }
    });
    url
}

async fn talk(mut stream: TcpStream, size: u64) -> std::io::Result<()> {
    let mut piece = vec![0; PIECE];
    loop {
        let (head, came) = head(&mut stream, &mut piece).await?;
        let length: u64 = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .map_or(0, |(_, length)| length.trim().parse().unwrap());
        let mut left = length - came;
        while left > 0 {
            let read = stream.read(&mut piece).await?;
            if read == 0 {
                return Ok(());
            }
            left -= read as u64;
        }
        if head.starts_with("GET ") {
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {size}\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            let mut left = size;
            while left > 0 {
                let here = PIECE.min(usize::try_from(left).unwrap_or(PIECE));
                stream.write_all(&piece[..here]).await?;
                left -= here as u64;
            }
        } else {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\netag: \"e\"\r\n\r\n")
                .await?;
        }
    }
}

/// The next head, and how much came behind it.
async fn head(stream: &mut TcpStream, piece: &mut [u8]) -> std::io::Result<(String, u64)> {
    let mut came = Vec::new();
    loop {
        let read = stream.read(piece).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        came.extend_from_slice(&piece[..read]);
        if let Some(end) = came.windows(4).position(|end| end == b"\r\n\r\n") {
            let rest = came.len() - end - 4;
            came.truncate(end);
            return Ok((String::from_utf8(came).unwrap(), rest as u64));
        }
    }
}
