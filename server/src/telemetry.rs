//! Logs through `log` and `env_logger`: text for people, one JSON object a line for machines.

use std::io::Write as _;

use env_logger::{Builder, Env};
use log::{Level, Log, Metadata, Record, kv};

/// Crates that print whole requests, signatures included, when they are allowed to chat.
const CAPPED: &[&str] = &["s3s", "aws_", "hyper", "reqwest", "h2"];

/// How lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Starts logging to standard error. `SAIL_CARGO_LOG` filters as `RUST_LOG` does elsewhere;
/// `default` holds where it is not set.
pub fn start(format: LogFormat, default: &str) {
    let mut builder = Builder::from_env(Env::new().filter_or("SAIL_CARGO_LOG", default));
    if format == LogFormat::Json {
        builder.format(|out, record| {
            let line = json_line(record);
            writeln!(out, "{line}")
        });
    }
    let logger = builder.build();
    log::set_max_level(logger.filter());
    // A second start, as in tests that share a process, keeps the first logger.
    log::set_boxed_logger(Box::new(Capped(logger))).ok();
}

/// Passes on what [`CAPPED`] crates say only from warnings up, whatever the filter says.
struct Capped(env_logger::Logger);

impl Log for Capped {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let capped = CAPPED.iter().any(|name| metadata.target().starts_with(name));
        (!capped || metadata.level() <= Level::Warn) && self.0.enabled(metadata)
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            self.0.log(record);
        }
    }

    fn flush(&self) {
        self.0.flush();
    }
}

fn json_line(record: &Record<'_>) -> serde_json::Value {
    let mut line = serde_json::Map::new();
    line.insert("time".to_owned(), crate::clock::Clock::system().now().to_rfc3339().into());
    line.insert("level".to_owned(), record.level().as_str().into());
    line.insert("target".to_owned(), record.target().into());
    line.insert("message".to_owned(), record.args().to_string().into());
    record.key_values().visit(&mut Fields(&mut line)).ok();
    line.into()
}

/// Collects a record's key-values.
struct Fields<'a>(&'a mut serde_json::Map<String, serde_json::Value>);

impl<'kvs> kv::VisitSource<'kvs> for Fields<'_> {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        let value = match (value.to_u64(), value.to_bool()) {
            (Some(number), _) => number.into(),
            (None, Some(flag)) => flag.into(),
            (None, None) => value.to_string().into(),
        };
        self.0.insert(key.to_string(), value);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chatty_crates_are_capped_whatever_the_filter_says() {
        let logger = Capped(Builder::new().parse_filters("trace,s3s::ops=trace").build());
        let enabled = |target, level| {
            logger.enabled(&Metadata::builder().target(target).level(level).build())
        };
        assert!(enabled("sail_cargo_server::http", Level::Trace));
        assert!(enabled("s3s::ops", Level::Warn));
        for target in ["s3s::ops", "s3s_fs::s3", "aws_sigv4::http_request", "reqwest::connect"] {
            assert!(!enabled(target, Level::Info), "{target}");
        }
    }

    #[test]
    fn a_json_line_holds_the_fields() {
        let fields = [("status", kv::Value::from(200_u64)), ("path", kv::Value::from("/v1"))];
        let record = Record::builder()
            .level(Level::Info)
            .target("access")
            .args(format_args!("done"))
            .key_values(&fields)
            .build();
        let line = json_line(&record);
        assert_eq!((&line["message"], &line["status"]), (&"done".into(), &200.into()));
        assert_eq!(line["path"], "/v1");
    }
}
