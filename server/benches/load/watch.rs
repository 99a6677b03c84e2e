//! Observes the server under load: its memory, and its answers to `/livez`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::connection::Connection;
use crate::test_stack::TestStack;

const EVERY: Duration = Duration::from_millis(100);
/// The time after which `/livez` counts as unanswered.
const PATIENCE: Duration = Duration::from_secs(10);
pub(crate) struct Watch {
    is_over: Arc<AtomicBool>,
    looking: JoinHandle<Seen>,
}

#[derive(Default)]
pub(crate) struct Seen {
    /// The latencies of `/livez`.
    lives: Vec<Duration>,
    /// The resident memory, in MiB.
    memory: Vec<usize>,
}

impl Watch {
    pub(crate) fn begin(stack: &TestStack) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let (over, target, process) = (is_over.clone(), stack.live_target(), stack.process());
        let looking = tokio::spawn(async move {
            let mut seen = Seen::default();
            while !over.load(Ordering::Relaxed) {
                seen.memory.push(resident(process));
                let begun = Instant::now();
                let asked = timeout(PATIENCE, async {
                    let mut line = Connection::open(target).await?;
                    line.say(b"GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n").await?;
                    line.hear().await
                });
                let is_live = matches!(asked.await, Ok(Ok(200)));
                seen.lives.push(if is_live { begun.elapsed() } else { PATIENCE });
                sleep(EVERY).await;
            }
            seen
        });
        Self { is_over, looking }
    }

    pub(crate) async fn end(self) -> Seen {
        self.is_over.store(true, Ordering::Relaxed);
        let mut seen = self.looking.await.unwrap();
        seen.lives.sort_unstable();
        seen
    }
}

impl Seen {
    /// The latency of `/livez` at a percentile; [`PATIENCE`] if it was not answered.
    pub(crate) fn live(&self, percent: usize) -> Duration {
        self.lives[(self.lives.len() * percent / 100).min(self.lives.len() - 1)]
    }

    /// The memory over time, and its maximum.
    pub(crate) fn memory(&self) -> String {
        const POINTS: usize = 5;
        let last = self.memory.len() - 1;
        let course = (0..POINTS).map(|point| self.memory[last * point / (POINTS - 1)].to_string());
        let most = self.memory.iter().max().unwrap();
        format!("{}, most {most}", course.collect::<Vec<_>>().join(" "))
    }
}

/// The resident memory: the second number of `/proc/PID/statm`, in pages (proc(5)).
fn resident(process: u32) -> usize {
    let statm = std::fs::read_to_string(format!("/proc/{process}/statm")).unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * rustix::param::page_size() / (1024 * 1024)
}
