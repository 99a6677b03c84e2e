//! Compares variants of an operation in interleaved rounds.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;

/// The number of rounds, if time allows.
const ROUNDS: usize = 9;
/// The number of runs of a variant before the next variant's turn.
const TURN: usize = 20;

/// One variant of the operation.
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

    /// Runs the variant once.
    pub(crate) fn once(&self) -> BoxFuture<'static, ()> {
        (self.once)()
    }

    /// Runs the variant once and returns the seconds it took.
    async fn timed(&self) -> f64 {
        let once = self.once();
        let begin = Instant::now();
        once.await;
        begin.elapsed().as_secs_f64()
    }
}

/// How the first variant relates to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum First {
    /// All do the same: the table shows the extra time of the others.
    Same,
    /// The others are parts of the first: the table shows their share.
    Whole,
}

/// The number and the time limit of a measurement.
pub(crate) struct Rounds {
    pub(crate) title: &'static str,
    pub(crate) first: First,
    /// The number of runs of each variant in a round.
    pub(crate) each: usize,
    /// The time after which no turn begins.
    pub(crate) at_most: Duration,
}

impl Rounds {
    /// Measures, and prints a table that compares the variants with the first.
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

/// The median of each variant, in seconds.
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
