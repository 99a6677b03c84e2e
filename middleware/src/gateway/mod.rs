//! The way through Cargo's gateway: with a session of the caller, which signs instead of Cargo.

pub(crate) mod connector;
pub(crate) mod credentials;
pub(crate) mod detour;
pub(crate) mod link;
mod refusal;
pub(crate) mod sessions;
mod signature;
