//! The pure part of signing: parse, judge, sign. The server, its own requests to storages, `simulate`,
//! `explain` and the fake authority all sign and judge with these steps, and with no others.
//!
//! A step takes what the step before made: [`SigningRequest::parse`] makes a [`ParsedRequest`],
//! [`ParsedRequest::judge`] an [`Approval`], [`Approval::sign`] a [`Signed`]. [`SigningResponse::new`] writes
//! the answer. The caller reads between the steps what they need: the authority after `parse`, which names
//! the buckets, and the credentials after `judge`, which proves that they may be used. The requests of a
//! batch take each step one by one.

mod answer;
mod approval;
mod error;
mod form;
mod parsed;
mod request;

pub use answer::SigningResponse;
pub use approval::{Approval, Signed};
pub use error::SigningError;
pub use form::Form;
pub use parsed::ParsedRequest;
pub use request::{Body, SigningRequest};

#[cfg(test)]
mod tests;
