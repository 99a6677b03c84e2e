//! What `sail-cargo dev` brings along, so that it needs nothing installed: an S3 storage, an
//! auth service, a server over both, and a tour of what it does.

pub mod guard;
pub mod issuer;
mod made;
mod private_file;
mod serve;
pub mod storage;
mod token;
pub mod tour;
pub mod world;

pub use token::DemoTokens;
pub use world::{Ports, World};
