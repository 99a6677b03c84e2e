//! Subscriptions by topic: one producer per topic, as long as it has subscribers.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::broadcast::{self, Receiver, Sender};

/// How many news a subscriber may lag behind. A slower one must read the database.
const KEPT: usize = 16;

/// The topics that have a producer.
#[derive(Debug)]
pub(super) struct Board<K, T>(Mutex<HashMap<K, Sender<T>>>);

/// The producer's side of a topic. Dropping it removes the topic from the board.
pub(super) struct Teller<K: Eq + Hash, T> {
    board: Arc<Board<K, T>>,
    topic: K,
    listeners: Sender<T>,
    over: bool,
}

impl<K, T> Default for Board<K, T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash + Clone, T: Clone> Board<K, T> {
    /// Subscribes to `topic`, from now on. For the first subscriber, `begin` starts the producer.
    pub(super) fn join(
        self: &Arc<Self>,
        topic: &K,
        begin: impl FnOnce(Teller<K, T>),
    ) -> Receiver<T> {
        let mut topics = self.topics();
        if let Some(listeners) = topics.get(topic) {
            return listeners.subscribe();
        }
        let (listeners, receiver) = broadcast::channel(KEPT);
        topics.insert(topic.clone(), listeners.clone());
        drop(topics);
        begin(Teller { board: self.clone(), topic: topic.clone(), listeners, over: false });
        receiver
    }
}

impl<K, T> Board<K, T> {
    fn topics(&self) -> MutexGuard<'_, HashMap<K, Sender<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash, T> Teller<K, T> {
    pub(super) fn topic(&self) -> &K {
        &self.topic
    }

    pub(super) fn tell(&self, news: T) {
        // Without subscribers, sending fails, which is fine.
        self.listeners.send(news).ok();
    }

    /// Whether the topic has no subscriber. If so, it is removed, and the next subscriber starts a
    /// new producer.
    pub(super) fn is_over(&mut self) -> bool {
        let mut topics = self.board.topics();
        self.over = self.listeners.receiver_count() == 0;
        if self.over {
            topics.remove(&self.topic);
        }
        self.over
    }
}

impl<K: Eq + Hash, T> Drop for Teller<K, T> {
    fn drop(&mut self) {
        if !self.over {
            self.board.topics().remove(&self.topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_has_one_teller_for_as_long_as_anybody_listens() {
        let board: Arc<Board<&str, u8>> = Arc::default();
        let mut tellers = Vec::new();
        let mut first = board.join(&"a", |teller| tellers.push(teller));
        let mut second = board.join(&"a", |_| panic!("there is one"));
        tellers[0].tell(1);
        assert_eq!((first.try_recv(), second.try_recv()), (Ok(1), Ok(1)));
        drop(first);
        assert!(!tellers[0].is_over());
        drop(second);
        assert!(tellers[0].is_over());

        let mut third = board.join(&"a", |teller| tellers.push(teller));
        drop(tellers.remove(0));
        let _fourth = board.join(&"a", |_| panic!("the old one took the new one off"));
        drop(tellers);
        assert!(third.try_recv().is_err());
        let mut again = false;
        let _fifth = board.join(&"a", |_| again = true);
        assert!(again, "one that broke down is replaced");
    }
}
