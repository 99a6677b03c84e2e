//! Buckets: register, change and forget them.

mod edit;
mod registry;
mod rules;
mod shown;
mod usable;

pub(super) use edit::{register, remove};
pub(super) use rules::{demand_own_account, demand_plain_name, taken};
pub use shown::Shown;
pub use usable::{UsableBucket, UsableBuckets};
