//! How many may read event streams and long polls.

use std::time::Duration;

use serde::Deserialize;

use crate::http::ReaderLimits;

/// The settings of event streams and long polls, in a file the table `[streams]`.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamSettings {
    /// Event streams and long polls that are open at a time [default: 256]
    #[arg(long, env = "SAIL_CARGO_STREAMS", value_name = "N")]
    #[serde(rename = "all")]
    pub streams: Option<usize>,
    /// Those of one project [default: 64]
    #[arg(long, env = "SAIL_CARGO_STREAMS_PER_PROJECT", value_name = "N")]
    #[serde(rename = "per_project")]
    pub streams_per_project: Option<usize>,
    /// Those by one key [default: 32]
    #[arg(long, env = "SAIL_CARGO_STREAMS_PER_KEY", value_name = "N")]
    #[serde(rename = "per_key")]
    pub streams_per_key: Option<usize>,
    /// Seconds that the reader of a stream may take nothing, or be behind when it once was not, until
    /// the stream is ended [default: 30]
    #[arg(long, env = "SAIL_CARGO_STREAMS_PATIENCE_SECONDS", value_name = "SECONDS")]
    #[serde(rename = "patience_seconds")]
    pub streams_patience_seconds: Option<u64>,
}

impl StreamSettings {
    /// What is set here, and else what `file` says.
    #[must_use]
    pub(super) fn or(self, file: &Self) -> Self {
        Self {
            streams: self.streams.or(file.streams),
            streams_per_project: self.streams_per_project.or(file.streams_per_project),
            streams_per_key: self.streams_per_key.or(file.streams_per_key),
            streams_patience_seconds: self
                .streams_patience_seconds
                .or(file.streams_patience_seconds),
        }
    }

    /// With the defaults filled in.
    pub(super) fn limits(&self) -> ReaderLimits {
        let default = ReaderLimits::default();
        ReaderLimits {
            all: self.streams.unwrap_or(default.all),
            per_project: self.streams_per_project.unwrap_or(default.per_project),
            per_key: self.streams_per_key.unwrap_or(default.per_key),
            patience: self.streams_patience_seconds.map_or(default.patience, Duration::from_secs),
        }
    }
}
