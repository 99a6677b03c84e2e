//! A cache of one issuer's keys. It refreshes them in the background, and serves the last
//! good keys while the auth service is unavailable.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::DecodingKey;

use super::issuers::Fetching;
use super::key_set::{KeySet, Published};
use super::key_source::KeySource;
use super::token_error::TokenError;
use crate::clock::{Clock, Lapse};
use crate::domain::Issuer;
use crate::domain::issuer::{Algorithms, TokenAlgorithm};
use crate::metrics::Metrics;
use crate::service::Service;

/// Default time between refreshes. Two fetches and the `SECOND_LOOK` between them fit into the rest
/// of a minute, so a removed key is out of use within a minute.
pub const KEY_REFRESH: Duration = Duration::from_secs(40);
/// The pause after the first failure. It doubles with each further failure, up to [`MAX_RETRY`].
const FIRST_RETRY: Duration = Duration::from_secs(1);
const MAX_RETRY: Duration = Duration::from_mins(1);
/// The shortest time between fetches for unknown `kid`s: tokens must not be able to cause many
/// fetches.
const UNKNOWN_KID_FLOOR: Duration = Duration::from_secs(30);
/// Keys that were last confirmed longer ago than this verify nothing: an auth service that does
/// not answer for a day has probably moved.
const STALE_WHILE_ERROR: Duration = Duration::from_hours(24);
/// How many ids of removed keys are kept.
const RETIRED: usize = 64;
/// An empty key set is accepted when the source is still empty after this time. Before that, the
/// file may just be being written.
const EMPTY_FOR: TimeDelta = TimeDelta::seconds(10);
/// The pause after the first empty key set.
const SECOND_LOOK: Duration = Duration::from_secs(11);

/// Keys, and when the auth service last confirmed them.
#[derive(Debug)]
struct Fetched {
    keys: KeySet,
    at: DateTime<Utc>,
    /// How long the keys may be used without a new confirmation.
    use_for: Lapse,
    /// A number that changes when the keys change.
    epoch: u64,
}

/// The state of the keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyHealth {
    /// The last fetch succeeded.
    Fresh,
    /// The last fetch failed and the previous keys are in use, or the auth service publishes no
    /// keys any more.
    Degraded(String),
    /// There are no keys, so tokens cannot be verified.
    Missing(String),
}

/// The state of the keys, for operators.
#[derive(Debug)]
pub struct KeyReport {
    /// The state of the keys.
    pub health: KeyHealth,
    /// How many keys are in use.
    pub keys: usize,
    /// When the auth service last confirmed them.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The published members that are not used, and why.
    pub skipped: Vec<String>,
}

/// Why the keys are fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FetchedFor {
    /// The regular refresh.
    Schedule,
    /// A token names an unknown key.
    Token,
    /// An operator asks for it. An empty key set is then accepted at once.
    Operator,
}

impl FetchedFor {
    /// The value of the metric's label `cause`.
    const fn word(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Token => "token",
            Self::Operator => "operator",
        }
    }
}

/// The result of a fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Good,
    /// The key set is empty, and not yet long enough to be accepted.
    Empty,
    Bad,
}

impl Look {
    /// The value of the metric's label `result`.
    const fn word(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Empty => "empty",
            Self::Bad => "failed",
        }
    }
}

/// The results of past fetches.
#[derive(Debug, Default)]
struct Notes {
    /// The number of fetches so far.
    count: u64,
    /// Until this ends, an unknown `kid` causes no fetch. It starts with each fetch.
    floor: Option<Lapse>,
    /// Why the last fetch failed.
    flaw: Option<String>,
    /// Ids of keys that are not published any more, oldest first.
    retired: VecDeque<String>,
    /// Since when the source publishes an empty key set.
    empty_since: Option<DateTime<Utc>>,
    /// The members of the last good key set that are not used, and why.
    skipped: Vec<String>,
}

