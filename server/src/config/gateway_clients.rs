//! The clients of the gateway: how long they may take (G27), and how many connections they have.

use std::num::NonZeroUsize;
use std::time::Duration;

use serde::Deserialize;

use super::error::ConfigError;

/// How many connections there may be in all.
const CONNECTIONS: NonZeroUsize = NonZeroUsize::new(2048).unwrap();
/// One address has one part in so many of them.
const SHARE: usize = 4;

/// What clients may take of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientLimits {
    /// The time for the head of a request, and for a TLS handshake.
    pub head: Duration,
    /// The time until the next request on a connection that is kept open.
    pub keep_alive: Duration,
    /// The time for bodies.
    pub body: BodyTimes,
    /// The connections of all clients.
    pub connections: NonZeroUsize,
    /// The connections of one address.
    pub connections_per_address: NonZeroUsize,
}

/// How long a client may take for a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyTimes {
    /// With nothing coming.
    pub idle: Duration,
    /// For a body that is read whole: it is in memory meanwhile.
    pub total: Duration,
}

impl Default for ClientLimits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(10),
            keep_alive: Duration::from_secs(75),
            body: BodyTimes { idle: Duration::from_mins(1), total: Duration::from_mins(2) },
            connections: CONNECTIONS,
            connections_per_address: share(CONNECTIONS),
        }
    }
}

/// The settings of it.
#[derive(Debug, Clone, Copy, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ClientSettings {
    /// Seconds that a client of the gateway may take for the head of a request, and for a TLS
    /// handshake, at least 1 as with those below; after that the answer is 408 [default: 10]
    #[arg(long, env = "SAIL_CARGO_GATEWAY_HEAD_SECONDS", value_name = "SECONDS")]
    #[serde(rename = "head_seconds")]
    pub gateway_head_seconds: Option<u64>,
    /// Seconds that an idle connection to the gateway stays open [default: 75]
    #[arg(long, env = "SAIL_CARGO_GATEWAY_KEEP_ALIVE_SECONDS", value_name = "SECONDS")]
    #[serde(rename = "keep_alive_seconds")]
    pub gateway_keep_alive_seconds: Option<u64>,
    /// Seconds that a client of the gateway may send nothing of a body that is not over; after that
    /// the answer is 400 RequestTimeout [default: 60]
    #[arg(long, env = "SAIL_CARGO_GATEWAY_IDLE_SECONDS", value_name = "SECONDS")]
    #[serde(rename = "idle_seconds")]
    pub gateway_idle_seconds: Option<u64>,
    /// Seconds that a body may take in all which the gateway reads before it acts, such as a list of
    /// keys to delete; objects have no such limit [default: 120]
    #[arg(long, env = "SAIL_CARGO_GATEWAY_BODY_SECONDS", value_name = "SECONDS")]
    #[serde(rename = "body_seconds")]
    pub gateway_body_seconds: Option<u64>,
    /// Connections of clients to the gateway; more wait until one ends [default: 2048]
    #[arg(long, env = "SAIL_CARGO_GATEWAY_MAX_CONNECTIONS", value_name = "N")]
    #[serde(rename = "max_connections")]
    pub gateway_max_connections: Option<NonZeroUsize>,
    /// Connections from one address (IPv6: one /64) to the gateway, but for --trusted-proxies; more
    /// are closed at once [default: a quarter of --gateway-max-connections]
    #[arg(long, env = "SAIL_CARGO_GATEWAY_MAX_CONNECTIONS_PER_ADDRESS", value_name = "N")]
    #[serde(rename = "max_connections_per_address")]
    pub gateway_max_connections_per_address: Option<NonZeroUsize>,
}

impl ClientSettings {
    /// Fills what is open from `file`.
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            gateway_head_seconds: self.gateway_head_seconds.or(file.gateway_head_seconds),
            gateway_keep_alive_seconds: self
                .gateway_keep_alive_seconds
                .or(file.gateway_keep_alive_seconds),
            gateway_idle_seconds: self.gateway_idle_seconds.or(file.gateway_idle_seconds),
            gateway_body_seconds: self.gateway_body_seconds.or(file.gateway_body_seconds),
            gateway_max_connections: self.gateway_max_connections.or(file.gateway_max_connections),
            gateway_max_connections_per_address: self
                .gateway_max_connections_per_address
                .or(file.gateway_max_connections_per_address),
        }
    }

    /// Checks everything and fills in the defaults.
    ///
    /// # Errors
    /// A time of 0.
    pub(super) fn resolve(self) -> Result<ClientLimits, ConfigError> {
        let default = ClientLimits::default();
        let connections = self.gateway_max_connections.unwrap_or(default.connections);
        let each = self.gateway_max_connections_per_address.unwrap_or_else(|| share(connections));
        Ok(ClientLimits {
            head: seconds("HEAD", self.gateway_head_seconds, default.head)?,
            keep_alive: seconds("KEEP_ALIVE", self.gateway_keep_alive_seconds, default.keep_alive)?,
            body: BodyTimes {
                idle: seconds("IDLE", self.gateway_idle_seconds, default.body.idle)?,
                total: seconds("BODY", self.gateway_body_seconds, default.body.total)?,
            },
            connections,
            connections_per_address: each,
        })
    }
}

/// What one address has of `all`, unless the operator says otherwise.
const fn share(all: NonZeroUsize) -> NonZeroUsize {
    match NonZeroUsize::new(all.get() / SHARE) {
        Some(share) => share,
        None => NonZeroUsize::MIN,
    }
}

fn seconds(name: &str, set: Option<u64>, default: Duration) -> Result<Duration, ConfigError> {
    match set {
        None => Ok(default),
        Some(0) => Err(ConfigError::new(
            &format!("SAIL_CARGO_GATEWAY_{name}_SECONDS"),
            "must be at least 1: with 0 nobody is answered",
        )),
        Some(seconds) => Ok(Duration::from_secs(seconds)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(toml: &str) -> Result<ClientLimits, String> {
        let settings: ClientSettings = toml::from_str(toml).map_err(|error| error.to_string())?;
        settings.resolve().map_err(|error| error.to_string())
    }

    #[test]
    fn g27_each_time_of_a_client_is_a_setting() {
        let of = |limits: ClientLimits| {
            [limits.head, limits.keep_alive, limits.body.idle, limits.body.total]
                .map(|time| time.as_secs())
        };
        assert_eq!(of(limits("").unwrap()), [10, 75, 60, 120]);
        for (position, name) in ["head", "keep_alive", "idle", "body"].iter().enumerate() {
            let mut expected = [10, 75, 60, 120];
            expected[position] = 7;
            assert_eq!(of(limits(&format!("{name}_seconds = 7")).unwrap()), expected, "{name}");
            let refused = limits(&format!("{name}_seconds = 0")).unwrap_err();
            let setting = format!("SAIL_CARGO_GATEWAY_{}_SECONDS", name.to_ascii_uppercase());
            assert!(refused.contains(&setting), "{refused}");
        }
    }

    #[test]
    fn an_address_has_a_quarter_of_the_connections_unless_it_is_said() {
        let of = |toml| {
            let limits = limits(toml).unwrap();
            (limits.connections.get(), limits.connections_per_address.get())
        };
        assert_eq!(of(""), (2048, 512));
        assert_eq!(of("max_connections = 9"), (9, 2));
        assert_eq!(of("max_connections = 1"), (1, 1));
        assert_eq!(of("max_connections_per_address = 3"), (2048, 3));
        assert!(limits("max_connections = 0").is_err());
    }
}
