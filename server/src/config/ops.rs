//! Settings for operators: the address of the operators' listener, and the time for load balancers
//! to turn away.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

use super::error::ConfigError;

/// The default time in which a stopping server still accepts connections: most load balancers check
/// readiness twice within it.
const NOTICE: Duration = Duration::from_secs(3);

/// The operators' configuration.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpsConfig {
    /// The address of the operators' listener, which answers `/livez`, `/readyz` and `/metrics` on
    /// a thread of its own. The public address has no metrics.
    pub address: Option<SocketAddr>,
    /// How long a stopping server still accepts connections; a part of the time to drain.
    pub drain_notice: Duration,
}

/// The operators' settings; the table `[ops]` of the settings file.
#[derive(Debug, Clone, Copy, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpsSettings {
    /// Address and port for /livez, /readyz and /metrics (Prometheus), answered on a separate
    /// thread whatever the load. For operators; do not expose it publicly [default: none, and
    /// nothing is measured]
    #[arg(long, env = "SAIL_CARGO_OPS", value_name = "ADDRESS")]
    #[serde(rename = "address")]
    pub ops: Option<SocketAddr>,
    /// Seconds of the time to drain in which a stopping server still accepts connections, while
    /// /readyz reports that it stops and each answer closes its connection [default: 3, and at most
    /// half of the time to drain]
    #[arg(long, env = "SAIL_CARGO_DRAIN_NOTICE_SECONDS", value_name = "SECONDS")]
    pub drain_notice_seconds: Option<u64>,
}

impl OpsSettings {
    /// These settings; those not set are taken from `file`.
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            ops: self.ops.or(file.ops),
            drain_notice_seconds: self.drain_notice_seconds.or(file.drain_notice_seconds),
        }
    }

    /// Checks all settings and fills in the defaults, for a server with `drain` as its time to
    /// drain.
    pub(super) fn resolve(self, drain: Duration) -> Result<OpsConfig, ConfigError> {
        let wanted = self.drain_notice_seconds.map(Duration::from_secs);
        let drain_notice = wanted.unwrap_or_else(|| NOTICE.min(drain / 2));
        if drain_notice > drain {
            return Err(ConfigError::new(
                "SAIL_CARGO_DRAIN_NOTICE_SECONDS",
                format!("must be at most the {} of SAIL_CARGO_DRAIN_SECONDS", drain.as_secs()),
            ));
        }
        Ok(OpsConfig { address: self.ops, drain_notice })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_is_part_of_the_time_to_drain() {
        let notice = |wanted, drain| {
            let settings = OpsSettings { ops: None, drain_notice_seconds: wanted };
            let resolved = settings.resolve(Duration::from_secs(drain));
            resolved.map(|ops| ops.drain_notice.as_secs_f64()).map_err(|error| error.to_string())
        };
        assert_eq!(notice(None, 10), Ok(3.0));
        assert_eq!(notice(None, 3), Ok(1.5));
        assert_eq!(notice(Some(0), 10), Ok(0.0));
        assert_eq!(notice(Some(10), 10), Ok(10.0));
        assert!(notice(Some(11), 10).unwrap_err().contains("DRAIN_NOTICE"));
    }
}
