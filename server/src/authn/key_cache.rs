//! The auth service's keys, kept: fetched in the background, the last good ones served while it
//! is away.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::DecodingKey;

use super::key_set::{KeySet, Published};
use super::key_source::KeySource;
use super::token_error::TokenError;
use crate::clock::{Clock, Lapse};
use crate::metrics::Metrics;

/// Between refreshes, unless told otherwise. With what two fetches may take and `SECOND_LOOK`
/// between them, a key that was removed is out within a minute.
pub const KEY_REFRESH: Duration = Duration::from_secs(40);
/// Between attempts after the first failure; doubled up to [`MAX_RETRY`].
const FIRST_RETRY: Duration = Duration::from_secs(1);
const MAX_RETRY: Duration = Duration::from_mins(1);
/// An unknown `kid` fetches anew at most this often: it must not amplify.
const UNKNOWN_KID_FLOOR: Duration = Duration::from_secs(30);
/// Keys older than this verify nothing: an auth service that is gone for a day has moved.
const STALE_WHILE_ERROR: Duration = Duration::from_hours(24);
/// Keys that the auth service has taken back, of which it is remembered that it did.
const RETIRED: usize = 64;
/// A set that is still empty after so long means it. Before, it may be one that is being written.
const EMPTY_FOR: TimeDelta = TimeDelta::seconds(10);
/// When to look again at an empty set.
const SECOND_LOOK: Duration = Duration::from_secs(11);

/// Keys and when they were last confirmed.
#[derive(Debug)]
struct Fetched {
    keys: KeySet,
    at: DateTime<Utc>,
    /// How long they may be used when they are not confirmed again.
    use_for: Lapse,
    /// Another number for other keys.
    epoch: u64,
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
enum FetchedFor {
    /// The keys are to be confirmed from time to time.
    Schedule,
    /// A token names a key that is not known.
    Token,
    /// Who knows what they are doing: an empty set is believed at once.
    Operator,
}

impl FetchedFor {
    /// The label of metrics.
    const fn word(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Token => "token",
            Self::Operator => "operator",
        }
    }
}

/// What a look at the source came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Good,
    /// For the first time, an empty set.
    Empty,
    Bad,
}

impl Look {
    /// The label of metrics.
    const fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Empty => "empty",
            Self::Bad => "failed",
        }
    }
}

/// What the last looks came to.
#[derive(Debug, Default)]
struct Notes {
    /// How many there were.
    count: u64,
    /// From the last one on: for so long no token has another made.
    floor: Option<Lapse>,
    /// What was wrong with the last one.
    flaw: Option<String>,
    /// Ids of keys that were good once, and are not published any more; oldest first.
    retired: VecDeque<String>,
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
    metrics: Arc<Metrics>,
    current: ArcSwapOption<Fetched>,
    notes: Mutex<Notes>,
    /// Held while fetching, so that one fetch serves all who wait.
    fetching: tokio::sync::Mutex<()>,
}

impl KeyCache {
    /// An empty cache, whose keys come by `http`. Call [`KeyCache::refresh`] or spawn
    /// [`KeyCache::keep_fresh`], which looks `every` so often.
    pub fn new(
        source: KeySource,
        every: Duration,
        http: reqwest::Client,
        clock: Clock,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self {
            source,
            every,
            http,
            clock,
            metrics,
            current: ArcSwapOption::empty(),
            notes: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        }
    }

    /// Refreshes for ever: sooner after a failure.
    pub async fn keep_fresh(&self) {
        let mut retry = FIRST_RETRY;
        loop {
            let look = self.look(FetchedFor::Schedule).await;
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
            // A machine that was suspended looks at once when it is back.
            self.clock.pause(pause).await;
        }
    }

    /// Fetches the keys now, because an operator says so: then even an empty set ends the keys
    /// before it at once.
    pub async fn refresh(&self) -> KeyReport {
        self.look(FetchedFor::Operator).await;
        self.report()
    }

    async fn look(&self, fetched_for: FetchedFor) -> Look {
        let _single_flight = self.fetching.lock().await;
        self.look_now(fetched_for).await
    }

    async fn look_now(&self, fetched_for: FetchedFor) -> Look {
        let fetched = self.source.fetch(&self.http).await;
        let at = self.clock.now();
        let read = fetched
            .and_then(|document| Published::parse(&document).map_err(|error| error.to_string()));
        let (look, flaw) = match read {
            Ok(published) if published.keys.is_empty() && !self.may_end(fetched_for, at) => {
                (Look::Empty, Some("the auth service published an empty set of keys".to_owned()))
            }
            Ok(published) => {
                self.take(published, at);
                (Look::Good, None)
            }
            Err(flaw) => (Look::Bad, Some(flaw)),
        };
        self.note(flaw);
        self.metrics.jwks_refreshes.count([fetched_for.word(), look.word()]);
        look
    }

    /// Whether an empty set is believed.
    fn may_end(&self, fetched_for: FetchedFor, at: DateTime<Utc>) -> bool {
        let since = *self.notes().empty_since.get_or_insert(at);
        fetched_for == FetchedFor::Operator || at - since >= EMPTY_FOR
    }

