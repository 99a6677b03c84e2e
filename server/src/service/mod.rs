//! The service: every use case in its transaction. It covers grants, buckets and their life cycle,
//! keys, projects, groups, users and stores, and the signing pipeline with its I/O.
//!
//! Options and results are types of this module or of the domain. Only `api` and `cli` turn them
//! into wire types.

mod access_keys;
mod accounts;
mod aliases;
mod api_keys;
mod authority;
pub mod bucket_lifecycle;
mod buckets;
mod ceilings;
mod chain;
mod changes;
mod error;
mod examine;
mod grants;
mod group_split;
mod groups;
mod handle;
mod issuers;
mod listing;
mod migrate;
mod mutation;
mod probes;
mod project_names;
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

pub use crate::cache::BucketRange;
pub use access_keys::MadeAccessKey;
pub(crate) use accounts::user_of;
pub use accounts::{
    AccountEnd, KeyPair, MadeAccount, MadeInvitation, NewPasswordHash, Proven, Refreshed, SignIn,
    SignedInAccount,
};
pub(crate) use aliases::refuse_alias;
pub use api_keys::{LiveKeys, MadeKey};
pub use buckets::{Shown, UsableBucket, UsableBuckets};
pub use changes::Look;
pub use error::ServiceError;
pub use examine::Examined;
pub use grants::{AccessDelta, EditOptions, EditSummary, GrantEdit, Precondition};
pub use group_split::TokensLeftOut;
pub use handle::{Service, UserNames};
pub use listing::{Listed, Listing};
pub use projects::{HomeEdit, NewProject, ProjectEdit};
pub(crate) use recent_uses::RecentUses;
pub use replies::Reply;
pub use reservations::{BucketReservation, Found, Said, Unsettled};
pub use sail_cargo_database::tables::accounts::signing_keys::PublicKey;
pub use sail_cargo_database::tables::issuers::Registered as RegisteredIssuers;
pub use seals::{ForeignKey, Seals};
pub use sessions::{OpenSessionError, OpenedSession};
pub use summaries::{GroupSummary, UserSummary};
pub use users::BucketAccess;
