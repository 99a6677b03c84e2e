//! The pure part of signing: parse, judge, sign. All signatures and decisions go through these
//! steps: those of the server, of its own requests to storages, of `simulate`, `explain` and the
//! fake authority.
//!
//! Each step takes the result of the step before: [`SigningRequest::parse`] returns a
//! [`ParsedRequest`], [`ParsedRequest::judge`] an [`Approval`], [`Approval::sign`] a [`Signed`].
//! [`SigningResponse::new`] writes the response. Between the steps, the caller loads what the next
//! one needs: the authority after `parse`, which names the buckets, and the credentials after
//! `judge`, which proves that they may be used. A batch takes all its requests through one step
//! before the next.
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
