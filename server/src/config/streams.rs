//! Settings that limit the readers of event streams, long polls and listings as JSON lines.

use std::time::Duration;

use serde::Deserialize;

use super::error::ConfigError;
use crate::api::ReaderLimits;

/// The settings of event streams; the table `[streams]` of the settings file.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StreamSettings {
    /// Event streams, long polls and application/x-ndjson listings open at a time; at least 1
    /// [default: 256]
    #[arg(long, env = "SAIL_CARGO_STREAMS", value_name = "N")]
    #[serde(rename = "all")]
    pub streams: Option<usize>,
    /// Event streams, long polls and listings open at a time in one project; at least 1 [default:
    /// 64]
    #[arg(long, env = "SAIL_CARGO_STREAMS_PER_PROJECT", value_name = "N")]
    #[serde(rename = "per_project")]
    pub streams_per_project: Option<usize>,
    /// Event streams, long polls and listings open at a time with one key; at least 1 [default: 32]
    #[arg(long, env = "SAIL_CARGO_STREAMS_PER_KEY", value_name = "N")]
    #[serde(rename = "per_key")]
    pub streams_per_key: Option<usize>,
    /// Seconds after which a stream is closed whose reader takes nothing, or has fallen behind and
    /// does not catch up [default: 30]
    #[arg(long, env = "SAIL_CARGO_STREAMS_PATIENCE_SECONDS", value_name = "SECONDS")]
    #[serde(rename = "patience_seconds")]
    pub streams_patience_seconds: Option<u64>,
}

impl StreamSettings {
    /// These settings; those not set are taken from `file`.
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

    /// Checks all settings and fills in the defaults.
    pub(super) fn limits(&self) -> Result<ReaderLimits, ConfigError> {
        let default = ReaderLimits::default();
        let limits = ReaderLimits {
            all: self.streams.unwrap_or(default.all),
            per_project: self.streams_per_project.unwrap_or(default.per_project),
            per_key: self.streams_per_key.unwrap_or(default.per_key),
            patience: self.streams_patience_seconds.map_or(default.patience, Duration::from_secs),
        };
        let none = [
            ("SAIL_CARGO_STREAMS", limits.all == 0),
            ("SAIL_CARGO_STREAMS_PER_PROJECT", limits.per_project == 0),
            ("SAIL_CARGO_STREAMS_PER_KEY", limits.per_key == 0),
            ("SAIL_CARGO_STREAMS_PATIENCE_SECONDS", limits.patience.is_zero()),
        ];
        match none.iter().find(|(_, is_none)| *is_none) {
            Some((name, _)) => {
                Err(ConfigError::new(name, "must be at least 1: with 0 nobody could read"))
            }
            None => Ok(limits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(toml: &str) -> Result<ReaderLimits, String> {
        let settings: StreamSettings = toml::from_str(toml).map_err(|error| error.to_string())?;
        settings.limits().map_err(|error| error.to_string())
    }

    #[test]
    fn zero_which_is_no_limit_elsewhere_is_refused() {
        for name in ["all", "per_project", "per_key", "patience_seconds"] {
            let refused = limits(&format!("{name} = 0")).unwrap_err();
            assert!(refused.contains("SAIL_CARGO_STREAMS"), "{refused}");
            assert!(refused.contains("must be at least 1"), "{refused}");
            assert!(limits(&format!("{name} = 1")).is_ok());
        }
        assert_eq!(limits(""), Ok(ReaderLimits::default()));
    }
}
