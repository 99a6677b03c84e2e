//! What happens, told to all who listen: one task a topic looks at the database, however many
//! they are. Who is slow catches up there by their own place.

mod board;
mod changes;
mod listen;
mod trail;

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpResponse;
use sail_cargo_protocol::Problem;
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, sleep};

use board::{Board, Teller};
pub(super) use changes::ChangeListener;
pub(super) use listen::{Pass, wait_for};
pub(super) use trail::{Trail, TrailListener};

use super::error::ApiError;
use super::events::last_event;
use super::live::told;
use super::readers::Reader;
use super::request_id;
use crate::domain::ProjectId;
use crate::store::LiveKeys;

/// How often something new is looked for.
const EVERY: Duration = Duration::from_millis(250);
/// Between pieces of much that is new: those who listen have to come along.
const BREATH: Duration = Duration::from_millis(10);

/// How long looks may fail before those who listen are told.
const PATIENCE: Duration = Duration::from_secs(10);

/// What one look found, or why there is no more to come.
pub(super) type Told<T> = Result<Arc<News<T>>, Arc<Problem>>;

/// What one look found.
#[derive(Debug)]
pub(super) struct News<T> {
    told: T,
    /// The project's keys, where they may have changed.
    keys: Option<Arc<LiveKeys>>,
}

/// The topics of one server.
#[derive(Debug, Default)]
pub struct Feeds {
    changes: Arc<Board<ProjectId, Told<changes::Batch>>>,
    trails: Arc<Board<Option<ProjectId>, Told<trail::Batch>>>,
}

/// One who listens to a topic.
pub(super) trait Listener {
    type Batch;

    /// Everything that is told from now on.
    fn join(&self) -> Receiver<Told<Self::Batch>>;

    /// Events that were missed, from the database, and whether there are more.
    async fn catch_up(&mut self) -> Result<(String, bool), ApiError>;

    /// The events of `batch` that are new to this one. `None`: some before them are missing.
    fn hear(&mut self, batch: &Self::Batch) -> Option<String>;
}

/// What a look found that is worth telling, and whether there is more at once.
struct Seen<T> {
    news: Option<News<T>>,
    more: bool,
}

/// Looks, and tells what there is, for as long as anybody listens. A database that does not do it now
/// may do it in a moment.
async fn keep_telling<K: Eq + Hash, T>(
    mut teller: Teller<K, Told<T>>,
    mut look: impl AsyncFnMut(&K) -> Result<Seen<T>, ApiError>,
) {
    let mut failing = None;
    while !teller.is_over() {
        match look(teller.topic()).await {
            Ok(Seen { news, more }) => {
                failing = None;
                if let Some(news) = news {
                    teller.tell(Ok(Arc::new(news)));
                }
                sleep(if more { BREATH } else { EVERY }).await;
            }
            Err(ApiError::Unavailable { .. })
                if failing.get_or_insert_with(Instant::now).elapsed() < PATIENCE =>
            {
                sleep(EVERY).await;
            }
            Err(error) => return teller.tell(Err(Arc::new(error.problem()))),
        }
    }
}

/// The answer to `reader`: an event stream of what `listener` hears, for as long as it may.
pub(super) fn stream(
    reader: Reader,
    pass: Pass,
    listener: impl Listener + 'static,
) -> HttpResponse {
    let (patience, id) = (reader.patience(), request_id::current());
    let events = told(
        patience,
        |voice| listen::listen(reader, pass, listener, voice),
        move |problem| last_event(&Problem { request_id: id.clone(), ..problem }),
    );
    HttpResponse::Ok().content_type("text/event-stream").streaming(events)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What one who listens is told of these looks.
    async fn told_of(looks: Vec<Result<u8, ApiError>>) -> Vec<Result<u8, String>> {
        let board: Arc<Board<(), Told<u8>>> = Arc::default();
        let (mut looks, mut tellers) = (looks.into_iter(), Vec::new());
        let mut listener = board.join(&(), |teller| tellers.push(teller));
        let look = async move |&(): &()| {
            let Some(look) = looks.next() else { std::future::pending().await };
            let news = |told| Some(News { told, keys: None });
            look.map(|told| Seen { news: news(told), more: false })
        };
        let telling = keep_telling(tellers.remove(0), look);
        tokio::time::timeout(2 * PATIENCE, telling).await.ok();
        let told = std::iter::from_fn(|| listener.try_recv().ok());
        told.map(|told| told.map(|news| news.told).map_err(|why| why.code.clone())).collect()
    }

    fn unavailable() -> Result<u8, ApiError> {
        Err(ApiError::Unavailable { code: "unavailable", detail: "try again later" })
    }

    #[tokio::test(start_paused = true)]
    async fn a_look_that_fails_ends_nothing_and_many_in_a_row_do() {
        let hiccup = || vec![Ok(1), unavailable(), unavailable(), Ok(2), unavailable(), Ok(3)];
        assert_eq!(told_of(hiccup()).await, [Ok(1), Ok(2), Ok(3)]);
        let for_good = std::iter::repeat_with(unavailable).take(1000).collect();
        assert_eq!(told_of(for_good).await, [Err("unavailable".to_owned())]);
        let gone = vec![Ok(1), Err(ApiError::NotFound("project")), Ok(2)];
        assert_eq!(told_of(gone).await, [Ok(1), Err("not_found".to_owned())]);
    }
}
