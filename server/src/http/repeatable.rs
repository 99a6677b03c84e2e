//! A JSON body of a POST that may be sent again under an `Idempotency-Key`
//! (draft-ietf-httpapi-idempotency-key-header).

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use super::error::ApiError;
use super::extract::{collect, declared_length, parse};
use crate::store::{Context, Idempotency};

const HEADER: &str = "idempotency-key";
const MAX_KEY: usize = 255;
const LIMIT: usize = 65_536;

/// The body, and what the request is repeated by. An empty body reads like `{}`.
#[derive(Debug)]
pub(super) struct Repeatable<T> {
    pub(super) body: T,
    idempotency: Option<Idempotency>,
}

impl<T> Repeatable<T> {
    /// The body, and the context of a mutation that is made once.
    pub(super) fn once(self, context: &Context) -> (T, Context) {
        (self.body, Context { idempotency: self.idempotency, ..context.clone() })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Repeatable<T> {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_json = request.content_type().eq_ignore_ascii_case("application/json");
        let declared = declared_length(request);
        let key = key(request);
        let what = format!("{} {}\0", request.method(), request.path());
        let payload = payload.take();
        Box::pin(async move {
            let key = key?;
            let bytes = collect(payload, declared, LIMIT).await?;
            if !is_json && !bytes.is_empty() {
                return Err(ApiError::MediaType("application/json"));
            }
            let fingerprint =
                Sha256::new().chain_update(what).chain_update(&bytes).finalize().into();
            let body = parse(if bytes.is_empty() { b"{}" } else { &bytes })?;
            let idempotency = key.map(|key| Idempotency { key, fingerprint });
            Ok(Self { body, idempotency })
        })
    }
}

fn key(request: &HttpRequest) -> Result<Option<String>, ApiError> {
    let mut values = request.headers().get_all(HEADER);
    let wrong = || ApiError::field(HEADER, "one of 1 to 255 visible ASCII characters");
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text)
                if (1..=MAX_KEY).contains(&text.len())
                    && text.bytes().all(|byte| byte.is_ascii_graphic()) =>
            {
                Ok(Some(text.to_owned()))
            }
            _ => Err(wrong()),
        },
        (Some(_), Some(_)) => Err(wrong()),
    }
}
