//! Ways to do one thing, in turns.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;

/// How many rounds there are, if time allows.
const ROUNDS: usize = 9;
/// How many times each way is gone before it is another's turn.
const TURN: usize = 20;

/// One way to do it.
pub(crate) struct Variant {
    name: &'static str,
    once: Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>,
}

impl Variant {
    pub(crate) fn new<F: Future<Output = ()> + Send + 'static>(
        name: &'static str,
        once: impl Fn() -> F + Send + Sync + 'static,
    ) -> Self {
        Self { name, once: Box::new(move || Box::pin(once())) }
    }

    /// Goes it once.
    pub(crate) fn once(&self) -> BoxFuture<'static, ()> {
        (self.once)()
    }

    /// The same; how many seconds that took.
    async fn timed(&self) -> f64 {
        let once = self.once();
        let begin = Instant::now();
        once.await;
        begin.elapsed().as_secs_f64()
    }
}

/// What the first way is to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// They do the same: what they take more is told.
    Same,
    /// They are part of it: which part is told.
    Whole,
}

/// How often, and for how long at most.
pub(crate) struct Rounds {
    pub(crate) title: &'static str,
    pub(crate) first: First,
    /// How many times each way is gone in a round.
    pub(crate) each: usize,
    /// No turn begins after this.
    pub(crate) at_most: Duration,
}

impl Rounds {
    /// Measures, and prints a table that holds the ways against the first.
    pub(crate) async fn run(&self, ways: &[Variant]) {
        let end = Instant::now() + self.at_most;
        round(ways, TURN, end).await; // warm-up
        let mut rounds = Vec::new();
        while rounds.is_empty() || (rounds.len() < ROUNDS && Instant::now() < end) {
            rounds.push(round(ways, self.each, end).await);
        }
        println!("\n{}, {} rounds of {}", self.title, rounds.len(), self.each);
        for (number, way) in ways.iter().enumerate() {
            let times = sorted(rounds.iter().map(|round| round[number]));
            print!("{:<36}{:>8.0} µs", way.name, 1e6 * middle(&times));
            if number > 0 {
                let ratios = sorted(rounds.iter().map(|round| round[number] / round[0]));
                let percent = |ratio: f64| match self.first {
                    First::Same => format!("{:+.1}", 100.0 * (ratio - 1.0)),
                    First::Whole => format!("{:.1}", 100.0 * ratio),
                };
                let [least, most] = [ratios[0], ratios[ratios.len() - 1]].map(percent);
                print!("{:>9} %  ({least} to {most})", percent(middle(&ratios)));
            }
            println!();
        }
    }
}

/// The median of each way, in seconds.
async fn round(ways: &[Variant], each: usize, end: Instant) -> Vec<f64> {
    let mut times = vec![Vec::with_capacity(each); ways.len()];
    for turn in 0..each / TURN {
        if turn > 0 && Instant::now() > end {
            break;
        }
        for (way, times) in ways.iter().zip(&mut times) {
            for _ in 0..TURN {
                times.push(way.timed().await);
            }
        }
    }
    times.into_iter().map(|times| middle(&sorted(times.into_iter()))).collect()
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values
}

fn middle(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}
