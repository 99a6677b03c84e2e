//! One connection through the proxy.

use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::watch;

use super::{Fault, Weather};

struct Link {
    /// The proxy's state when the connection began.
    born: Weather,
    seen: watch::Receiver<Weather>,
    /// Whether bytes were lost.
    lost: AtomicBool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ask,
    Answer,
}

/// Forwards bytes between `client` and `upstream` until both have ended, or the connection is
/// reset.
pub(super) async fn run(
    mut client: TcpStream,
    upstream: SocketAddr,
    seen: watch::Receiver<Weather>,
) {
    let born = *seen.borrow();
    let link = Link { born, seen, lost: AtomicBool::new(false) };
    let connected = match link.born.fault {
        Fault::Refuse => Err(io::ErrorKind::ConnectionRefused.into()),
        _ => TcpStream::connect(upstream).await,
    };
    let Ok(mut server) = connected else {
        client.set_zero_linger().ok();
        return;
    };
    if link.carry(&mut client, &mut server).await.is_err() {
        client.set_zero_linger().ok();
        server.set_zero_linger().ok();
    }
}

impl Link {
    /// Forwards in both directions. An error means that both sides must be reset.
    async fn carry(&self, client: &mut TcpStream, server: &mut TcpStream) -> io::Result<()> {
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        let (asks, answered) = client.split();
        let (answers, asked) = server.split();
        let ask = self.pump(asks, asked, Direction::Ask);
        let answer = self.pump(answers, answered, Direction::Answer);
        tokio::select! {
            ended = async { tokio::try_join!(ask, answer) } => ended.map(|_| ()),
            () = self.is_reset() => Err(io::ErrorKind::ConnectionReset.into()),
        }
    }

    async fn is_reset(&self) {
        // An error means that the proxy has been dropped, with all its tasks.
        self.seen.clone().wait_for(|weather| weather.resets != self.born.resets).await.ok();
    }

    async fn pump(
        &self,
        mut from: ReadHalf<'_>,
        mut to: WriteHalf<'_>,
        direction: Direction,
    ) -> io::Result<()> {
        let mut chunk = vec![0; 16 * 1024];
        loop {
            let read = from.read(&mut chunk).await;
            let passes = self.passes(direction).await;
            match read {
                Ok(1..) if !passes => {}
                _ if !passes => pending().await,
                Ok(0) => return to.shutdown().await,
                Ok(length) => to.write_all(&chunk[..length]).await?,
                Err(error) => return Err(error),
            }
        }
    }

    /// Whether the bytes just read reach the other side. Returns once they may pass.
    async fn passes(&self, direction: Direction) -> bool {
        let mut seen = self.seen.clone();
        loop {
            let weather = *seen.borrow_and_update();
            if weather.silences != self.born.silences {
                return false;
            }
            match weather.fault {
                Fault::SwallowAnswers if direction == Direction::Ask => return true,
                Fault::Swallow | Fault::SwallowAnswers => {
                    self.lost.store(true, Ordering::Relaxed);
                    return false;
                }
                _ if self.lost.load(Ordering::Relaxed) => return false,
                Fault::Hold => {
                    if seen.changed().await.is_err() {
                        return false;
                    }
                }
                Fault::Delay(time) => {
                    tokio::time::sleep(time).await;
                    return true;
                }
                Fault::Pass | Fault::Refuse => return true,
            }
        }
    }
}
