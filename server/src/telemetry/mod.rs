//! Logs through `log`, to standard error: text for people, one JSON object a line for machines.
//!
//! A line is made and written by whoever has something to say: each signature leaves one.

mod json;
mod text;

use std::io::Write as _;

use env_filter::{Builder, Filter};
use log::{Level, Log, Metadata, Record};

use crate::clock::Clock;

pub(crate) use text::OneLine;

/// Crates that print whole requests, signatures included, when they are allowed to chat.
const CAPPED: &[&str] = &["s3s", "aws_", "hyper", "reqwest", "h2"];

/// Says what is logged, as `RUST_LOG` does elsewhere.
const VARIABLE: &str = "SAIL_CARGO_LOG";

/// How lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging. `SAIL_CARGO_LOG` filters as `RUST_LOG` does elsewhere; `default` holds where
/// it is not set.
pub fn start(format: LogFormat, default: &str) {
    let told = std::env::var_os(VARIABLE).and_then(|told| told.into_string().ok());
    let filter = Builder::new().parse(told.as_deref().unwrap_or(default)).build();
    let colours = anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never;
    let logger = Logger { filter, format, colours, clock: Clock::system() };
    log::set_max_level(logger.filter.filter());
    // A second start, as in tests that share a process, keeps the first logger.
    log::set_boxed_logger(Box::new(logger)).ok();
}

/// Writes what passes the filter; what [`CAPPED`] crates say only from warnings up, whatever the
/// filter says.
struct Logger {
    filter: Filter,
    format: LogFormat,
    colours: bool,
    clock: Clock,
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let capped = CAPPED.iter().any(|name| metadata.target().starts_with(name));
        (!capped || metadata.level() <= Level::Warn) && self.filter.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) || !self.filter.matches(record) {
            return;
        }
        let now = self.clock.now();
        let line = match self.format {
            LogFormat::Text => text::line(record, now, self.colours),
            LogFormat::Json => json::line(record, now),
        };
        // There is nobody left to be told.
        std::io::stderr().write_all(line.as_bytes()).ok();
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chatty_crates_are_capped_whatever_the_filter_says() {
        let logger = Logger {
            filter: Builder::new().parse("trace,s3s::ops=trace").build(),
            format: LogFormat::Text,
            colours: false,
            clock: Clock::system(),
        };
        let enabled = |target, level| {
            logger.enabled(&Metadata::builder().target(target).level(level).build())
        };
        assert!(enabled("sail_cargo_server::api", Level::Trace));
        assert!(enabled("s3s::ops", Level::Warn));
        for target in ["s3s::ops", "s3s_fs::s3", "aws_sigv4::http_request", "reqwest::connect"] {
            assert!(!enabled(target, Level::Info), "{target}");
        }
    }
}
