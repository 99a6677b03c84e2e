//! The auth service's keys, kept: fetched in the background, the last good ones served while it
//! is away.

use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use chrono::{DateTime, TimeDelta, Utc};
use jsonwebtoken::DecodingKey;

use super::error::AuthnError;
use super::key_set::KeySet;
use crate::clock::Clock;

/// A document is not read beyond this.
const MAX_DOCUMENT: usize = 256 * 1024;
/// Between refreshes when all is well.
const INTERVAL: Duration = Duration::from_mins(5);
/// Between attempts after the first failure; doubled up to [`MAX_RETRY`].
const FIRST_RETRY: Duration = Duration::from_secs(1);
const MAX_RETRY: Duration = Duration::from_mins(1);
/// An unknown `kid` fetches anew at most this often: it must not amplify.
const UNKNOWN_KID_FLOOR: TimeDelta = TimeDelta::seconds(30);
/// Keys older than this verify nothing: an auth service that is gone for a day has moved.
const STALE_WHILE_ERROR: TimeDelta = TimeDelta::hours(24);

/// Where the keys are published.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// `https`, or `http` on the loopback interface.
    Url(reqwest::Url),
    /// A file on this machine.
    File(PathBuf),
}

impl KeySource {
    /// Reads a URL or `file:path`.
    ///
    /// # Errors
    /// Plain `http` to another machine: whoever sits between could mint users.
    pub fn parse(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("file:") {
            return Ok(Self::File(path.strip_prefix("//").unwrap_or(path).into()));
        }
        let url = reqwest::Url::parse(text).map_err(|error| error.to_string())?;
        let loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        match url.scheme() {
            "https" => Ok(Self::Url(url)),
            "http" if loopback => Ok(Self::Url(url)),
            _ => Err("keys are fetched over https, or http from this machine only".to_owned()),
        }
    }
}

/// Keys and when they were last confirmed.
#[derive(Debug)]
struct Fetched {
    keys: KeySet,
    at: DateTime<Utc>,
    /// Which fetch it was that brought them.
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
    /// The last attempt failed; the keys before it are in use.
    Stale(String),
    /// No keys: tokens cannot be verified.
    Missing(String),
}

/// The keys, shared by every request.
#[derive(Debug)]
pub struct KeyCache {
    source: KeySource,
    http: reqwest::Client,
    clock: Clock,
    current: ArcSwapOption<Fetched>,
    /// The last attempt: when, and what was wrong with it.
    last_attempt: Mutex<(Option<DateTime<Utc>>, Option<String>)>,
    /// Held while fetching, so that one fetch serves all who wait.
    fetching: tokio::sync::Mutex<()>,
}

impl KeyCache {
    /// An empty cache. Call [`KeyCache::refresh`] or spawn [`KeyCache::keep_fresh`].
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn new(source: KeySource, clock: Clock) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(2))
            .timeout(Duration::from_secs(2))
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            source,
            http,
            clock,
            current: ArcSwapOption::empty(),
            last_attempt: Mutex::default(),
            fetching: tokio::sync::Mutex::default(),
        })
    }

    /// Refreshes for ever: every five minutes, sooner after a failure.
    pub async fn keep_fresh(&self) {
        let mut retry = FIRST_RETRY;
        loop {
            let pause = if self.refresh().await {
                retry = FIRST_RETRY;
                INTERVAL
            } else {
                let pause = retry;
                retry = (retry * 2).min(MAX_RETRY);
                pause
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Fetches the keys once; whether that succeeded. A document without usable keys is a
    /// failure: it never displaces good keys.
    pub async fn refresh(&self) -> bool {
        let _single_flight = self.fetching.lock().await;
        self.fetch_now().await
    }

    async fn fetch_now(&self) -> bool {
        let fetched = match self.fetch().await {
            Ok(document) => KeySet::parse(&document).map_err(|error| error.to_string()),
            Err(error) => Err(error),
        };
        let at = self.clock.now();
        let error = match fetched {
            Ok(keys) => {
                log::debug!(keys = keys.len(); "fetched the auth service's keys");
                let epoch = self.current.load().as_ref().map_or(0, |before| before.epoch + 1);
                self.current.store(Some(Fetched { keys, at, epoch }.into()));
                None
            }
            Err(error) => {
                log::warn!("the auth service's keys could not be fetched: {error}");
                Some(error)
            }
        };
        let succeeded = error.is_none();
        *self.attempt() = (Some(at), error);
        succeeded
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

    /// Which keys are in use at `now`: another number after every fetch, none without keys.
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
        let due = self.attempt().0.is_none_or(|last| now - last >= UNKNOWN_KID_FLOOR);
        if due {
            self.fetch_now().await;
        }
    }

    /// How the keys are doing at `now`.
    pub fn health(&self, now: DateTime<Utc>) -> KeyHealth {
        let error = self.attempt().1.clone();
        match (self.known(None, now), error) {
            (Some(_), None) => KeyHealth::Fresh,
            (Some(_), Some(error)) => KeyHealth::Stale(error),
            (None, error) => {
                KeyHealth::Missing(error.unwrap_or_else(|| "not fetched yet".to_owned()))
            }
        }
    }

    fn attempt(&self) -> std::sync::MutexGuard<'_, (Option<DateTime<Utc>>, Option<String>)> {
        self.last_attempt.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    async fn fetch(&self) -> Result<String, String> {
        match &self.source {
            KeySource::File(path) => {
                tokio::fs::read_to_string(path).await.map_err(|error| error.to_string())
            }
            KeySource::Url(url) => self.download(url).await,
        }
    }

    async fn download(&self, url: &reqwest::Url) -> Result<String, String> {
        let words = |error: reqwest::Error| error.without_url().to_string();
        let mut response = self.http.get(url.clone()).send().await.map_err(words)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(format!("the auth service answered {}", response.status()));
        }
        let mut document = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(words)? {
            if document.len() + chunk.len() > MAX_DOCUMENT {
                return Err("the auth service answered more than 256 KiB".to_owned());
            }
            document.extend_from_slice(&chunk);
        }
        String::from_utf8(document).map_err(|_| "the auth service answered no text".to_owned())
    }
}
