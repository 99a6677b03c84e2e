//! The report of a run: counts and violations.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The number of violations of a kind that are printed; more are only counted.
const PRINTED: usize = 8;

/// The report that all parts of a run add to.
pub(crate) struct Report {
    began: Instant,
    counts: Mutex<BTreeMap<String, usize>>,
    /// The number of violations, by kind.
    violations: Mutex<BTreeMap<&'static str, usize>>,
    longest: Mutex<BTreeMap<&'static str, Duration>>,
    /// The times at which this process was not scheduled, and for how long.
    lags: Mutex<Vec<(Instant, Duration)>>,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            counts: Mutex::default(),
            violations: Mutex::default(),
            longest: Mutex::default(),
            lags: Mutex::default(),
        }
    }

    pub(crate) fn count(&self, what: impl Into<String>) {
        *self.counts.lock().unwrap().entry(what.into()).or_default() += 1;
    }

    /// Records the longest time that something took.
    pub(crate) fn longest(&self, what: &'static str, time: Duration) {
        let mut longest = self.longest.lock().unwrap();
        let most = longest.entry(what).or_default();
        *most = time.max(*most);
    }

    /// Prints an event of the run, as context for later violations.
    pub(crate) fn note(&self, what: impl fmt::Display) {
        self.say(&what.to_string());
    }

    /// Records a violation.
    pub(crate) fn violation(&self, kind: &'static str, what: impl fmt::Display) {
        let mut violations = self.violations.lock().unwrap();
        let count = violations.entry(kind).or_default();
        *count += 1;
        if *count <= PRINTED {
            self.say(&format!("VIOLATION {kind}: {what}"));
        }
    }

    pub(crate) fn violations(&self) -> usize {
        self.violations.lock().unwrap().values().sum()
    }

    /// Not `eprintln!`: the test harness captures its output.
    fn say(&self, line: &str) {
        let line = format!("chaos {:8.3} s  {line}\n", self.began.elapsed().as_secs_f64());
        std::io::stderr().write_all(line.as_bytes()).ok();
    }

    /// Measures how late this process is woken, so that a busy machine does not count as a
    /// violation.
    pub(crate) async fn feel_lags(&self) {
        const EVERY: Duration = Duration::from_millis(50);
        loop {
            let begin = Instant::now();
            tokio::time::sleep(EVERY).await;
            let late = begin.elapsed().saturating_sub(2 * EVERY);
            if !late.is_zero() {
                self.lags.lock().unwrap().push((begin, late));
            }
        }
    }

    /// The time since `from` in which this process was not scheduled.
    pub(crate) fn lag_since(&self, from: Instant) -> Duration {
        let lags = self.lags.lock().unwrap();
        lags.iter().rev().take_while(|(at, _)| *at >= from).map(|(_, late)| *late).sum()
    }

    /// Prints the report.
    pub(crate) fn print(&self) {
        for (what, count) in &*self.counts.lock().unwrap() {
            self.say(&format!("{count:8}  {what}"));
        }
        for (what, time) in &*self.longest.lock().unwrap() {
            self.say(&format!("{what} took {time:?} at most"));
        }
        self.say(&format!("this process was kept waiting for {:?}", self.lag_since(self.began)));
        for (kind, count) in &*self.violations.lock().unwrap() {
            self.say(&format!("VIOLATIONS: {count} × {kind}"));
        }
    }
}
