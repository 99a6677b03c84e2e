//! Prints the steps of the tour, one per line.

use std::io::{IsTerminal as _, Write as _};

use chrono::{DateTime, Utc};
use sail_cargo_protocol::{AuditEvent, Outcome};

use crate::clock::Clock;

/// The reasons of events that say how a request ended.
const ENDS: [&str; 2] = ["ended", "broken_off"];

/// The result of a step, in words.
pub(super) enum Told {
    /// The request succeeded, as it should.
    Done(String),
    /// The request was refused, as it should be.
    Refused(String),
    /// The step did not do what it should.
    Failed(String),
}

/// Prints steps as they happen, and counts those that fail.
#[derive(Debug)]
pub struct Report {
    started_at: DateTime<Utc>,
    steps: usize,
    failures: usize,
    colours: bool,
}

impl Report {
    pub(super) fn start() -> Self {
        Self {
            started_at: Clock::system().now(),
            steps: 0,
            failures: 0,
            colours: std::io::stdout().is_terminal(),
        }
    }

    pub(super) fn started_at(&self) -> DateTime<Utc> {
        self.started_at
    }

    /// The number of failed steps.
    pub fn failures(&self) -> usize {
        self.failures
    }

    /// The number of steps.
    pub fn steps(&self) -> usize {
        self.steps
    }

    pub(super) fn step(&mut self, what: &str, told: Told) {
        self.steps += 1;
        let (mark, colour, how) = match told {
            Told::Done(how) => ("✓", "32", how),
            Told::Refused(why) => ("✓", "33", format!("refused: {why}")),
            Told::Failed(why) => {
                self.failures += 1;
                ("✗", "31", format!("FAILED: {why}"))
            }
        };
        let padding = " ".repeat(38_usize.saturating_sub(what.chars().count()));
        self.line(&format!("{} {what}{padding}  {how}", self.paint(colour, mark)));
    }

    /// Prints events, oldest first, with the names that `named` puts in.
    pub(super) fn audit_trail(&self, newest_first: &[AuditEvent], named: &dyn Fn(&str) -> String) {
        for event in newest_first.iter().rev() {
            let (verdict, colour) = match event.outcome {
                Outcome::Allow => ("allow", "32"),
                Outcome::Deny | Outcome::Malformed => ("deny ", "33"),
            };
            let place = match (&event.bucket, &event.key) {
                (Some(bucket), Some(key)) => format!("{bucket}/{key}"),
                (Some(bucket), None) => bucket.clone(),
                (None, _) => String::new(),
            };
            let why = match event.outcome {
                // At the gateway a request has an event of its end as well.
                Outcome::Allow if !ENDS.contains(&event.reason.as_str()) => String::new(),
                _ => format!("   {}", event.reason),
            };
            self.line(&format!(
                "    {}  {}  {:<17}{:<19}{place}{why}",
                event.at.format("%H:%M:%S%.3f"),
                self.paint(colour, verdict),
                named(&event.actor),
                event.action,
                place = named(&place),
            ));
        }
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colours { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    #[expect(clippy::unused_self, reason = "lines belong to a report")]
    fn line(&self, text: &str) {
        writeln!(std::io::stdout().lock(), "{text}").ok();
    }
}
