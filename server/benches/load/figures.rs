//! Evaluates the attempts of a load, one line each.

use std::time::Duration;

use crate::attempts::{Attempt, End};
use crate::loops::Made;
use crate::watch::Seen;

pub(crate) struct Figures {
    seconds: f64,
    attempts: Vec<Attempt>,
    /// The latencies of signatures, in ascending order.
    signed: Vec<Duration>,
    /// The latencies of all answers, in ascending order.
    answered: Vec<Duration>,
}

impl Figures {
    pub(crate) fn of(made: Made) -> Self {
        let took = |is_meant: fn(End) -> bool| {
            let meant = made.attempts.iter().filter(|attempt| is_meant(attempt.end));
            let mut took: Vec<_> = meant.map(|attempt| attempt.took).collect();
            took.sort_unstable();
            took
        };
        let signed = took(|end| end == End::Answered(200));
        let answered = took(|end| matches!(end, End::Answered(_)));
        Self { seconds: made.lasted.as_secs_f64(), signed, answered, attempts: made.attempts }
    }

    /// Signatures per second.
    pub(crate) fn goodput(&self) -> f64 {
        self.a_second(self.signed.len())
    }

    /// The 99th percentile of the signatures' latency.
    pub(crate) fn p99(&self) -> Duration {
        part(&self.signed, 99)
    }

    fn rate(&self, is_meant: impl Fn(End) -> bool) -> f64 {
        self.a_second(self.attempts.iter().filter(|attempt| is_meant(attempt.end)).count())
    }

    fn a_second(&self, count: usize) -> f64 {
        f64::from(u32::try_from(count).unwrap()) / self.seconds
    }

    /// The 99th percentile of the requests' delay at their start.
    fn late(&self) -> Duration {
        let mut late: Vec<_> = self.attempts.iter().map(|attempt| attempt.late).collect();
        late.sort_unstable();
        part(&late, 99)
    }
}

fn part(sorted: &[Duration], percent: usize) -> Duration {
    let last = sorted.len().saturating_sub(1);
    sorted.get(sorted.len() * percent / 100).or(sorted.get(last)).copied().unwrap_or_default()
}

/// One line of the table.
pub(crate) struct Row(String);

impl Row {
    pub(crate) const HEADING: &str = concat!(
        "                          due/s   200/s  429/s  503/s other/s none/s unsent/s",
        "    p50     p99 all p99  ratio    late livez p50     max  RSS MiB",
    );

    pub(crate) fn new(name: &str, made: &Figures, unloaded: &Figures, seen: &Seen) -> Self {
        let status = |wanted: u16| made.rate(|end| end == End::Answered(wanted));
        let ms = |time: Duration| time.as_secs_f64() * 1e3;
        let all = part(&made.answered, 99);
        let other =
            |end| matches!(end, End::Answered(status) if ![200, 429, 503].contains(&status));
        let none = |end| matches!(end, End::Broken | End::Unanswered);
        Self(format!(
            "{name:24} {:6.0}  {:6.0} {:6.0} {:6.0}  {:6.0} {:6.0}   {:6.0} {:6.1} {:7.1} {:7.1} \
             {:5.1}x {:7.1}   {:7.1} {:7.1}  {}",
            made.rate(|_| true),
            made.goodput(),
            status(429),
            status(503),
            made.rate(other),
            made.rate(none),
            made.rate(|end| end == End::Unsent),
            ms(part(&made.signed, 50)),
            ms(made.p99()),
            ms(all),
            ms(all) / ms(unloaded.p99()),
            ms(made.late()),
            ms(seen.live(50)),
            ms(seen.live(100)),
            seen.memory(),
        ))
    }

    pub(crate) fn print(&self) {
        println!("{}", self.0);
    }
}
