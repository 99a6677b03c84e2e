//! What `sail-cargo dev` brings along, so that it needs nothing installed: an S3 storage, an
//! auth service, a server over both, and a tour of what it does.

mod config;
pub mod dev_stack;
pub mod error;
pub mod guard;
pub mod issuer;
mod made;
mod ports;
mod private_file;
mod seed;
mod serve;
pub mod storage;
mod token;
pub mod tour;

pub use dev_stack::DevStack;
pub use ports::Ports;
pub use seed::PROJECT;
pub use token::DemoTokens;
