//! The auth service's keys, kept: fetched in the background, the last good ones served while it
//! is away.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::DecodingKey;

use super::error::AuthnError;
use super::key_set::{KeySet, Published};
use super::key_source::KeySource;
use crate::clock::Clock;

/// Between refreshes, unless told otherwise. With what two fetches may take and `SECOND_LOOK`
/// between them, a key that was removed is out within a minute.
pub const KEY_REFRESH: Duration = Duration::from_secs(40);
/// Between attempts after the first failure; doubled up to [`MAX_RETRY`].
const FIRST_RETRY: Duration = Duration::from_secs(1);
const MAX_RETRY: Duration = Duration::from_mins(1);
/// An unknown `kid` fetches anew at most this often: it must not amplify.
const UNKNOWN_KID_FLOOR: TimeDelta = TimeDelta::seconds(30);
/// Keys older than this verify nothing: an auth service that is gone for a day has moved.
const STALE_WHILE_ERROR: TimeDelta = TimeDelta::hours(24);
/// A set that is still empty after so long means it. Before, it may be one that is being written.
const EMPTY_FOR: TimeDelta = TimeDelta::seconds(10);
/// When to look again at an empty set.
const SECOND_LOOK: Duration = Duration::from_secs(11);

/// Keys and when they were last confirmed.
#[derive(Debug)]
struct Fetched {
    keys: KeySet,
    at: DateTime<Utc>,
    /// Another number for other keys.
    epoch: u64,
}

impl Fetched {
    fn is_usable(&self, now: DateTime<Utc>) -> bool {
        now - self.at < STALE_WHILE_ERROR
    }
}

/// How the keys are doing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyHealth {
    /// Fetched, and the last attempt succeeded.
    Fresh,
    /// The last attempt failed, and the keys before it are in use; or the auth service has said
    /// that there are none any more.
    Degraded(String),
    /// No keys: tokens cannot be verified.
    Missing(String),
}

/// What is known of the keys.
#[derive(Debug)]
pub struct KeyReport {
    /// How they are doing.
    pub health: KeyHealth,
    /// How many are in use.
    pub keys: usize,
    /// When the auth service last confirmed them.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// Which members of what it publishes are not used, and why.
    pub skipped: Vec<String>,
}

/// Who has the keys fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asker {
    /// The clock, or a token.
    Nobody,
    /// Who knows what they are doing: an empty set is believed at once.
    Operator,
}

/// What a look at the source came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Good,
    /// For the first time, an empty set.
    Empty,
    Bad,
}

/// What the last looks came to.
#[derive(Debug, Default)]
struct Notes {
    /// When the last one was.
    last: Option<DateTime<Utc>>,
    /// What was wrong with it.
    flaw: Option<String>,
    /// Since when the source is seen empty.
    empty_since: Option<DateTime<Utc>>,
    /// Which members of the last good set are not used, and why.
    skipped: Vec<String>,
}

/// The keys, shared by every request.
#[derive(Debug)]
pub struct KeyCache {
    source: KeySource,
    every: Duration,
    http: reqwest::Client,
    clock: Clock,
    current: ArcSwapOption<Fetched>,
    notes: Mutex<Notes>,
    /// Held while fetching, so that one fetch serves all who wait.
    fetching: tokio::sync::Mutex<()>,
}

impl KeyCache {
    /// An empty cache, whose keys come by `http`. Call [`KeyCache::refresh`] or spawn
    /// [`KeyCache::keep_fresh`], which looks `every` so often.
    pub fn new(source: KeySource, every: Duration, http: reqwest::Client, clock: Clock) -> Self {
        Self {
            source,
            every,
            http,
            clock,
            current: ArcSwapOption::empty(),
            notes: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        }
    }

