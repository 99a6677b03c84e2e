//! Bodies in NDJSON (`application/x-ndjson`): one value per line. Blank lines are skipped.

use std::future::{Ready, ready};
use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use serde::de::DeserializeOwned;

use super::body::{Unread, aside};
use super::error::ApiError;
use super::extractors::{Authenticated, parse};
use super::state::State;

/// One to `LINES` values in at most `LIMIT` bytes, not read yet.
pub(super) struct Ndjson<T, const LINES: usize, const LIMIT: usize> {
    unread: Unread,
    is_declared: bool,
    says: PhantomData<fn() -> T>,
}

impl<T, const LINES: usize, const LIMIT: usize> FromRequest for Ndjson<T, LINES, LIMIT> {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_declared = request.content_type().eq_ignore_ascii_case("application/x-ndjson");
        ready(Ok(Self { unread: Unread::of(request, payload), is_declared, says: PhantomData }))
    }
}

impl<T: DeserializeOwned + Send + 'static, const LINES: usize, const LIMIT: usize>
    Ndjson<T, LINES, LIMIT>
{
    /// Reads and parses the values of an authorized caller.
    pub(super) async fn read(
        self,
        auth: &mut Authenticated,
        state: &State,
    ) -> Result<Vec<T>, ApiError> {
        if !self.is_declared {
            return Err(ApiError::MediaType("application/x-ndjson"));
        }
        let bytes = self.unread.read(auth, state, LIMIT, state.bodies.imports()).await?;
        aside(move || values(&bytes, LINES)).await
    }
}

fn values<T: DeserializeOwned>(bytes: &[u8], most: usize) -> Result<Vec<T>, ApiError> {
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