    /// Uses what was published. Other keys than before have another number.
    fn take(&self, published: Published, at: DateTime<Utc>) {
        let Published { keys, skipped } = published;
        let before = self.current.load();
        let same = before.as_ref().is_some_and(|before| before.keys == keys);
        let epoch = before.as_ref().map_or(0, |before| before.epoch + u64::from(!same));
        if keys.is_empty() && !same {
            log::warn!("the auth service has no keys any more: every token is refused from now on");
        } else if !same {
            log::info!("the auth service's keys are {keys:?} now");
        }
        let mut notes = self.notes();
        for member in skipped.iter().filter(|member| !notes.skipped.contains(member)) {
            log::warn!("a key of the auth service is not used: {member}");
        }
        notes.skipped = skipped;
        notes.retire(before.as_ref().map(|before| &before.keys), &keys);
        if !keys.is_empty() {
            notes.empty_since = None;
        }
        let use_for = self.clock.lapse(STALE_WHILE_ERROR);
        self.current.store(Some(Fetched { keys, at, use_for, epoch }.into()));
    }

    /// Remembers how a look ended. The same flaw again is not worth another line.
    fn note(&self, flaw: Option<String>) {
        let mut notes = self.notes();
        match (&notes.flaw, &flaw) {
            (before, Some(flaw)) if before.as_ref() != Some(flaw) => {
                log::warn!("the auth service's keys could not be fetched: {flaw}");
            }
            (Some(_), None) => log::info!("the auth service's keys can be fetched again"),
            _ => {}
        }
        notes.count += 1;
        notes.floor = Some(self.clock.lapse(UNKNOWN_KID_FLOOR));
        notes.flaw = flaw;
    }

    /// The keys that may have signed a token with this `kid`.
    ///
    /// # Errors
    /// [`TokenError::UnknownKey`] where the auth service was asked since the token came, and has no
    /// such key, [`TokenError::RetiredKey`] where it has taken it back. [`TokenError::KeysUnavailable`] where it is away, or was
    /// asked a moment before: it may have the key by now.
    pub(super) async fn candidates(
        &self,
        kid: Option<&str>,
    ) -> Result<Vec<DecodingKey>, TokenError> {
        let looks = self.notes().count;
        if let Some(keys) = self.known(kid) {
            return Ok(keys);
        }
        self.refresh_for_unknown().await;
        match self.known(kid) {
            Some(keys) => Ok(keys),
            None if self.usable().is_none() => Err(TokenError::KeysUnavailable),
            None => Err(self.notes().deny(kid, looks)),
        }
    }

    /// Which keys are in use: another number whenever they change, none without keys.
    pub(super) fn epoch(&self) -> Option<u64> {
        self.usable().as_ref().map(|fetched| fetched.epoch)
    }

    /// The keys, if they were confirmed lately enough.
    fn usable(&self) -> Guard<Option<Arc<Fetched>>> {
        let current = self.current.load();
        let is_old = |fetched: &Arc<Fetched>| self.clock.is_over(&fetched.use_for);
        if current.as_ref().is_some_and(is_old) { Guard::from_inner(None) } else { current }
    }

    /// None where no key fits.
    fn known(&self, kid: Option<&str>) -> Option<Vec<DecodingKey>> {
        let keys = self.usable().as_ref()?.keys.candidates(kid);
        (!keys.is_empty()).then_some(keys)
    }

    /// Fetches at most once per [`UNKNOWN_KID_FLOOR`], however many ask.
    async fn refresh_for_unknown(&self) {
        // Nobody waits behind a look that they would not make anew.
        if self.may_look() {
            let _single_flight = self.fetching.lock().await;
            if self.may_look() {
                self.look_now(FetchedFor::Token).await;
            }
        }
    }

    fn may_look(&self) -> bool {
        self.notes().floor.is_none_or(|floor| self.clock.is_over(&floor))
    }

    /// How long ago the auth service confirmed the keys; `None` if it never did.
    pub fn age(&self) -> Option<Duration> {
        let current = self.current.load();
        Some(self.clock.since_begun(&current.as_ref()?.use_for, STALE_WHILE_ERROR))
    }

    /// How the keys are doing.
    pub fn health(&self) -> KeyHealth {
        self.report().health
    }

    fn report(&self) -> KeyReport {
        let keys = self.usable().as_ref().map(|fetched| fetched.keys.len());
        let notes = self.notes();
        let health = match (keys, notes.flaw.clone()) {
            (None, flaw) => {
                KeyHealth::Missing(flaw.unwrap_or_else(|| "not fetched yet".to_owned()))
            }
            (Some(_), Some(flaw)) => KeyHealth::Degraded(flaw),
            (Some(0), None) => KeyHealth::Degraded(
                "the auth service publishes no keys: every token is refused".to_owned(),
            ),
            (Some(_), None) => KeyHealth::Fresh,
        };
        KeyReport {
            health,
            keys: keys.unwrap_or_default(),
            confirmed_at: self.current.load().as_ref().map(|fetched| fetched.at),
            skipped: notes.skipped.clone(),
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Notes {
    /// Why no key `kid` is known. It is sure that the auth service has none when the last look was
    /// good, and was made since there were `looks`, or the key was taken back.
    fn deny(&self, kid: Option<&str>, looks: u64) -> TokenError {
        let is_retired = kid.is_some_and(|kid| self.retired.iter().any(|id| id == kid));
        match self.flaw {
            None if is_retired => TokenError::RetiredKey,
            None if self.count > looks => TokenError::UnknownKey,
            _ => TokenError::KeysUnavailable,
        }
    }

    /// Remembers which keys are not published any more, so that their tokens are refused for good:
    /// whoever holds one gets a new token only then.
    fn retire(&mut self, before: Option<&KeySet>, now: &KeySet) {
        let before: Vec<_> = before.into_iter().flat_map(KeySet::ids).collect();
        self.retired.retain(|id| !before.contains(&id.as_str()));
        self.retired.extend(before.into_iter().map(ToOwned::to_owned));
        self.retired.retain(|id| now.ids().all(|there| there != id));
        let old = self.retired.len().saturating_sub(RETIRED);
        self.retired.drain(..old);
    }
}
