//! The way that the requests of a signer take, as Cargo said last. A running process follows a store that
//! is switched: to the gateway when a signature is refused for it, and back when it asks once more.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use sail_cargo_client::Client;
use sail_cargo_client::protocol::{Storage, StoreAccess};
use tokio::sync;

use crate::RemoteSigningError;
use crate::gateway::detour::Detour;
use crate::gateway::sessions::Clock;

/// How long requests go through the gateway before Cargo is asked whether they still have to.
const BELIEVED: Duration = Duration::from_mins(5);
/// The time between two questions that brought no news.
const PAUSE: Duration = Duration::from_secs(10);

/// The way of one caller's requests, shared by all S3 clients of a signer.
pub(crate) struct Route {
    client: Client,
    clock: Clock,
    known: Mutex<Known>,
    /// Held by the task that asks Cargo.
    asking: sync::Mutex<()>,
}

/// What Cargo said.
#[derive(Debug, Clone, Default)]
struct Known {
    storage: Option<Arc<Storage>>,
    /// When it was asked last.
    asked: Option<Instant>,
    /// From when on Cargo is asked again.
    doubtful: Option<Instant>,
    /// When it was asked last because of a refusal, and said that nothing changed.
    in_vain: Option<Instant>,
}

impl Route {
    /// Nothing is known yet: requests go to the storage.
    pub(crate) fn new(client: Client) -> Self {
        Self::with_clock(client, Arc::new(Instant::now))
    }

    pub(crate) fn with_clock(client: Client, clock: Clock) -> Self {
        Self { client, clock, known: Mutex::default(), asking: sync::Mutex::default() }
    }

    /// What time it is, for [`Route::turn`].
    pub(crate) fn now(&self) -> Instant {
        (self.clock)()
    }

    /// Notes what Cargo says now.
    pub(crate) fn note(&self, storage: &Storage) {
        let (storage, asked) = (Some(Arc::new(storage.clone())), self.now());
        let doubtful = Some(asked + BELIEVED);
        self.set(Known { storage, asked: Some(asked), doubtful, in_vain: None });
    }

    /// Asks Cargo where the storage is, and which way leads there.
    pub(crate) async fn ask(&self) -> Result<Storage, RemoteSigningError> {
        let nobody = "operators have no project: use a project's API key, or a user's token";
        let whoami = self.client.whoami().await?;
        let storage = whoami.storage.ok_or_else(|| RemoteSigningError::no_storage(nobody))?;
        self.note(&storage);
        Ok(storage)
    }

    /// What Cargo said last.
    pub(crate) fn storage(&self) -> Option<Arc<Storage>> {
        self.known().storage
    }

    /// The way through the gateway, if requests have to take it. Whoever comes first after a while asks
    /// Cargo whether they still do; the others do not wait, and without an answer nothing changes.
    pub(crate) async fn detour(&self) -> Option<Detour> {
        let known = self.known();
        if !known.is_gateway() {
            return None;
        }
        let is_doubtful = known.doubtful.is_some_and(|from| from <= self.now());
        if let Some(_asking) = is_doubtful.then(|| self.asking.try_lock().ok()).flatten()
            && self.ask().await.is_err()
        {
            self.put_off();
        }
        self.known().detour()
    }

    /// The way through the gateway, after a request that began at `since` was refused because only that
    /// leads to the storage. `None` if Cargo says that the direct way does.
    ///
    /// # Errors
    /// Cargo does not answer.
    pub(crate) async fn turn(&self, since: Instant) -> Result<Option<Detour>, RemoteSigningError> {
        let _asking = self.asking.lock().await;
        let known = self.known();
        let is_answered = known.asked.is_some_and(|asked| asked > since);
        let was_in_vain = known.in_vain.is_some_and(|then| self.now() < then + PAUSE);
        if !is_answered && !was_in_vain {
            self.ask().await?;
            self.note_vain();
        }
        Ok(self.known().detour())
    }

    /// The gateway does not answer: Cargo is asked again with the next request, unless it was just now.
    pub(crate) fn doubt(&self) {
        let (known, now) = (self.known(), self.now());
        if known.asked.is_some_and(|asked| asked + PAUSE <= now) {
            self.set(Known { doubtful: Some(now), ..known });
        }
    }

    fn put_off(&self) {
        self.set(Known { doubtful: Some(self.now() + PAUSE), ..self.known() });
    }

    fn note_vain(&self) {
        let known = self.known();
        let in_vain = (!known.is_gateway()).then(|| self.now());
        self.set(Known { in_vain, ..known });
    }

    fn known(&self) -> Known {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, known: Known) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = known;
    }
}

impl Known {
    fn is_gateway(&self) -> bool {
        self.storage.as_ref().is_some_and(|storage| storage.access == StoreAccess::Gateway)
    }

    fn detour(&self) -> Option<Detour> {
        self.storage.as_deref().and_then(Detour::of)
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("known", &self.known()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
