//! Captures the log lines of all tests in this process.

use std::fmt::Write as _;
use std::sync::{Mutex, Once, PoisonError};

use log::{Level, LevelFilter, Log, Metadata, Record, kv};

/// Crates that would log whole requests. The server's own logger caps them as well.
const CAPPED: &[&str] = &["aws_", "hyper", "reqwest", "h2"];

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Starts capturing. A process has one logger: later calls do nothing.
pub(crate) fn capture() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        log::set_boxed_logger(Box::new(Keeper)).unwrap();
        log::set_max_level(LevelFilter::Trace);
    });
}

/// The captured lines that contain `text`.
pub(crate) fn lines_with(text: &str) -> Vec<String> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().filter(|line| line.contains(text)).cloned().collect()
}

struct Keeper;

impl Log for Keeper {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= Level::Warn
            || !CAPPED.iter().any(|name| metadata.target().starts_with(name))
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let mut line = format!("{} {} {}", record.level(), record.target(), record.args());
            record.key_values().visit(&mut Fields(&mut line)).ok();
            LINES.lock().unwrap_or_else(PoisonError::into_inner).push(line);
        }
    }

    fn flush(&self) {}
}

/// Appends a record's key-value pairs.
struct Fields<'a>(&'a mut String);

impl<'kvs> kv::VisitSource<'kvs> for Fields<'_> {
    fn visit_pair(&mut self, key: kv::Key<'kvs>, value: kv::Value<'kvs>) -> Result<(), kv::Error> {
        write!(self.0, " {key}={value}").map_err(kv::Error::from)
    }
}
