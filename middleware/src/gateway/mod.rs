//! The way through Cargo's gateway. The SDK signs by itself, with a session of the caller.

pub(crate) mod connector;
pub(crate) mod credentials;
pub(crate) mod link;
mod refusal;
pub(crate) mod sessions;
