//! The demo stack of `sail-cargo dev`: an S3 storage, an auth service, a server, and a tour of the
//! features. It needs no installed services.

mod access_key;
mod config;
pub mod dev_stack;
pub mod error;
mod guard;
pub mod issuer;
mod made;
mod ports;
mod private_file;
mod seed;
mod serve;
mod session;
pub mod storage;
mod token;
pub mod tour;

pub use access_key::{FILE as ACCESS_KEY_FILE, HOLDER as ACCESS_KEY_HOLDER};
pub(crate) use config::database_in;
pub use dev_stack::DevStack;
pub use ports::Ports;
pub use seed::PROJECT;
pub use token::DemoTokens;
