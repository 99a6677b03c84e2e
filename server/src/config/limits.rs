//! How much, how fast and how slowly may be asked.

use std::time::Duration;

use serde::Deserialize;

use super::ConfigError;
use crate::http::Patience;

/// How long a body may take.
const TOTALS: std::ops::RangeInclusive<u64> = 1..=3600;

/// What callers may take of the server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How long a body may take.
    pub patience: Patience,
}

impl Default for Limits {
    fn default() -> Self {
        let patience = Patience { total: Duration::from_mins(2), bytes_per_second: 16_384 };
        Self { patience }
    }
}

/// The limits as they can be set: in a file, in a table `[limits]`.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Seconds that a request's body may take to come; then it is answered 408 [default: 120]
    #[arg(long, env = "SAIL_CARGO_BODY_SECONDS", value_name = "SECONDS")]
    pub body_seconds: Option<u64>,
    /// Bytes of a body that must come each second, on the average, after the first five seconds; 0
    /// for no matter how few [default: 16384]
    #[arg(long, env = "SAIL_CARGO_BODY_BYTES_PER_SECOND", value_name = "BYTES")]
    pub body_bytes_per_second: Option<u32>,
}

impl LimitSettings {
    /// What is set here, and what is left open as `file` says.
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            body_seconds: self.body_seconds.or(file.body_seconds),
            body_bytes_per_second: self.body_bytes_per_second.or(file.body_bytes_per_second),
        }
    }

    /// Checks everything and fills in the defaults.
    pub(super) fn resolve(self) -> Result<Limits, ConfigError> {
        let Limits { patience } = Limits::default();
        let seconds = self.body_seconds.unwrap_or(patience.total.as_secs());
        if !TOTALS.contains(&seconds) {
            return Err(ConfigError::new("SAIL_CARGO_BODY_SECONDS", "is between 1 and 3600"));
        }
        let patience = Patience {
            total: Duration::from_secs(seconds),
            bytes_per_second: self.body_bytes_per_second.unwrap_or(patience.bytes_per_second),
        };
        Ok(Limits { patience })
    }
}
