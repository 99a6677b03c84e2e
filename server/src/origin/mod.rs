//! The origin of a request: the client's address, and what the client says of itself. All doors tell it in
//! the same way.

pub mod proxies;
pub(crate) mod words;
