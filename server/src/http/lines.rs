//! A body of JSON lines (`application/x-ndjson`): one value a line, blank lines left out.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::error::ApiError;
use super::extract::{collect, declared_length, parse};
use super::state::State;

/// At most `LINES` values in at most `LIMIT` bytes; at least one. Only so many such bodies are
/// read and kept at a time: each is large.
#[derive(Debug)]
pub(super) struct Lines<T, const LINES: usize, const LIMIT: usize>(
    pub(super) Vec<T>,
    pub(super) OwnedSemaphorePermit,
);

impl<T, const LINES: usize, const LIMIT: usize> FromRequest for Lines<T, LINES, LIMIT>
where
    T: DeserializeOwned + 'static,
{
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_lines = request.content_type().eq_ignore_ascii_case("application/x-ndjson");
        let declared = declared_length(request);
        let payload = payload.take();
        let permit = request
            .app_data::<Data<State>>()
            .ok_or(ApiError::Internal)
            .and_then(|state| state.large_bodies.clone().try_acquire_owned().map_err(|_| BUSY));
        Box::pin(async move {
            let permit = permit?;
            if !is_lines {
                return Err(ApiError::MediaType("application/x-ndjson"));
            }
            let bytes = collect(payload, declared, LIMIT).await?;
            Ok(Self(read(&bytes, LINES)?, permit))
        })
    }
}

const BUSY: ApiError = ApiError::Unavailable {
    code: "too_many_imports",
    detail: "too many imports are under way: try again later",
};

fn read<T: DeserializeOwned>(bytes: &[u8], most: usize) -> Result<Vec<T>, ApiError> {
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let values = lines
        .filter(|line| !line.is_empty())
        .enumerate()
        .map(|(index, line)| {
            if index == most {
                return Err(ApiError::field("", format!("at most {most} lines")));
            }
            parse(line).map_err(|error| error.under(&format!("/{index}")))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if values.is_empty() {
        return Err(ApiError::field("", "at least one line"));
    }
    Ok(values)
}
