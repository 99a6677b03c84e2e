//! What an event stream is made of: server-sent events (HTML Living Standard, 9.2).

use std::io;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use sail_cargo_protocol::Problem;
use serde::Serialize;

/// What a reader hears first.
pub(super) const WELCOME: &str = ": welcome\n\n";
/// What it hears when there is nothing to say: that the line still stands.
pub(super) const KEEP_ALIVE: &str = ": keep-alive\n\n";

/// In which form an answer is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One JSON value.
    Json,
    /// One JSON value a line.
    Lines,
    /// Events, as they happen.
    Events,
}

impl Form {
    /// The first form of `Accept` that there is; JSON otherwise.
    pub(super) fn asked(headers: &HeaderMap) -> Self {
        let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        let mut kinds = accept.unwrap_or_default().split(',');
        kinds
            .find_map(|kind| match kind.split(';').next().unwrap_or_default().trim() {
                "application/json" => Some(Self::Json),
                "application/x-ndjson" => Some(Self::Lines),
                "text/event-stream" => Some(Self::Events),
                _ => None,
            })
            .unwrap_or(Self::Json)
    }
}

/// The id that a reader heard last.
pub(super) fn last_event_id(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get("last-event-id")?.to_str().ok()?;
    Some(value.to_owned())
}

/// One event: its id, and what it says.
pub(super) fn event(id: &str, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("id: {id}\ndata: {data}\n\n")
}

/// The event that a stream ends with.
#[expect(clippy::unnecessary_wraps, reason = "the last piece of a body that may break off")]
pub(super) fn last_event(problem: &Problem) -> Result<Option<Bytes>, io::Error> {
    let problem = serde_json::to_string(problem).unwrap_or_default();
    Ok(Some(Bytes::from(format!("event: problem\ndata: {problem}\n\n"))))
}
