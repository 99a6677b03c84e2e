//! What `sail-cargo dev` brings along, so that it needs nothing installed.

pub mod guard;
pub mod issuer;
pub mod storage;

mod serve;
