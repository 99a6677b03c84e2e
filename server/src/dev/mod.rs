//! The demo stack of `sail-cargo dev`: an S3 storage, a server with users, and a tour of the features. It needs
//! no installed services.

mod access_key;
mod config;
pub mod dev_stack;
pub mod error;
mod guard;
mod made;
mod ports;
mod private_file;
mod seed;
mod session;
pub mod storage;
pub mod tour;
mod users;

pub use access_key::{FILE as ACCESS_KEY_FILE, HOLDER as ACCESS_KEY_HOLDER};
pub use dev_stack::{DevOptions, DevStack};
pub use ports::Ports;
pub use seed::PROJECT;
pub use users::{DemoTokens, KeptUsers, NAMES as USERS, NoDemoUsers};
