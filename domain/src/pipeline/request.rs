//! Signing requests as callers send them: an S3 request, and the form of the signature.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sail_cargo_protocol::{PresignRequest, SignRequest};

use super::error::SigningError;
use super::form::Form;
use super::parsed::ParsedRequest;
use crate::limits;
use crate::s3::{Endpoint, RawHeaders, RawRequest, S3Request};

/// One request to sign, as the caller describes it. All of it is untrusted.
#[derive(Debug, Clone, Copy)]
pub struct SigningRequest<'a> {
    /// The HTTP method, as sent.
    pub method: &'a str,
    /// The URL, as sent.
    pub url: &'a str,
    /// The headers, in order.
    pub headers: RawHeaders<'a>,
    /// The declared payload hash; may be absent if `body` is present.
    pub payload: Option<&'a str>,
    /// The body, if the caller sent it along.
    pub body: Option<Body<'a>>,
    /// The form of the signature.
    pub form: Form,
}

/// A body that the caller sent along.
#[derive(Debug, Clone, Copy)]
pub enum Body<'a> {
    /// Standard base64, at most 1 MiB decoded.
    Base64(&'a str),
    /// Raw bytes.
    Bytes(&'a [u8]),
}

impl SigningRequest<'_> {
    /// Parses the request.
    ///
    /// # Errors
    /// [`SigningError::Body`] if the body cannot be decoded, [`SigningError::Refused`] if the
    /// request is not one that Cargo would ever sign.
    pub fn parse(self, endpoints: &[Endpoint]) -> Result<ParsedRequest, SigningError> {
        let body = self.body.map(Body::read).transpose()?;
        let raw = RawRequest {
            method: self.method,
            url: self.url,
            headers: self.headers,
            payload: self.payload,
            body: body.as_deref(),
        };
        let request = match self.form {
            Form::Headers | Form::OfUrl { .. } | Form::Unproven => {
                S3Request::parse(raw, endpoints)?
            }
            Form::Url { .. } => S3Request::parse_to_presign(raw, endpoints)?,
        };
        Ok(ParsedRequest { request, form: self.form })
    }
}

impl<'a> Body<'a> {
    fn read(self) -> Result<Cow<'a, [u8]>, SigningError> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.into()),
            Self::Base64(text) => match STANDARD.decode(text) {
                Ok(bytes) if bytes.len() <= limits::MAX_SIGNED_BODY => Ok(bytes.into()),
                _ => Err(SigningError::Body),
            },
        }
    }
}

impl<'a, T: AsRef<str>> From<&'a SignRequest<T>> for SigningRequest<'a>
where
    RawHeaders<'a>: From<&'a Vec<(T, T)>>,
{
    fn from(wire: &'a SignRequest<T>) -> Self {
        Self {
            method: wire.method.as_ref(),
            url: wire.url.as_ref(),
            headers: (&wire.headers).into(),
            payload: wire.payload.as_ref().map(AsRef::as_ref),
            body: wire.body.as_ref().map(|body| Body::Base64(body.as_ref())),
            form: Form::Headers,
        }
    }
}

impl<'a, T: AsRef<str>> From<&'a PresignRequest<T>> for SigningRequest<'a>
where
    RawHeaders<'a>: From<&'a Vec<(T, T)>>,
{
    fn from(wire: &'a PresignRequest<T>) -> Self {
        let expires_in = wire.expires_in.unwrap_or(limits::DEFAULT_PRESIGN_SECONDS);
        Self {
            method: wire.method.as_ref(),
            url: wire.url.as_ref(),
            headers: (&wire.headers).into(),
            payload: Some(wire.payload.as_ref().map_or("UNSIGNED-PAYLOAD", AsRef::as_ref)),
            body: None,
            form: Form::Url { expires_in },
        }
    }
}
