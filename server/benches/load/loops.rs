//! Closed loop: a request is sent when the previous one is answered. Open loop: a request is sent
//! when it is due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::attempts::{Attempt, Attempts, End};
use crate::dice::Dice;

/// The attempts of a load, and its duration.
pub(crate) struct Made {
    pub(crate) attempts: Vec<Attempt>,
    pub(crate) lasted: Duration,
}

/// Runs `workers` clients, each of which sends the next request when the last is answered.
pub(crate) async fn closed(load: &Arc<Attempts>, workers: usize, lasts: Duration) -> Made {
    let begun = Instant::now();
    let mut asking = JoinSet::new();
    for _ in 0..workers {
        let load = load.clone();
        asking.spawn(async move {
            let mut made = Vec::new();
            while begun.elapsed() < lasts {
                made.push(load.make(Instant::now(), None).await);
            }
            made
        });
    }
    let attempts = asking.join_all().await.concat();
    Made { attempts, lasted: begun.elapsed() }
}

/// Sends `rate` requests per second, whether or not the earlier ones are answered. Of 100 requests,
/// `hang_up` hang up.
pub(crate) async fn open(load: &Arc<Attempts>, rate: f64, lasts: Duration, hang_up: usize) -> Made {
    let begun = Instant::now();
    let every = Duration::from_secs_f64(1.0 / rate);
    let (mut asking, mut dice) = (JoinSet::new(), Dice::seeded(0));
    let mut due = begun;
    while due < begun + lasts {
        sleep(due.saturating_duration_since(Instant::now())).await;
        // Timers have a resolution of a millisecond.
        while due <= Instant::now() && due < begun + lasts {
            let (load, is_brief) = (load.clone(), dice.roll(100) < hang_up);
            let hang_up = is_brief.then(|| Duration::from_micros(dice.roll(1_000) as u64));
            asking.spawn(async move { load.make(due, hang_up).await });
            due += every;
        }
    }
    Made { attempts: asking.join_all().await, lasted: lasts }
}

/// The time until ten requests in a row are signed within three times the unloaded latency.
pub(crate) async fn recovery(load: &Attempts, unloaded: Duration) -> String {
    const GIVES_UP: Duration = Duration::from_secs(30);
    let begun = Instant::now();
    let (mut since, mut row) = (Duration::ZERO, 0);
    while row < 10 {
        if begun.elapsed() > GIVES_UP {
            return format!("more than {GIVES_UP:?}");
        }
        let asked = begun.elapsed();
        let made = load.make(Instant::now(), None).await;
        if made.end == End::Answered(200) && made.took <= 3 * unloaded {
            since = if row == 0 { asked } else { since };
            row += 1;
        } else {
            row = 0;
        }
        sleep(Duration::from_millis(5)).await;
    }
    format!("{:.1} ms", since.as_secs_f64() * 1e3)
}
