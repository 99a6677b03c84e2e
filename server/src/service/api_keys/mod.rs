//! API keys.

mod change;
mod generate;
mod keys;
mod live;
mod live_key;
mod made_key;
mod verify;

pub use live::LiveKeys;
pub use made_key::MadeKey;
