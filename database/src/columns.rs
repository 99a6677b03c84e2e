//! Conversions between column values and domain values.

use chrono::{DateTime, Utc};

use crate::domain::Permissions;
use crate::error::DatabaseError;

/// Microseconds since the epoch from an instant.
pub(crate) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// An instant from microseconds since the epoch.
pub(crate) fn instant(micros: i64) -> Result<DateTime<Utc>, DatabaseError> {
    DateTime::from_timestamp_micros(micros)
        .ok_or_else(|| DatabaseError::corrupt("a time is out of range"))
}

/// An optional instant from microseconds since the epoch.
pub(crate) fn maybe_instant(micros: Option<i64>) -> Result<Option<DateTime<Utc>>, DatabaseError> {
    micros.map(instant).transpose()
}

/// A row count for a `LIMIT` clause.
pub(crate) fn rows_at_most(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Permissions from their bits.
pub(crate) fn permissions(bits: i16) -> Result<Permissions, DatabaseError> {
    Permissions::from_bits(bits)
        .ok_or_else(|| DatabaseError::corrupt("permission bits out of range"))
}

/// Parses the JSON in a text column.
pub(crate) fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DatabaseError> {
    serde_json::from_str(text).map_err(DatabaseError::corrupt)
}

/// Writes JSON for a text column.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<String, DatabaseError> {
    serde_json::to_string(value).map_err(DatabaseError::corrupt)
}
