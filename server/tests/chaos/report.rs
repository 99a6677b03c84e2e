//! What is counted, and what is wrong.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Violations of a kind that are printed; the others are counted.
const PRINTED: usize = 8;

/// What everybody of a run reports to.
pub(crate) struct Report {
    began: Instant,
    counts: Mutex<BTreeMap<String, usize>>,
    /// How many, by kind.
    violations: Mutex<BTreeMap<&'static str, usize>>,
    longest: Mutex<BTreeMap<&'static str, Duration>>,
    /// When this process was not given the machine, and for how long.
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

    /// How long something took at most.
    pub(crate) fn longest(&self, what: &'static str, time: Duration) {
        let mut longest = self.longest.lock().unwrap();
        let most = longest.entry(what).or_default();
        *most = time.max(*most);
    }

    /// Something that happened, for whoever reads what went before.
    pub(crate) fn note(&self, what: impl fmt::Display) {
        self.say(&what.to_string());
    }

    /// Something that must not be.
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

    /// Not by a macro: what those print is kept from whoever runs the tests.
    fn say(&self, line: &str) {
        let line = format!("chaos {:8.3} s  {line}\n", self.began.elapsed().as_secs_f64());
        std::io::stderr().write_all(line.as_bytes()).ok();
    }

    /// Keeps an eye on how late this process is woken: a machine that is busy elsewhere makes
    /// nobody late by his own fault.
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

    /// How much of the time since `from` this process was not given.
    pub(crate) fn lag_since(&self, from: Instant) -> Duration {
        let lags = self.lags.lock().unwrap();
        lags.iter().rev().take_while(|(at, _)| *at >= from).map(|(_, late)| *late).sum()
    }

    /// One page.
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
