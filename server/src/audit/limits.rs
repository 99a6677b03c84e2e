//! How much of the disk those may fill whom nothing is allowed.

/// What the audit trail keeps of refusals, and of the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditLimits {
    /// Refusals of one caller, action and reason that are recorded one by one within a minute.
    pub per_minute: u32,
    /// Events of refusals that one project adds within a day, before they are told apart by their
    /// callers and reasons only; and so many of failures to authenticate.
    pub per_day: u32,
    /// With fewer free bytes than this, refusals are told apart by their callers and
    /// reasons only.
    pub low_water: u64,
    /// With fewer free bytes than this, nothing is signed.
    pub floor: u64,
}

impl Default for AuditLimits {
    fn default() -> Self {
        Self { per_minute: 60, per_day: 10_000, low_water: 512 << 20, floor: 32 << 20 }
    }
}
