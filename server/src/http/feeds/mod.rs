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
use tokio::time::sleep;

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

/// Looks, and tells what there is, for as long as anybody listens.
async fn keep_telling<K: Eq + Hash, T>(
    mut teller: Teller<K, Told<T>>,
    mut look: impl AsyncFnMut(&K) -> Result<Seen<T>, ApiError>,
) {
    while !teller.is_over() {
        match look(teller.topic()).await {
            Ok(Seen { news, more }) => {
                if let Some(news) = news {
                    teller.tell(Ok(Arc::new(news)));
                }
                sleep(if more { BREATH } else { EVERY }).await;
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
