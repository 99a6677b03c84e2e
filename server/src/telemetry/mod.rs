//! Logs through `log` and `env_logger` to standard error: text for people, or one JSON object per
//! line for machines. This module formats the lines; the library filters and writes them.

mod json;
#[cfg(feature = "otel")]
pub(crate) mod otel;
mod standard_error;
mod text;

use std::io::{self, Write as _};

use env_logger::fmt::Formatter;
use env_logger::fmt::style::Style;
use env_logger::{Builder, Target, WriteStyle};
use log::{Level, Metadata, Record};

use crate::clock::Clock;

pub(crate) use standard_error::together;
use standard_error::{StandardError, has_colours};
pub(crate) use text::OneLine;

/// Crates that log whole requests, with their signatures, below the level `warn`.
const CAPPED: &[&str] = &["s3s", "aws_", "hyper", "reqwest", "h2"];

/// The variable that filters the log, in the syntax of `RUST_LOG`.
const VARIABLE: &str = "SAIL_CARGO_LOG";

/// The format of log lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Text, for people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Background telemetry that runs until it is dropped. It is empty without the feature `otel`.
#[must_use]
pub struct Telemetry {
    #[cfg(feature = "otel")]
    _spans: Option<otel::Spans>,
}

/// Starts logging. `SAIL_CARGO_LOG` sets the filter, in the syntax of `RUST_LOG`; `default` is the
/// filter if the variable is not set. With the feature `otel`, also starts to send spans if a
/// collector is configured.
pub fn start(format: LogFormat, default: &str) -> Telemetry {
    let told = std::env::var_os(VARIABLE).and_then(|told| told.into_string().ok());
    // A second start, as in tests that share a process, keeps the first logger.
    let mut builder = builder(format, told.as_deref().unwrap_or(default), has_colours());
    builder.target(Target::Pipe(Box::new(StandardError))).try_init().ok();
    Telemetry {
        #[cfg(feature = "otel")]
        _spans: otel::Spans::start(),
    }
}

/// A logger with this `filter`, whose lines of text have `colours`. Of the [`CAPPED`] crates only warnings and errors are logged,
/// whatever the filter says.
fn builder(format: LogFormat, filter: &str, colours: bool) -> Builder {
    let clock = Clock::system();
    let mut builder = Builder::new();
    // Otherwise the library would ask for each line whether it goes to a terminal, and take the colours out
    // again if not.
    builder.write_style(WriteStyle::Always);
    builder.parse_filters(filter).format(move |line, record| {
        if is_capped(record.metadata()) {
            return Ok(());
        }
        write(line, record, format, colours, &clock)
    });
    builder
}

fn is_capped(metadata: &Metadata<'_>) -> bool {
    metadata.level() > Level::Warn && CAPPED.iter().any(|name| metadata.target().starts_with(name))
}

fn write(
    line: &mut Formatter,
    record: &Record<'_>,
    format: LogFormat,
    colours: bool,
    clock: &Clock,
) -> io::Result<()> {
    let now = clock.now();
    let style = if colours { line.default_level_style(record.level()) } else { Style::new() };
    let text = match format {
        LogFormat::Text => text::line(record, now, style),
        LogFormat::Json => json::line(record, now),
    };
    line.write_all(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use log::Log as _;

    use super::*;

    /// Sends each line that is written.
    struct Lines(Sender<String>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(String::from_utf8_lossy(bytes).into_owned()).ok();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn written(format: LogFormat, colours: bool, records: &[Record<'_>]) -> Vec<String> {
        let (lines, written) = channel();
        let target = Target::Pipe(Box::new(Lines(lines)));
        let mut builder = builder(format, "trace,s3s::ops=trace", colours);
        let logger = builder.target(target).build();
        for record in records {
            logger.log(record);
        }
        drop(logger);
        written.iter().filter(|line| !line.is_empty()).collect()
    }

    fn record(target: &str, level: Level) -> Record<'_> {
        Record::builder().target(target).level(level).args(format_args!("said\n")).build()
    }

    #[test]
    fn chatty_crates_are_capped_whatever_the_filter_says() {
        let chatty = ["s3s::ops", "s3s_fs::s3", "aws_sigv4::http_request", "reqwest::connect"];
        for format in [LogFormat::Text, LogFormat::Json] {
            let info = chatty.map(|target| record(target, Level::Info));
            assert!(written(format, false, &info).is_empty());
            let heard = [record("s3s::ops", Level::Warn), record("access", Level::Trace)];
            assert_eq!(written(format, false, &heard).len(), 2);
        }
    }

    #[test]
    fn a_record_is_one_line_in_either_format() {
        let said = [record("access", Level::Warn)];
        let text = written(LogFormat::Text, false, &said).concat();
        assert!(text.ends_with(" WARN  access] said\\n\n"), "{text:?}");
        assert!(!text.contains('\x1b'), "{text:?}");
        let coloured = written(LogFormat::Text, true, &said).concat();
        assert!(coloured.contains("\x1b[33mWARN \x1b[0m access"), "{coloured:?}");
        let json = written(LogFormat::Json, true, &said).concat();
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((read["level"].as_str(), json.lines().count()), (Some("WARN"), 1));
    }
}
