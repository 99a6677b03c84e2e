//! What happens in one transaction: grants, buckets and how they come and go, keys, projects, groups,
//! users; and the signing pipeline, with its I/O.
//!
//! Options and outcomes are of this room. What comes out are nouns of the domain; only the doors turn
//! them into the wire's.

mod access_keys;
mod aliases;
mod api_keys;
mod authority;
pub mod bucket_lifecycle;
mod buckets;
mod ceilings;
mod changes;
mod error;
mod examine;
mod grants;
mod group_split;
mod groups;
mod handle;
mod listing;
mod migrate;
mod mutation;
mod probes;
mod projects;
mod random;
mod recent_uses;
mod replies;
mod reply_records;
mod reservations;
mod seals;
mod session;
mod sessions;
pub mod signing;
mod storage_accounts;
mod summaries;
mod users;

pub use access_keys::MadeAccessKey;
pub(crate) use aliases::refuse_alias;
pub use api_keys::{LiveKeys, MadeKey};
pub use buckets::Shown;
pub use changes::Look;
pub use error::ServiceError;
pub use examine::Examined;
pub use grants::{AccessDelta, EditOptions, EditSummary, GrantEdit, Precondition};
pub use group_split::TokensLeftOut;
pub use handle::Service;
pub use listing::Listed;
pub use projects::{NewProject, ProjectEdit};
pub(crate) use recent_uses::RecentUses;
pub use replies::Reply;
pub use reservations::{BucketReservation, Found, Said, Unsettled};
pub use seals::{ForeignKey, Seals};
pub use sessions::{OpenSessionError, OpenedSession};
pub use summaries::{GroupSummary, UserSummary};
pub use users::BucketAccess;
