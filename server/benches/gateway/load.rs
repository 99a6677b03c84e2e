//! Connections that send the next request when the last one is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::connection::Connection;
use crate::figures::Figures;
use crate::request::Task;
use crate::ways::Way;

/// So much is written in one load at most: 512 MiB.
const WRITTEN: usize = 512 << 20;

/// One task, for a while.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    pub(crate) task: Task,
    pub(crate) lasts: Duration,
}

impl Load {
    /// Sends the requests to `way`.
    pub(crate) async fn run(&self, way: &Way) -> Figures {
        let left = Arc::new(AtomicUsize::new(self.at_most()));
        let (before, begun) = (way.cpu(), Instant::now());
        let mut asking = JoinSet::new();
        for number in 0..self.task.connections {
            let request = self.task.request(way, number);
            let until = begun + self.lasts;
            asking.spawn(ask(way.address, request, until, Arc::clone(&left)));
        }
        let took = asking.join_all().await.concat();
        let lasted = begun.elapsed();
        let cpu = way.cpu().zip(before).map(|(after, before)| after.saturating_sub(before));
        Figures::of(took, lasted, cpu)
    }

    fn at_most(&self) -> usize {
        if self.task.method == "PUT" { WRITTEN / self.task.size } else { usize::MAX }
    }
}

/// The time of each request over one connection.
async fn ask(
    address: std::net::SocketAddr,
    request: Vec<u8>,
    until: Instant,
    left: Arc<AtomicUsize>,
) -> Vec<Duration> {
    let mut connection = Connection::open(address).await.unwrap();
    let mut took = Vec::new();
    let one = |left: usize| left.checked_sub(1);
    while Instant::now() < until
        && left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, one).is_ok()
    {
        if !connection.stays {
            connection = Connection::open(address).await.unwrap();
        }
        let begun = Instant::now();
        connection.say(&request).await.unwrap();
        let status = connection.hear().await.unwrap();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&connection.heard));
        took.push(begun.elapsed());
    }
    took
}
