//! Access keys.

mod change;
mod generate;
mod keys;
mod made;
mod verify;

pub use made::MadeAccessKey;
