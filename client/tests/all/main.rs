//! Tests of the client against a stub of the server.
#![allow(clippy::unwrap_used)]

mod errors;
mod live;
mod retries;
mod secrets;
mod stub;
#[cfg(feature = "testing")]
mod testing;
mod tokens;
mod transport;
mod urls;
mod verbs;
