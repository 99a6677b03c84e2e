//! What `sail-cargo dev` brings along, so that it needs nothing installed: an S3 storage, an
//! auth service, a server over both, and a tour of what it does.

pub mod dev_stack;
pub mod guard;
pub mod issuer;
mod made;
mod private_file;
mod serve;
pub mod storage;
mod token;
pub mod tour;

pub use dev_stack::{DevStack, Ports};
pub use token::DemoTokens;
