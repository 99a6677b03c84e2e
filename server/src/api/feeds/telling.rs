//! Who tells of a topic: one task, which looks for what is new.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::board::Teller;
use super::news::{News, Told};
use crate::api::error::ApiError;

/// How often something new is looked for.
pub(super) const EVERY: Duration = Duration::from_millis(250);
/// Between pieces of much that is new: those who listen have to come along.
const BREATH: Duration = Duration::from_millis(10);

/// How long looks may fail before those who listen are told.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a look found that is worth telling, and whether there is more at once.
pub(super) struct Seen<T> {
    pub(super) news: Option<News<T>>,
    pub(super) more: bool,
}

/// Looks, and tells what there is, for as long as anybody listens. A database that does not do it now
/// may do it in a moment.
pub(super) async fn keep_telling<K: Eq + Hash, T>(
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

#[cfg(test)]
mod tests {
    use super::super::board::Board;
    use super::*;
    use crate::domain::Resource;

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
        let gone = vec![Ok(1), Err(ApiError::NotFound(Resource::Project)), Ok(2)];
        assert_eq!(told_of(gone).await, [Ok(1), Err("not_found".to_owned())]);
    }
}