/// The cache of keys. All requests share it.
#[derive(Debug)]
pub struct KeyCache {
    source: KeySource,
    accepted: Algorithms,
    /// The issuer in the log.
    whose: String,
    every: Duration,
    http: reqwest::Client,
    clock: Clock,
    metrics: Arc<Metrics>,
    current: ArcSwapOption<Fetched>,
    notes: Mutex<Notes>,
    /// Held during a fetch, so that one fetch serves all waiting requests.
    fetching: tokio::sync::Mutex<()>,
}

impl KeyCache {
    /// An empty cache of the keys of `issuer`, fetched as `fetching` says. Call [`KeyCache::refresh`], or spawn
    /// [`KeyCache::keep_fresh`], which fetches once per `every`.
    pub(super) fn new(issuer: &Issuer, fetching: Fetching) -> Self {
        Self::of(KeySource::of(issuer), issuer, fetching)
    }

    /// An empty cache of the keys of the server's own accounts.
    pub(super) fn of_accounts(issuer: &Issuer, service: Service, fetching: Fetching) -> Self {
        Self::of(KeySource::Accounts(service), issuer, fetching)
    }

    fn of(source: KeySource, issuer: &Issuer, fetching: Fetching) -> Self {
        let Fetching { every, http, clock, metrics } = fetching;
        let whose = issuer
            .alias()
            .map_or_else(|| "the auth service".to_owned(), |alias| format!("the issuer {alias}"));
        Self {
            source,
            accepted: issuer.algorithms().clone(),
            whose,
            every,
            http,
            clock,
            metrics,
            current: ArcSwapOption::empty(),
            notes: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        }
    }

