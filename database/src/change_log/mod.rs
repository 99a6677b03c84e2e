//! What the change log keeps of a change: bytes that are written once, hashed, and read for ever.
//!
//! The words are the log's own. Neither the wire nor a noun of the domain may change what was
//! written. A body begins with the number of its layout, and each layout has a reader:
//!
//! 1. says what was done, not which rows it touched;
//! 2. has the rows in the words that the wire had then (`layout_2`);
//! 3. has them as the records of this folder (`layout_3`), in the same JSON: a server that knows
//!    of 2 only still tells them in its feed;
//! 4. has access keys, and whether users make their own (`layout_3`, in which they may be absent);
//! 5. has the ends of users' sessions (`layout_3`, in which they may be absent);
//! 6. has accounts, the scopes of API keys for them, the permission `list`, prefixes that are templates, and
//!    users' homes (`layout_3`, in which they may be absent);
//! 7. has personal API keys (`layout_3`: a key of which no kind is said is an access key).
//!
//! Whatever a record does not know is an error. So a field, a word or a kind of row that is new takes a
//! new layout, and no reader leaves out what it does not understand. A record says in its own file which
//! layout brought its newest field, and what it was in layout 2; the newest of all is written.

mod access_key;
mod account;
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
mod sessions_end;
mod stamp;
#[cfg(test)]
mod tests;

pub use access_key::{AccessKeyKindWord, AccessKeyRecord, AccessKeyStatusWord, LimitsRecord};
pub use account::{AccountRecord, AccountStatusWord, LoggedAccount};
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
pub use sessions_end::SessionsEndRecord;
pub(crate) use stamp::{Stamp, actor_kind};
