//! Between columns and domain values.

use chrono::{DateTime, Utc};

use super::error::StoreError;
use crate::domain::Permissions;

/// An instant as microseconds since the epoch.
pub(super) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// An instant from microseconds since the epoch.
pub(super) fn instant(micros: i64) -> Result<DateTime<Utc>, StoreError> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| StoreError::corrupt("a time is out of range"))
}

/// The same, where there may be none.
pub(super) fn maybe_instant(micros: Option<i64>) -> Result<Option<DateTime<Utc>>, StoreError> {
    micros.map(instant).transpose()
}

/// Permissions from their bits.
pub(super) fn permissions(bits: i16) -> Result<Permissions, StoreError> {
    Permissions::from_bits(bits).ok_or_else(|| StoreError::corrupt("permission bits out of range"))
}

/// JSON from a text column.
pub(super) fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(StoreError::corrupt)
}

/// JSON for a text column.
pub(super) fn to_json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::corrupt)
}