    /// Refreshes the keys forever, sooner after a failure.
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
            // The pause counts suspended time: after a long suspension the cache fetches at once.
            self.clock.pause(pause).await;
        }
    }

    /// Fetches the keys now, for an operator. Even an empty key set replaces the previous keys at
    /// once.
    pub async fn refresh(&self) -> KeyReport {
        self.look(FetchedFor::Operator).await;
        self.report()
    }

    /// Fetches the keys now, as the schedule of another has it.
    pub(crate) async fn look_again(&self) {
        self.look(FetchedFor::Schedule).await;
    }

    async fn look(&self, fetched_for: FetchedFor) -> Look {
        let _single_flight = self.fetching.lock().await;
        self.look_now(fetched_for).await
    }

    async fn look_now(&self, fetched_for: FetchedFor) -> Look {
        let fetched = self.source.fetch(&self.http).await;
        let at = self.clock.now();
        let read = fetched.and_then(|document| {
            Published::parse(&document, &self.accepted).map_err(|error| error.to_string())
        });
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

    /// Whether an empty key set is accepted.
    fn may_end(&self, fetched_for: FetchedFor, at: DateTime<Utc>) -> bool {
        let since = *self.notes().empty_since.get_or_insert(at);
        fetched_for == FetchedFor::Operator || at - since >= EMPTY_FOR
    }

    /// Replaces the keys in use. The epoch changes if the keys differ.
    fn take(&self, published: Published, at: DateTime<Utc>) {
        let Published { keys, skipped } = published;
        let before = self.current.load();
        let same = before.as_ref().is_some_and(|before| before.keys == keys);
        let epoch = before.as_ref().map_or(0, |before| before.epoch + u64::from(!same));
        if keys.is_empty() && !same {
            log::warn!("{} has no keys any more: every token is refused from now on", self.whose);
        } else if !same {
            log::info!("the keys of {} are {keys:?} now", self.whose);
        }
        let mut notes = self.notes();
        for member in skipped.iter().filter(|member| !notes.skipped.contains(member)) {
            log::warn!("a key of {} is not used: {member}", self.whose);
        }
        notes.skipped = skipped;
        notes.retire(before.as_ref().map(|before| &before.keys), &keys);
        if !keys.is_empty() {
            notes.empty_since = None;
        }
        let use_for = self.clock.lapse(STALE_WHILE_ERROR);
        self.current.store(Some(Fetched { keys, at, use_for, epoch }.into()));
    }

    /// Records the result of a fetch. The log gets a line only when the result changes.
    fn note(&self, flaw: Option<String>) {
        let mut notes = self.notes();
        match (&notes.flaw, &flaw) {
            (before, Some(flaw)) if before.as_ref() != Some(flaw) => {
                log::warn!("the keys of {} could not be fetched: {flaw}", self.whose);
            }
            (Some(_), None) => log::info!("the keys of {} can be fetched again", self.whose),
            _ => {}
        }
        notes.count += 1;
        notes.floor = Some(self.clock.lapse(UNKNOWN_KID_FLOOR));
        notes.flaw = flaw;
    }

    /// The keys that may have signed a token with this `kid` by `algorithm`.
    ///
    /// # Errors
    /// - [`TokenError::UnknownKey`] if a successful fetch since the token arrived found no such key.
    /// - [`TokenError::RetiredKey`] if the auth service published the key once and removed it.
    /// - [`TokenError::KeysUnavailable`] if the auth service does not answer, or the last fetch was
    ///   too recent for a new one: the auth service may have the key by now.
    pub(super) async fn candidates(
        &self,
        kid: Option<&str>,
        algorithm: TokenAlgorithm,
    ) -> Result<Vec<DecodingKey>, TokenError> {
        let looks = self.notes().count;
        if let Some(keys) = self.known(kid, algorithm) {
            return Ok(keys);
        }
        self.refresh_for_unknown().await;
        match self.known(kid, algorithm) {
            Some(keys) => Ok(keys),
            None if self.usable().is_none() => Err(TokenError::KeysUnavailable),
            None => Err(self.notes().deny(kid, looks)),
        }
    }

    /// The number of the key set in use. It changes when the keys change. `None` without usable
    /// keys.
    pub(super) fn epoch(&self) -> Option<u64> {
        self.usable().as_ref().map(|fetched| fetched.epoch)
    }

    /// The keys, unless they were last confirmed too long ago.
    fn usable(&self) -> Guard<Option<Arc<Fetched>>> {
        let current = self.current.load();
        let is_old = |fetched: &Arc<Fetched>| self.clock.is_over(&fetched.use_for);
        if current.as_ref().is_some_and(is_old) { Guard::from_inner(None) } else { current }
    }

    /// The usable keys for this `kid` and `algorithm`; `None` if no key fits.
    fn known(&self, kid: Option<&str>, algorithm: TokenAlgorithm) -> Option<Vec<DecodingKey>> {
        let keys = self.usable().as_ref()?.keys.candidates(kid, algorithm);
        (!keys.is_empty()).then_some(keys)
    }

    /// Fetches the keys, at most once per [`UNKNOWN_KID_FLOOR`] for all requests together.
    async fn refresh_for_unknown(&self) {
        // Check before locking: a request that may not fetch does not wait for another's fetch.
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

    /// The state of the keys.
    pub fn health(&self) -> KeyHealth {
        self.report().health
    }

    /// The state of the keys, for operators.
    pub fn report(&self) -> KeyReport {
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
    /// Why no key with this `kid` is usable. The auth service certainly has no such key if the last
    /// fetch succeeded and either happened after `looks` fetches, or the key was removed.
    fn deny(&self, kid: Option<&str>, looks: u64) -> TokenError {
        let is_retired = kid.is_some_and(|kid| self.retired.iter().any(|id| id == kid));
        match self.flaw {
            None if is_retired => TokenError::RetiredKey,
            None if self.count > looks => TokenError::UnknownKey,
            _ => TokenError::KeysUnavailable,
        }
    }

    /// Keeps the ids of keys that are not published any more. Tokens of such keys get a final
    /// refusal, so that clients request a new token.
    fn retire(&mut self, before: Option<&KeySet>, now: &KeySet) {
        let before: Vec<_> = before.into_iter().flat_map(KeySet::ids).collect();
        self.retired.retain(|id| !before.contains(&id.as_str()));
        self.retired.extend(before.into_iter().map(ToOwned::to_owned));
        self.retired.retain(|id| now.ids().all(|there| there != id));
        let old = self.retired.len().saturating_sub(RETIRED);
        self.retired.drain(..old);
    }
}
