//! How long a storage may take, and how many connections it gets.

use std::time::Duration;

use serde::Deserialize;

use super::error::ConfigError;
use crate::storage_client::upstream::UpstreamLimits;

/// The settings of the way to the storages, in a file the table `[upstream]`.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UpstreamSettings {
    /// Seconds that a connection to a storage may take to be made, and that a request may wait for
    /// one where all are in use, at least 1 as with those below [default: 5]
    #[arg(long, env = "SAIL_CARGO_UPSTREAM_CONNECT_SECONDS", value_name = "SECONDS")]
    #[serde(rename = "connect_seconds")]
    pub upstream_connect_seconds: Option<u64>,
    /// Seconds from the end of a request to a storage to the beginning of its answer [default: 60]
    #[arg(long, env = "SAIL_CARGO_UPSTREAM_ANSWER_SECONDS", value_name = "SECONDS")]
    #[serde(rename = "answer_seconds")]
    pub upstream_answer_seconds: Option<u64>,
    /// The same where the storage has work to do first: copies, completed uploads, deletions of many
    /// [default: 900]
    #[arg(long, env = "SAIL_CARGO_UPSTREAM_WORK_SECONDS", value_name = "SECONDS")]
    #[serde(rename = "work_seconds")]
    pub upstream_work_seconds: Option<u64>,
    /// Seconds that a storage may take nothing of an upload, or say nothing more of an answer that it
    /// began [default: 60]
    #[arg(long, env = "SAIL_CARGO_UPSTREAM_IDLE_SECONDS", value_name = "SECONDS")]
    #[serde(rename = "idle_seconds")]
    pub upstream_idle_seconds: Option<u64>,
    /// Connections to one address of a store; one project has half of them at most, one key a quarter
    /// [default: 256]
    #[arg(long, env = "SAIL_CARGO_UPSTREAM_CONNECTIONS", value_name = "N")]
    #[serde(rename = "connections")]
    pub upstream_connections: Option<usize>,
}

impl UpstreamSettings {
    /// What is set here, and else what `file` says.
    #[must_use]
    pub(super) fn or(self, file: &Self) -> Self {
        Self {
            upstream_connect_seconds: self
                .upstream_connect_seconds
                .or(file.upstream_connect_seconds),
            upstream_answer_seconds: self.upstream_answer_seconds.or(file.upstream_answer_seconds),
            upstream_work_seconds: self.upstream_work_seconds.or(file.upstream_work_seconds),
            upstream_idle_seconds: self.upstream_idle_seconds.or(file.upstream_idle_seconds),
            upstream_connections: self.upstream_connections.or(file.upstream_connections),
        }
    }

    /// Checks everything and fills in the defaults.
    pub(super) fn limits(&self) -> Result<UpstreamLimits, ConfigError> {
        let default = UpstreamLimits::default();
        let seconds = |set: Option<u64>, default| set.map_or(default, Duration::from_secs);
        let limits = UpstreamLimits {
            connect: seconds(self.upstream_connect_seconds, default.connect),
            first_byte: seconds(self.upstream_answer_seconds, default.first_byte),
            first_byte_long: seconds(self.upstream_work_seconds, default.first_byte_long),
            idle: seconds(self.upstream_idle_seconds, default.idle),
            connections: self.upstream_connections.unwrap_or(default.connections),
        };
        let none = [
            ("SAIL_CARGO_UPSTREAM_CONNECT_SECONDS", limits.connect.is_zero()),
            ("SAIL_CARGO_UPSTREAM_ANSWER_SECONDS", limits.first_byte.is_zero()),
            ("SAIL_CARGO_UPSTREAM_WORK_SECONDS", limits.first_byte_long.is_zero()),
            ("SAIL_CARGO_UPSTREAM_IDLE_SECONDS", limits.idle.is_zero()),
            ("SAIL_CARGO_UPSTREAM_CONNECTIONS", limits.connections == 0),
        ];
        match none.iter().find(|(_, is_none)| *is_none) {
            Some((name, _)) => {
                Err(ConfigError::new(name, "must be at least 1: with 0 no storage is reached"))
            }
            None => Ok(limits),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(toml: &str) -> Result<UpstreamLimits, String> {
        let settings: UpstreamSettings = toml::from_str(toml).map_err(|error| error.to_string())?;
        settings.limits().map_err(|error| error.to_string())
    }

    #[test]
    fn g27_each_limit_of_the_way_to_storages_is_a_setting() {
        let of = |limits: UpstreamLimits| {
            [limits.connect, limits.first_byte, limits.first_byte_long, limits.idle]
                .map(|limit| limit.as_secs())
        };
        assert_eq!(of(limits("").unwrap()), [5, 60, 900, 60]);
        for (position, name) in
            ["connect_seconds", "answer_seconds", "work_seconds", "idle_seconds"].iter().enumerate()
        {
            let mut expected = [5, 60, 900, 60];
            expected[position] = 7;
            assert_eq!(of(limits(&format!("{name} = 7")).unwrap()), expected, "{name}");
            let refused = limits(&format!("{name} = 0")).unwrap_err();
            assert!(refused.contains(&name.to_ascii_uppercase()), "{refused}");
        }
        assert_eq!(limits("connections = 9").unwrap().connections, 9);
        assert!(limits("connections = 0").unwrap_err().contains("UPSTREAM_CONNECTIONS"));
    }
}
