//! Closed loop: a request follows the answer before it. Open loop: a request is sent when it is due.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::task::{JoinSet, LocalSet, yield_now};
use tokio::time::sleep;

use crate::connection::Connection;
use crate::process;
use crate::servers::Mode;

/// The most requests of the open loop under way; it waits beyond.
const AT_ONCE: u16 = 256;
/// The fewest connections of the open loop.
const FEWEST: f64 = 8.0;
/// How long a server may take until it has its database and its keys.
const START: Duration = Duration::from_secs(30);

/// What a turn of a mode used.
pub(crate) struct Made {
    lasted: Duration,
    cpu: Duration,
    /// The latencies, in ascending order.
    took: Vec<Duration>,
}

impl Made {
    fn count(&self) -> f64 {
        f64::from(u32::try_from(self.took.len()).unwrap())
    }

    /// Requests a second.
    pub(crate) fn rate(&self) -> f64 {
        self.count() / self.lasted.as_secs_f64()
    }

    /// CPU time of the server for each request, in seconds.
    pub(crate) fn cpu(&self) -> f64 {
        self.cpu.as_secs_f64() / self.count()
    }

    /// The latency that so many of 1,000 requests do not exceed, in seconds.
    pub(crate) fn part(&self, of_1000: usize) -> f64 {
        let at = (self.took.len() * of_1000 / 1000).min(self.took.len() - 1);
        self.took[at].as_secs_f64()
    }
}

/// Waits until the server answers the mode's first request.
pub(crate) async fn ready(mode: &Mode) {
    let begun = Instant::now();
    loop {
        let mut line = Connection::open(mode.to).await.unwrap();
        line.say(&mode.requests[0]).await.unwrap();
        if line.hear().await.unwrap() == 200 {
            return;
        }
        let heard = String::from_utf8_lossy(&line.heard);
        assert!(begun.elapsed() < START, "{}: {heard}", mode.name);
        sleep(Duration::from_millis(20)).await;
    }
}

/// Runs `clients`, each of which sends the next request when the last is answered.
pub(crate) async fn closed(mode: &Mode, clients: usize, lasts: Duration) -> Made {
    let (before, begun) = (process::cpu(mode.process), Instant::now());
    let (local, mut asking) = (LocalSet::new(), JoinSet::new());
    for client in 0..clients.min(mode.most_clients) {
        let (name, to, requests) = (mode.name, mode.to, Rc::clone(&mode.requests));
        asking.spawn_local_on(
            async move {
                let (mut line, mut took) = (Connection::open(to).await.unwrap(), Vec::new());
                // A large odd step visits all requests, whatever their order.
                for number in (client * 7919..).step_by(104_729) {
                    if begun.elapsed() > lasts {
                        break;
                    }
                    took.push(ask(name, &mut line, &requests[number % requests.len()]).await);
                }
                took
            },
            &local,
        );
    }
    let took = local.run_until(asking.join_all()).await.concat();
    made(mode, before, begun, took)
}

/// Sends `rate` requests a second. A latency counts from the time that the request was due.
///
/// The connections take turns, and there are no more than the requests of a second: a server closes one that
/// is silent for long.
pub(crate) async fn open(mode: &Mode, rate: f64, lasts: Duration) -> Made {
    let mut lines = VecDeque::new();
    for _ in (0..AT_ONCE).take_while(|number| f64::from(*number) < rate.max(FEWEST)) {
        lines.push_back(Connection::open(mode.to).await.unwrap());
    }
    let (before, begun) = (process::cpu(mode.process), Instant::now());
    let idle = Rc::new(RefCell::new(lines));
    let (local, mut asking) = (LocalSet::new(), JoinSet::new());
    let run = async {
        let every = Duration::from_secs_f64(1.0 / rate);
        let (mut due, mut number) = (begun, 0);
        while due < begun + lasts {
            // A timer would wake it up to a millisecond late, which is longer than an answer takes.
            if Instant::now() < due {
                yield_now().await;
                continue;
            }
            let line = idle.borrow_mut().pop_front();
            let Some(mut line) = line else {
                yield_now().await;
                continue;
            };
            number += 104_729;
            let (name, requests, idle) = (mode.name, Rc::clone(&mode.requests), Rc::clone(&idle));
            asking.spawn_local(async move {
                ask(name, &mut line, &requests[number % requests.len()]).await;
                idle.borrow_mut().push_back(line);
                due.elapsed()
            });
            due += every;
        }
        asking.join_all().await
    };
    let took = local.run_until(run).await;
    made(mode, before, begun, took)
}

async fn ask(name: &str, line: &mut Connection, request: &[u8]) -> Duration {
    let begun = Instant::now();
    line.say(request).await.unwrap();
    let status = line.hear().await.unwrap();
    assert_eq!(status, 200, "{name}: {}", String::from_utf8_lossy(&line.heard));
    begun.elapsed()
}

fn made(mode: &Mode, before: Duration, begun: Instant, mut took: Vec<Duration>) -> Made {
    took.sort_unstable();
    Made { lasted: begun.elapsed(), cpu: process::cpu(mode.process).saturating_sub(before), took }
}
