//! Settings that limit the rate of requests and the time of their bodies.

use std::time::Duration;

use serde::Deserialize;

use super::error::ConfigError;
use crate::api::Patience;
use crate::limits::Rates;

/// The permitted time limits of a body, in seconds.
const TOTALS: std::ops::RangeInclusive<u64> = 1..=3600;

/// The limits on requests.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The time limit of a body.
    pub patience: Patience,
    /// The rate limits.
    pub rates: Rates,
}

impl Default for Limits {
    fn default() -> Self {
        let patience = Patience { total: Duration::from_mins(2), bytes_per_second: 16_384 };
        let rates = Rates {
            address: 20_000,
            key: 20_000,
            user: 10_000,
            project: 50_000,
            failed_proofs: 10,
        };
        Self { patience, rates }
    }
}

impl Limits {
    /// These limits without rate limits.
    #[must_use]
    pub fn without_rates(self) -> Self {
        Self { rates: Rates::default(), ..self }
    }
}

/// The settings of the limits; the table `[limits]` of the settings file.
#[derive(Debug, Clone, Copy, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitSettings {
    /// Seconds that a request's body may take to arrive; after that the answer is 408 [default:
    /// 120]
    #[arg(long, env = "SAIL_CARGO_BODY_SECONDS", value_name = "SECONDS")]
    pub body_seconds: Option<u64>,
    /// Bytes of a body that must arrive per second, on average, after the first five seconds; 0 for
    /// no minimum [default: 16384]
    #[arg(long, env = "SAIL_CARGO_BODY_BYTES_PER_SECOND", value_name = "BYTES")]
    pub body_bytes_per_second: Option<u32>,
    /// Requests per second from one address (IPv6: one /64), with bursts of twice as many; more are
    /// answered 429. 0 for no limit, as for the other rates [default: 20000]
    #[arg(long, env = "SAIL_CARGO_RATE_PER_ADDRESS", value_name = "N")]
    pub rate_per_address: Option<u32>,
    /// Requests per second with one API key, as for addresses; each item of a batch counts, up to
    /// the size of a burst [default: 20000]
    #[arg(long, env = "SAIL_CARGO_RATE_PER_KEY", value_name = "N")]
    pub rate_per_key: Option<u32>,
    /// Requests per second of one user, counted as for API keys [default: 10000]
    #[arg(long, env = "SAIL_CARGO_RATE_PER_USER", value_name = "N")]
    pub rate_per_user: Option<u32>,
    /// Requests per second in one project, counted as for API keys [default: 50000]
    #[arg(long, env = "SAIL_CARGO_RATE_PER_PROJECT", value_name = "N")]
    pub rate_per_project: Option<u32>,
    /// Unknown keys and invalid tokens checked per second, for each address and for each API key
    /// that they claim to be [default: 10]
    #[arg(long, env = "SAIL_CARGO_RATE_OF_FAILED_PROOFS", value_name = "N")]
    pub rate_of_failed_proofs: Option<u32>,
}

impl LimitSettings {
    /// These settings; those not set are taken from `file`.
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            body_seconds: self.body_seconds.or(file.body_seconds),
            body_bytes_per_second: self.body_bytes_per_second.or(file.body_bytes_per_second),
            rate_per_address: self.rate_per_address.or(file.rate_per_address),
            rate_per_key: self.rate_per_key.or(file.rate_per_key),
            rate_per_user: self.rate_per_user.or(file.rate_per_user),
            rate_per_project: self.rate_per_project.or(file.rate_per_project),
            rate_of_failed_proofs: self.rate_of_failed_proofs.or(file.rate_of_failed_proofs),
        }
    }

    /// Checks all settings and fills in the defaults.
    pub(super) fn resolve(self) -> Result<Limits, ConfigError> {
        let Limits { patience, rates } = Limits::default();
        let seconds = self.body_seconds.unwrap_or(patience.total.as_secs());
        if !TOTALS.contains(&seconds) {
            return Err(ConfigError::new("SAIL_CARGO_BODY_SECONDS", "must be between 1 and 3600"));
        }
        let patience = Patience {
            total: Duration::from_secs(seconds),
            bytes_per_second: self.body_bytes_per_second.unwrap_or(patience.bytes_per_second),
        };
        let rates = Rates {
            address: self.rate_per_address.unwrap_or(rates.address),
            key: self.rate_per_key.unwrap_or(rates.key),
            user: self.rate_per_user.unwrap_or(rates.user),
            project: self.rate_per_project.unwrap_or(rates.project),
            failed_proofs: self.rate_of_failed_proofs.unwrap_or(rates.failed_proofs),
        };
        Ok(Limits { patience, rates })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(toml: &str) -> Result<Limits, String> {
        let settings: LimitSettings = toml::from_str(toml).map_err(|error| error.to_string())?;
        settings.resolve().map_err(|error| error.to_string())
    }

    #[test]
    fn each_limit_is_set_by_itself_and_zero_turns_a_rate_off() {
        let set = limits("rate_per_key = 7\nrate_per_address = 0\nbody_seconds = 9").unwrap();
        let usual = Limits::default();
        assert_eq!((set.rates.key, set.rates.address), (7, 0));
        assert_eq!(set.rates.project, usual.rates.project);
        assert_eq!(set.patience.total, Duration::from_secs(9));
        assert_eq!(set.patience.bytes_per_second, usual.patience.bytes_per_second);
        assert!(limits("body_seconds = 0").unwrap_err().contains("SAIL_CARGO_BODY_SECONDS"));
        assert!(limits("rate_per_keys = 7").unwrap_err().contains("rate_per_keys"));
    }
}
