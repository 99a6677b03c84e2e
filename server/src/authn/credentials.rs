//! The credentials of a request.

use std::net::IpAddr;

use super::operator_keys::OperatorKeys;
use super::refusal::Refusal;
use crate::domain::{PersonalKey, PresentedKey};

/// The credentials of a request, borrowed from its headers. This type does not implement `Debug`.
#[derive(Default)]
pub struct Credentials<'r> {
    /// `X-Api-Key`, or a Bearer that is an API key or an operator key.
    pub api_key: Option<&'r str>,
    /// A Bearer that is a personal API key.
    pub personal_key: Option<&'r str>,
    /// A Bearer that is a token.
    pub token: Option<&'r str>,
    /// `X-Project`: a slug or an id.
    pub project: Option<&'r str>,
    /// The client's address.
    pub address: Option<IpAddr>,
}

/// Credential headers that are missing or cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence is its documentation")]
pub enum HeadersError {
    #[error("send a token as `Authorization: Bearer …`, or an API key as `X-Api-Key`")]
    Missing,
    #[error("`Authorization` must read `Bearer …`, once, and `X-Api-Key` may come once")]
    Syntax,
    #[error("`X-Api-Key` is empty: send a key, or leave the header out")]
    EmptyKey,
}

impl<'r> Credentials<'r> {
    /// Stores a Bearer as an API key or a personal API key if it has the form of one, and as a token otherwise.
    ///
    /// # Errors
    /// [`HeadersError::Syntax`] if the request already has an API key.
    pub fn take_bearer(&mut self, bearer: &'r str) -> Result<(), HeadersError> {
        if PersonalKey::is_meant(bearer) {
            self.personal_key = Some(bearer);
        } else if !PresentedKey::is_meant(bearer) && !OperatorKeys::is_meant(bearer) {
            self.token = Some(bearer);
        } else if self.api_key.replace(bearer).is_some() {
            return Err(HeadersError::Syntax);
        }
        Ok(())
    }
}

impl Refusal for HeadersError {
    fn code(&self) -> &'static str {
        match self {
            Self::Missing => "missing_credentials",
            Self::Syntax | Self::EmptyKey => "malformed_credentials",
        }
    }
}
