//! What those who run the server need: an address of their own, and time to take over.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Deserialize;

use super::error::ConfigError;

/// How long a server that stops goes on for others to hear of it, unless told otherwise: as long
/// as most load balancers take to ask twice.
const NOTICE: Duration = Duration::from_secs(3);

/// The operator's side.
#[derive(Debug, Clone, Copy, Default)]
pub struct OpsConfig {
    /// Where `/livez`, `/readyz` and `/metrics` are answered on a thread of their own, beside the
    /// address for everybody, which has no metrics.
    pub address: Option<SocketAddr>,
    /// How long a server that was told to stop accepts connections yet, within the time to drain.
    pub drain_notice: Duration,
}

/// The settings of it.
#[derive(Debug, Clone, Copy, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OpsSettings {
    /// Address and port where /livez, /readyz and /metrics (for Prometheus) are answered on a thread
    /// of its own, whatever the load; for those who run the server, not for the world [default: none,
    /// and nothing is measured]
    #[arg(long, env = "SAIL_CARGO_OPS", value_name = "ADDRESS")]
    #[serde(rename = "address")]
    pub ops: Option<SocketAddr>,
    /// Seconds of the time to drain in which a server that was told to stop still accepts
    /// connections, while /readyz says that it stops and each answer closes its connection [default:
    /// 3, and at most half of the time to drain]
    #[arg(long, env = "SAIL_CARGO_DRAIN_NOTICE_SECONDS", value_name = "SECONDS")]
    pub drain_notice_seconds: Option<u64>,
}

impl OpsSettings {
    /// Fills what is open from `file`.
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            ops: self.ops.or(file.ops),
            drain_notice_seconds: self.drain_notice_seconds.or(file.drain_notice_seconds),
        }
    }

    /// Checks everything and fills in the defaults, for a server with so long to drain.
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
