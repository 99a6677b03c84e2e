//! The server as a client of a storage: for the probe, to find out whether a bucket exists, and to
//! compare accounts.

mod account;
mod client;
pub(crate) mod deletion;
mod error;
mod face;
pub(crate) mod listing;
mod said;
mod signer;
pub mod upstream;
mod xml;

pub(crate) use account::Account;
pub(crate) use client::{StorageClient, StorageResponse};
pub use error::StorageError;
pub(crate) use face::{Face, Likeness, face};
pub(crate) use said::{Seen, error_code};
pub(crate) use signer::{Form, PayloadMode, ServerPrincipal, Signed, Signer, UnsignedRequest};
