//! The server as somebody who asks the storage itself: for the probe, and where it must be known
//! whether a bucket is there, or whose an account is.

mod account;
mod client;
mod error;
mod face;
mod said;
mod signer;
pub mod upstream;
mod xml;

pub(crate) use account::Account;
pub(crate) use client::{StorageClient, StorageResponse};
pub use error::StorageError;
pub(crate) use face::{Face, Likeness, face};
pub(crate) use said::Seen;
pub(crate) use signer::{Form, PayloadMode, ServerPrincipal, Signed, Signer, UnsignedRequest};
pub(crate) use xml::escape;
