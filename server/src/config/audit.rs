//! Settings that limit the disk space of the audit trail.

use serde::Deserialize;

use super::error::ConfigError;
use crate::audit::AuditLimits;

/// The settings of the audit trail; the table `[audit]` of the settings file.
#[derive(Debug, Clone, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AuditSettings {
    /// Refusals of one caller, action and reason recorded singly per minute; further ones become
    /// one event with their number [default: 60]
    #[arg(long, env = "SAIL_CARGO_AUDIT_REFUSALS_PER_MINUTE", value_name = "N")]
    #[serde(rename = "refusals_per_minute")]
    pub audit_refusals_per_minute: Option<u32>,
    /// Events of refusals recorded for one project per day; after that, one event stands for all
    /// refusals of a caller and reason within ten minutes. Failed authentications have a separate
    /// limit of the same size [default: 10000]
    #[arg(long, env = "SAIL_CARGO_AUDIT_REFUSALS_PER_DAY", value_name = "N")]
    #[serde(rename = "refusals_per_day")]
    pub audit_refusals_per_day: Option<u32>,
    /// Free MiB on the disk of the SQLite file or the spool below which refusals are only counted
    /// and readiness is degraded [default: 512]
    #[arg(long, env = "SAIL_CARGO_AUDIT_LOW_WATER_MIB", value_name = "MIB")]
    #[serde(rename = "low_water_mib")]
    pub audit_low_water_mib: Option<u32>,
    /// Free MiB on that disk below which nothing is signed any more [default: 32]
    #[arg(long, env = "SAIL_CARGO_AUDIT_FLOOR_MIB", value_name = "MIB")]
    #[serde(rename = "floor_mib")]
    pub audit_floor_mib: Option<u32>,
}

impl AuditSettings {
    /// These settings; those not set are taken from `file`.
    #[must_use]
    pub(super) fn or(self, file: &Self) -> Self {
        Self {
            audit_refusals_per_minute: self
                .audit_refusals_per_minute
                .or(file.audit_refusals_per_minute),
            audit_refusals_per_day: self.audit_refusals_per_day.or(file.audit_refusals_per_day),
            audit_low_water_mib: self.audit_low_water_mib.or(file.audit_low_water_mib),
            audit_floor_mib: self.audit_floor_mib.or(file.audit_floor_mib),
        }
    }

    /// The limits, with defaults for what is not set.
    ///
    /// # Errors
    /// [`ConfigError`] if the floor is above the low-water mark.
    pub(super) fn limits(&self) -> Result<AuditLimits, ConfigError> {
        let default = AuditLimits::default();
        let bytes = |mib: u32| u64::from(mib) << 20;
        let limits = AuditLimits {
            per_minute: self.audit_refusals_per_minute.unwrap_or(default.per_minute),
            per_day: self.audit_refusals_per_day.unwrap_or(default.per_day),
            low_water: self.audit_low_water_mib.map_or(default.low_water, bytes),
            floor: self.audit_floor_mib.map_or(default.floor, bytes),
        };
        if limits.floor > limits.low_water {
            return Err(ConfigError::new(
                "SAIL_CARGO_AUDIT_FLOOR_MIB",
                "must not be above SAIL_CARGO_AUDIT_LOW_WATER_MIB",
            ));
        }
        Ok(limits)
    }
}
