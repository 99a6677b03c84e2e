//! Reading a change, whatever its layout.

use serde::Deserialize;

use super::layout_2;
use super::layout_3;
use super::row::LoggedRow;
use crate::error::DatabaseError;

/// What every body has, whatever its layout.
#[derive(Deserialize)]
struct Version {
    v: u64,
}

/// The rows that a change touched; `None` where its layout does not say.
///
/// # Errors
/// [`DatabaseError::NewerHistory`] where a newer version wrote the body. It is damaged.
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
