//! Reads the body of a change of any layout.

use serde::Deserialize;

use super::layout_2;
use super::layout_3;
use super::row::LoggedRow;
use crate::error::DatabaseError;

/// The part of a body that every layout has.
#[derive(Deserialize)]
pub(super) struct Version {
    pub(super) v: u64,
}

/// The rows that a change touched; `None` if its layout does not record them.
///
/// # Errors
/// [`DatabaseError::NewerHistory`] if a newer version wrote the body; [`DatabaseError::Corrupt`] if
/// the body is damaged.
pub fn rows(body: &[u8]) -> Result<Option<Vec<LoggedRow>>, DatabaseError> {
    let Version { v } = serde_json::from_slice(body).map_err(DatabaseError::corrupt)?;
    match v {
        0 => Err(DatabaseError::corrupt("the change log has no layout 0")),
        1 => Ok(None),
        2 => layout_2::rows(body).map(Some),
        known if known <= u64::from(layout_3::LAYOUT) => layout_3::rows(body).map(Some),
        newer => Err(DatabaseError::NewerHistory(newer)),
    }
}
