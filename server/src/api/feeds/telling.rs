//! The producer of a topic: one task that reads new events from the database.

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::board::Teller;
use super::news::{News, Told};
use crate::api::error::ApiError;

/// The time between two queries.
pub(super) const EVERY: Duration = Duration::from_millis(250);
/// The time between two batches if there are many events, so that subscribers can keep up.
const BREATH: Duration = Duration::from_millis(10);

/// How long queries may fail before the subscribers get an error.
const PATIENCE: Duration = Duration::from_secs(10);

/// The news that a query found, and whether there are more.
pub(super) struct Seen<T> {
    pub(super) news: Option<News<T>>,
    pub(super) more: bool,
}

/// Queries and sends news, as long as the topic has subscribers. A temporary failure of the
/// database is retried.
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

    /// What a subscriber receives for these query results.
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
