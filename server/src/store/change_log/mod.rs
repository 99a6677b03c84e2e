//! What the change log keeps of a change: bytes that are written once, hashed, and read for ever.
//!
//! The words are the log's own. Neither the wire nor a noun of the store may change what was
//! written. A body begins with the number of its layout, and each layout has a reader:
//!
//! 1. says what was done, not which rows it touched;
//! 2. has the rows in the words that the wire had then ([`layout_2`]);
//! 3. has them as the records of this folder ([`layout_3`]), in the same JSON: a server that knows
//!    of 2 only still tells them in its feed.
//!
//! Whatever a record of layout 3 does not know is an error. So a field, a word or a kind of row that
//! is new takes a new layout, and no reader leaves out what it does not understand.

mod api_key;
mod bucket;
#[cfg(test)]
pub(crate) mod golden;
mod grant;
mod group;
mod layout_2;
mod layout_3;
mod member;
mod permissions;
mod project;
mod row;
#[cfg(test)]
mod tests;

pub use api_key::ApiKeyRecord;
pub use bucket::BucketRecord;
pub use grant::GrantRecord;
pub use group::GroupRecord;
pub(super) use layout_3::Body;
pub use member::MemberRecord;
pub use project::ProjectRecord;
pub use row::{LoggedRow, Sides};

use serde::Deserialize;

use super::error::StoreError;

/// The layout that is written.
pub(super) const LAYOUT: u8 = 3;

/// What every body has, whatever its layout.
#[derive(Deserialize)]
struct Version {
    v: u64,
}

/// The rows that a change touched; `None` where its layout does not say.
///
/// # Errors
/// [`StoreError::NewerHistory`] where a newer version wrote the body. It is damaged.
pub(super) fn rows(body: &[u8]) -> Result<Option<Vec<LoggedRow>>, StoreError> {
    let Version { v } = serde_json::from_slice(body).map_err(StoreError::corrupt)?;
    match v {
        0 => Err(StoreError::corrupt("no layout of the change log is called 0")),
        1 => Ok(None),
        2 => layout_2::rows(body).map(Some),
        3 => layout_3::rows(body).map(Some),
        newer => Err(StoreError::NewerHistory(newer)),
    }
}
