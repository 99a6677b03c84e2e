//! Ways to do one thing, in turns.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;

/// How many rounds there are, if time allows.
const ROUNDS: usize = 9;
/// How many times each way is gone before it is another's turn.
const TURN: usize = 20;

/// One way to do it.
pub(crate) struct Way {
    name: &'static str,
    once: Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Way {
    pub(crate) fn new<F: Future<Output = ()> + Send + 'static>(
        name: &'static str,
        once: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        Self { name, once: Box::new(move || Box::pin(once())) }
    }

    async fn timed(&self) -> Duration {
        let once = (self.once)();
        let begin = Instant::now();
        once.await;
        begin.elapsed()
    }
}

/// How often, and for how long at most.
pub(crate) struct Rounds {
    pub(crate) title: &'static str,
    /// How many times each way is gone in a round.
    pub(crate) each: usize,
    /// No round begins after this.
    pub(crate) at_most: Duration,
}

impl Rounds {
    /// Measures, and prints a table that holds the ways against the first.
    pub(crate) async fn run(&self, ways: &[Way]) {
        round(ways, TURN).await; // warm-up
        let (begin, mut rounds) = (Instant::now(), Vec::new());
        while rounds.len() < ROUNDS && begin.elapsed() < self.at_most {
            rounds.push(round(ways, self.each).await);
        }
        println!("\n{}: {} rounds of {}", self.title, rounds.len(), self.each);
        for (number, way) in ways.iter().enumerate() {
            let mut times: Vec<_> = rounds.iter().map(|round| round[number]).collect();
            let mut ratios: Vec<_> = rounds
                .iter()
                .map(|round| round[number].as_secs_f64() / round[0].as_secs_f64())
                .collect();
            times.sort_unstable();
            ratios.sort_unstable_by(f64::total_cmp);
            let (time, ratio) = (times[times.len() / 2], ratios[ratios.len() / 2]);
            let (least, most) = (ratios[0], ratios[ratios.len() - 1]);
            let (name, micros) = (way.name, time.as_secs_f64() * 1e6);
            println!("{name:<36}{micros:>8.0} µs   × {ratio:.3}  ({least:.3} to {most:.3})");
        }
    }
}

/// The median of each way.
async fn round(ways: &[Way], each: usize) -> Vec<Duration> {
    let mut times = vec![Vec::with_capacity(each); ways.len()];
    for _ in 0..each / TURN {
        for (way, times) in ways.iter().zip(&mut times) {
            for _ in 0..TURN {
                times.push(way.timed().await);
            }
        }
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[times.len() / 2]
    };
    times.into_iter().map(median).collect()
}