    /// Refreshes for ever: sooner after a failure.
    pub async fn keep_fresh(&self) {
        let mut retry = FIRST_RETRY;
        loop {
            let look = self.look(Asker::Nobody).await;
            let pause = match look {
                Look::Good => self.every,
                Look::Empty => SECOND_LOOK.min(self.every),
                Look::Bad => retry,
            };
            retry = if look == Look::Bad {
                (retry * 2).min(MAX_RETRY).min(self.every)
            } else {
                FIRST_RETRY
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Fetches the keys now, because an operator says so: then even an empty set ends the keys
    /// before it at once.
    pub async fn refresh(&self) -> KeyReport {
        self.look(Asker::Operator).await;
        self.report(self.clock.now())
    }

    async fn look(&self, asker: Asker) -> Look {
        let _single_flight = self.fetching.lock().await;
        self.look_now(asker).await
    }

    async fn look_now(&self, asker: Asker) -> Look {
        let fetched = self.source.fetch(&self.http).await;
        let at = self.clock.now();
        let read = fetched
            .and_then(|document| Published::parse(&document).map_err(|error| error.to_string()));
        let (look, flaw) = match read {
            Ok(published) if published.keys.is_empty() && !self.may_end(asker, at) => {
                (Look::Empty, Some("the auth service published an empty set of keys".to_owned()))
            }
            Ok(published) => {
                self.take(published, at);
                (Look::Good, None)
            }
            Err(flaw) => (Look::Bad, Some(flaw)),
        };
        self.note(at, flaw);
        look
    }

    /// Whether an empty set is believed.
    fn may_end(&self, asker: Asker, at: DateTime<Utc>) -> bool {
        let since = *self.notes().empty_since.get_or_insert(at);
        asker == Asker::Operator || at - since >= EMPTY_FOR
    }

    /// Uses what was published. Other keys than before have another number.
    fn take(&self, published: Published, at: DateTime<Utc>) {
        let Published { keys, skipped } = published;
        let before = self.current.load();
        let same = before.as_ref().is_some_and(|before| before.keys == keys);
        let epoch = before.as_ref().map_or(0, |before| before.epoch + u64::from(!same));
        if keys.is_empty() && !same {
            log::warn!("the auth service has no keys any more: no token is good from now on");
        } else if !same {
            log::info!("the auth service's keys are {keys:?} now");
        }
        let mut notes = self.notes();
        for member in skipped.iter().filter(|member| !notes.skipped.contains(member)) {
            log::warn!("a key of the auth service is not used: {member}");
        }
        notes.skipped = skipped;
        if !keys.is_empty() {
            notes.empty_since = None;
        }
        self.current.store(Some(Fetched { keys, at, epoch }.into()));
    }

    /// Remembers how a look ended. The same flaw again is not worth another line.
    fn note(&self, at: DateTime<Utc>, flaw: Option<String>) {
        let mut notes = self.notes();
        match (&notes.flaw, &flaw) {
            (before, Some(flaw)) if before.as_ref() != Some(flaw) => {
                log::warn!("the auth service's keys could not be fetched: {flaw}");
            }
            (Some(_), None) => log::info!("the auth service's keys are fetched again"),
            _ => {}
        }
        notes.last = Some(at);
        notes.flaw = flaw;
    }

    /// The keys that may have signed a token with this `kid`.
    pub(super) async fn candidates(
        &self,
        kid: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Vec<DecodingKey>, AuthnError> {
        let known = self.known(kid, now);
        if known.as_ref().is_some_and(|keys| !keys.is_empty()) {
            return Ok(known.unwrap_or_default());
        }
        self.refresh_for_unknown(now).await;
        match self.known(kid, now) {
            None => Err(AuthnError::KeysUnavailable),
            Some(keys) if keys.is_empty() => Err(AuthnError::UnknownKey),
            Some(keys) => Ok(keys),
        }
    }

    /// Which keys are in use at `now`: another number whenever they change, none without keys.
    pub(super) fn epoch(&self, now: DateTime<Utc>) -> Option<u64> {
        let current = self.current.load();
        current.as_ref().filter(|fetched| fetched.is_usable(now)).map(|fetched| fetched.epoch)
    }

    fn known(&self, kid: Option<&str>, now: DateTime<Utc>) -> Option<Vec<DecodingKey>> {
        let current = self.current.load();
        let fetched = current.as_ref().filter(|fetched| fetched.is_usable(now))?;
        Some(fetched.keys.candidates(kid))
    }

    /// Fetches at most once per [`UNKNOWN_KID_FLOOR`], however many ask.
    async fn refresh_for_unknown(&self, now: DateTime<Utc>) {
        let _single_flight = self.fetching.lock().await;
        let due = self.notes().last.is_none_or(|last| now - last >= UNKNOWN_KID_FLOOR);
        if due {
            self.look_now(Asker::Nobody).await;
        }
    }

    /// How the keys are doing at `now`.
    pub fn health(&self, now: DateTime<Utc>) -> KeyHealth {
        self.report(now).health
    }

    fn report(&self, now: DateTime<Utc>) -> KeyReport {
        let current = self.current.load();
        let usable = current.as_ref().filter(|fetched| fetched.is_usable(now));
        let keys = usable.map(|fetched| fetched.keys.len());
        let notes = self.notes();
        let health = match (keys, notes.flaw.clone()) {
            (None, flaw) => {
                KeyHealth::Missing(flaw.unwrap_or_else(|| "not fetched yet".to_owned()))
            }
            (Some(_), Some(flaw)) => KeyHealth::Degraded(flaw),
            (Some(0), None) => KeyHealth::Degraded(
                "the auth service publishes no keys: no token is good".to_owned(),
            ),
            (Some(_), None) => KeyHealth::Fresh,
        };
        KeyReport {
            health,
            keys: keys.unwrap_or_default(),
            confirmed_at: current.as_ref().map(|fetched| fetched.at),
            skipped: notes.skipped.clone(),
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
