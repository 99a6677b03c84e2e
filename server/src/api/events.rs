//! Server-sent events (HTML Living Standard, 9.2).

use std::io;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use sail_cargo_protocol::Problem;
use serde::Serialize;

/// The first text of a stream.
pub(super) const WELCOME: &str = ": welcome\n\n";
/// The text that is sent when nothing happens: it shows that the connection is alive.
pub(super) const KEEP_ALIVE: &str = ": keep-alive\n\n";

/// The format of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// One JSON value.
    Json,
    /// NDJSON: one JSON value per line.
    Lines,
    /// An event stream.
    Events,
}

impl Form {
    /// The first supported format in `Accept`; JSON if there is none.
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

/// The id of the last event that the reader received.
pub(super) fn last_event_id(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get("last-event-id")?.to_str().ok()?;
    Some(value.to_owned())
}

/// One event with its id and its data.
pub(super) fn event(id: &str, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("id: {id}\ndata: {data}\n\n")
}

/// The last event of a stream: a problem.
#[expect(clippy::unnecessary_wraps, reason = "the last piece of a body that may break off")]
pub(super) fn last_event(problem: &Problem) -> Result<Option<Bytes>, io::Error> {
    let problem = serde_json::to_string(problem).unwrap_or_default();
    Ok(Some(Bytes::from(format!("event: problem\ndata: {problem}\n\n"))))
}
