//! The session of a caller: opened at its first use, and renewed before it ends.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use aws_credential_types::Credentials;
use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_client::Client;
use sail_cargo_client::protocol::{OpenSession, OpenedSession};
use tokio::sync;

use crate::RemoteSigningError;

/// The time between two attempts to renew a session that is still good.
const PAUSE: Duration = Duration::from_secs(10);
/// How the SDK calls the source of these credentials.
const NAME: &str = "sail-cargo session";

/// A clock that is never set back.
pub(crate) type Clock = Arc<dyn Fn() -> Instant + Send + Sync>;

/// The session of one caller, shared by all S3 clients of a signer.
pub(crate) struct Sessions {
    client: Client,
    clock: Clock,
    held: Mutex<Option<Held>>,
    /// Held by the task that opens a session.
    opening: sync::Mutex<()>,
}

/// A session. Instants are of this process, so that a wrong wall clock does not matter.
#[derive(Clone)]
struct Held {
    credentials: Credentials,
    renew_at: Instant,
    ends_at: Instant,
    opened: Opened,
}

/// When a session was opened: by Cargo's clock, and by that of this process.
#[derive(Clone, Copy)]
struct Opened {
    there: DateTime<Utc>,
    here: Instant,
    ends_at: DateTime<Utc>,
}

/// A session, ready to sign with.
pub(crate) struct Session {
    pub(crate) credentials: Credentials,
    /// What time it is by Cargo's clock, so that a wrong one here does not matter.
    pub(crate) now: SystemTime,
    pub(crate) ends_at: DateTime<Utc>,
}

impl Held {
    /// A session that was asked for at `asked`. The last third of its life is for renewals that fail.
    fn of(opened: &OpenedSession, asked: Instant) -> Self {
        let life = Duration::from_secs(opened.expires_in.into());
        let OpenedSession { access_key_id, secret_access_key, session_token, .. } = opened;
        let (token, end) = (Some(session_token.clone()), SystemTime::from(opened.expires_at));
        let credentials =
            Credentials::new(access_key_id, secret_access_key, token, Some(end), NAME);
        let there = opened.expires_at - TimeDelta::seconds(opened.expires_in.into());
        let opened = Opened { there, here: asked, ends_at: opened.expires_at };
        Self { credentials, renew_at: asked + life * 2 / 3, ends_at: asked + life, opened }
    }
}

impl Sessions {
    /// No session yet, for the caller of `client`.
    pub(crate) fn new(client: Client) -> Self {
        Self::with_clock(client, Arc::new(Instant::now))
    }

    pub(crate) fn with_clock(client: Client, clock: Clock) -> Self {
        Self { client, clock, held: Mutex::default(), opening: sync::Mutex::default() }
    }

    /// Credentials that are good now: those of [`Sessions::current`].
    pub(crate) async fn credentials(&self) -> Result<Credentials, RemoteSigningError> {
        Ok(self.current().await?.credentials)
    }

    /// A session to sign with now.
    pub(crate) async fn session(&self) -> Result<Session, RemoteSigningError> {
        let Held { credentials, opened, .. } = self.current().await?;
        let elapsed = (self.clock)().saturating_duration_since(opened.here);
        let now = SystemTime::from(opened.there) + elapsed;
        Ok(Session { credentials, now, ends_at: opened.ends_at })
    }

    /// A session that is good now. Whoever finds none waits for a new one. While the old one is good,
    /// whoever comes first renews it and nobody else waits.
    async fn current(&self) -> Result<Held, RemoteSigningError> {
        let now = (self.clock)();
        match self.held() {
            Some(held) if now < held.renew_at => Ok(held),
            Some(held) if now < held.ends_at => Ok(self.renewed(held).await),
            _ => {
                let _opening = self.opening.lock().await;
                match self.fresh() {
                    Some(fresh) => Ok(fresh),
                    None => self.open().await,
                }
            }
        }
    }

    /// The session that follows `held`, or `held` while there is none.
    async fn renewed(&self, held: Held) -> Held {
        let Ok(_opening) = self.opening.try_lock() else { return held };
        if let Some(fresh) = self.fresh() {
            return fresh;
        }
        if let Ok(renewed) = self.open().await {
            return renewed;
        }
        self.put_off(&held);
        held
    }

    /// Opens a session and keeps it. Only called while `opening` is held.
    async fn open(&self) -> Result<Held, RemoteSigningError> {
        let asked = (self.clock)();
        let opened = self.client.open_session(&OpenSession::default()).await?;
        let held = Held::of(&opened, asked);
        self.set(Some(held.clone()));
        Ok(held)
    }

    /// Drops the session `id`, which the gateway does not take any more.
    pub(crate) fn forget(&self, id: &str) {
        if self.held().is_some_and(|held| held.credentials.access_key_id() == id) {
            self.set(None);
        }
    }

    fn put_off(&self, held: &Held) {
        let renew_at = ((self.clock)() + PAUSE).min(held.ends_at);
        if self.held().is_some_and(|now| now.credentials == held.credentials) {
            self.set(Some(Held { renew_at, ..held.clone() }));
        }
    }

    fn fresh(&self) -> Option<Held> {
        let now = (self.clock)();
        self.held().filter(|held| now < held.renew_at)
    }

    fn held(&self) -> Option<Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, held: Option<Held>) {
        *self.held.lock().unwrap_or_else(PoisonError::into_inner) = held;
    }
}

/// Prints the id of the session, never a secret.
impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.held().map(|held| held.credentials.access_key_id().to_owned());
        f.debug_struct("Sessions").field("id", &id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
