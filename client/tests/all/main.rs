//! The client against a stub of the server.
#![allow(clippy::unwrap_used)]

mod errors;
mod line;
mod live;
mod retries;
mod secrets;
mod stub;
#[cfg(feature = "testing")]
mod testing;
mod tokens;
mod urls;
mod verbs;
