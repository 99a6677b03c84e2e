//! Limits on the disk space that refusals may use.

/// Limits on the audit trail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditLimits {
    /// How many refusals of the same caller, action and reason are recorded one by one in a minute.
    pub per_minute: u32,
    /// How many events of refusals a project may add in a day before refusals are grouped by caller
    /// and reason only; failures to authenticate have a limit of the same size.
    pub per_day: u32,
    /// Below this many free bytes, refusals are grouped by caller and reason only.
    pub low_water: u64,
    /// Below this many free bytes, nothing is signed.
    pub floor: u64,
}

impl Default for AuditLimits {
    fn default() -> Self {
        Self { per_minute: 60, per_day: 10_000, low_water: 512 << 20, floor: 32 << 20 }
    }
}
