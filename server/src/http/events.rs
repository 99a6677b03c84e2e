//! Live answers: server-sent events (HTML Living Standard, 9.2) and JSON lines, made as they are
//! read. Whoever stops reading stops the work.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use actix_web::web::Bytes;
use futures_util::Stream;
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::error::ApiError;
use super::state::State;
use crate::authn::AuthnError;
use crate::domain::Caller;
use crate::store::{BadKey, KeyFlaw};

/// How often something new is looked for.
const EVERY: Duration = Duration::from_millis(250);
/// After how long without news a reader is told that the line still stands.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How many readers one server keeps at a time.
const MAX_READERS: usize = 256;

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

/// The readers of one server.
#[derive(Debug, Default, Clone)]
pub struct Readers(Arc<AtomicUsize>);

/// One reader, for as long as this lives.
#[derive(Debug)]
pub(super) struct Reader(Arc<AtomicUsize>);

impl Readers {
    /// Takes one more, if there is room.
    pub(super) fn enter(&self) -> Result<Reader, ApiError> {
        let reader = Reader(self.0.clone());
        if self.0.fetch_add(1, Ordering::SeqCst) < MAX_READERS {
            return Ok(reader);
        }
        Err(ApiError::Unavailable {
            code: "too_many_readers",
            detail: "too many event streams are open: try again later",
        })
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Refuses to go on for a key that was good when the stream began.
pub(super) async fn demand_good(state: &State, caller: &Caller) -> Result<(), ApiError> {
    let Caller::Root(holder) = caller else { return Ok(()) };
    if state.store.key_is_good(holder.clone(), state.clock.now()).await? {
        return Ok(());
    }
    Err(AuthnError::ApiKey(BadKey::of(holder, KeyFlaw::Withdrawn)).into())
}

/// One event: its id, and what it says.
pub(super) fn event(id: &str, data: &impl Serialize) -> String {
    let data = serde_json::to_string(data).unwrap_or_default();
    format!("id: {id}\ndata: {data}\n\n")
}

/// Events for as long as somebody reads: `look` gives what is new since the state it is handed,
/// and the next state. The stream ends with the problem when it fails.
pub(super) fn live<S, F>(
    reader: Reader,
    state: S,
    look: impl Fn(S) -> F,
) -> impl Stream<Item = Result<Bytes, std::io::Error>>
where
    F: Future<Output = Result<(String, S), ApiError>>,
{
    let begin = Some((reader, state, Instant::now()));
    let look = Arc::new(look);
    let greeting = futures_util::stream::once(async { Ok(Bytes::from_static(b": welcome\n\n")) });
    let events = unfold(begin, move |live| {
        let look = look.clone();
        async move {
            let (reader, mut state, mut heard) = live?;
            loop {
                match look(state).await {
                    Ok((news, next)) if !news.is_empty() => {
                        let live = Some((reader, next, Instant::now()));
                        return Some((Ok(Bytes::from(news)), live));
                    }
                    Ok((_, next)) => state = next,
                    Err(error) => {
                        let problem = serde_json::to_string(&error.problem()).unwrap_or_default();
                        let last = format!("event: problem\ndata: {problem}\n\n");
                        return Some((Ok(Bytes::from(last)), None));
                    }
                }
                if heard.elapsed() >= KEEP_ALIVE {
                    heard = Instant::now();
                    let live = Some((reader, state, heard));
                    return Some((Ok(Bytes::from_static(b": keep-alive\n\n")), live));
                }
                sleep(EVERY).await;
            }
        }
    });
    futures_util::StreamExt::chain(greeting, events)
}

/// Asks `look` until it has something to say or `wait` is over; the last answer either way.
pub(super) async fn patiently<T, F>(
    wait: Duration,
    is_news: impl Fn(&T) -> bool,
    look: impl Fn() -> F,
) -> Result<T, ApiError>
where
    F: Future<Output = Result<T, ApiError>>,
{
    let deadline = Instant::now() + wait;
    loop {
        let answer = look().await?;
        if is_news(&answer) || Instant::now() + EVERY > deadline {
            return Ok(answer);
        }
        sleep(EVERY).await;
    }
}
