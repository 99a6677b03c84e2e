//! Buckets: registered, changed, forgotten.

mod edit;
mod options;
mod registry;
mod rules;

pub(super) use edit::{register, remove};
pub use options::{BucketEdit, Labels, Shown};
pub(super) use rules::{demand_own_account, demand_plain_name, taken};
