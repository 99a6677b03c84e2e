//! API keys.

mod change;
mod generate;
mod keys;
mod live;
mod options;
mod verify;

pub use live::LiveKeys;
pub use options::{KeyEdit, MadeKey, NewKey};
