//! The pure part of signing: parse, judge, sign. The server, its own requests to storages, `simulate`,
//! `explain` and the fake authority all sign and judge with these steps, and with no others.
//!
//! A step takes what the step before made: [`SigningRequest::parse`] makes a [`ParsedRequest`],
//! [`ParsedRequest::judge`] an [`Approval`], [`Approval::sign`] a [`Signed`]. Whoever walks does between
//! them what is not pure: reads the authority, and gets the credentials, which takes an approval. A batch
//! walks request by request.

mod answer;
mod approval;
mod error;
mod parsed;
mod request;

pub use answer::SigningResponse;
pub use approval::{Approval, Signed};
pub use error::SigningError;
pub use parsed::ParsedRequest;
pub use request::{Body, Form, SigningRequest};

#[cfg(test)]
mod tests;
