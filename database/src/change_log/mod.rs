//! The bodies of changes: bytes that are written once, hashed, and readable for ever.
//!
//! The format belongs to the change log alone, so that neither the wire format nor a domain type
//! can change what was written. A body starts with the number of its layout, and each layout has a
//! reader:
//!
//! 1. records what was done, but not which rows it touched;
//! 2. records the rows in the wire format of its time (`layout_2`);
//! 3. records the rows as the structs of this folder (`layout_3`), in the same JSON: a server that
//!    knows only layout 2 can still pass them on in its feed.
//!
//! A record refuses fields that it does not know. So a new field, word or kind of row needs a new
//! layout, and no reader drops what it does not understand. Each record's file says which layout
//! introduced the record's newest field, and what the record was in layout 2. The newest of these
//! layouts is written.

mod api_key;
mod bucket;
#[cfg(test)]
mod golden;
mod grant;
mod group;
mod layout_2;
mod layout_3;
mod member;
mod permissions;
mod project;
mod reader;
mod row;
#[cfg(test)]
mod tests;

pub use api_key::{ApiKeyRecord, ScopeWord};
pub use bucket::BucketRecord;
pub use grant::GrantRecord;
pub use group::GroupRecord;
pub(crate) use layout_3::{Body, LAYOUT};
pub use member::MemberRecord;
pub use permissions::PermissionWords;
pub use project::{ProjectRecord, StatusWord};
pub use reader::rows;
pub use row::{LoggedRow, Sides};
