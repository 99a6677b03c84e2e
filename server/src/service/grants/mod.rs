//! Grants: who may do what, where, and until when.

mod admin;
mod change;
mod checks;
mod edit;
mod effects;
mod list;
mod options;
mod refusal;
mod twins;
mod words;

pub(super) use admin::is_admin_of_all;
pub use options::{AccessDelta, EditOptions, EditSummary, GrantEdit, Precondition};
pub(super) use twins::give_twins;
