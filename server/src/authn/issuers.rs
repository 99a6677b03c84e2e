//! The issuers that are believed, each with its own keys.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

use super::jwt::UnverifiedToken;
use super::key_cache::{KeyCache, KeyReport};
use super::token_error::TokenError;
use crate::clock::Clock;
use crate::domain::issuer::{IssuerSettings, NoIssuer, SessionTerms};
use crate::domain::session::{SessionClaims, SessionFlaw};
use crate::domain::{Issuer, IssuerAlias, IssuerSet, SubjectId};
use crate::metrics::Metrics;
use crate::service::{RegisteredIssuers, Service, ServiceError};

/// The time between two looks at the registered issuers, on a server that caches nothing.
const UNCACHED: Duration = Duration::from_millis(500);

/// The issuers of a server, as they are now: those of its configuration, and those that operators registered.
#[derive(Debug)]
pub struct Issuers {
    configured: IssuerSet,
    current: ArcSwap<Believed>,
    /// Counts the changes.
    changes: watch::Sender<u64>,
    /// Held while registered issuers are read, so that what was read later is never replaced by what was read
    /// earlier.
    reloading: Mutex<()>,
    fetching: Fetching,
}

/// How keys are fetched.
#[derive(Debug, Clone)]
pub struct Fetching {
    /// The time between fetches.
    pub every: Duration,
    /// What fetches them. It must follow no redirects.
    pub http: reqwest::Client,
    /// What measures the time.
    pub clock: Clock,
    /// Where fetches are counted.
    pub metrics: Arc<Metrics>,
}

/// The issuers at one time.
#[derive(Debug)]
pub(super) struct Believed {
    /// A number that differs from that at other times.
    generation: u64,
    set: IssuerSet,
    /// In the order of the set.
    rows: Vec<Arc<BelievedIssuer>>,
    /// The registered issuers, believed or not.
    registered: RegisteredIssuers,
    /// Registered issuers that are not believed, and why.
    left_out: Vec<(IssuerSettings, String)>,
}

/// An issuer and its keys, which verify the tokens of no other.
#[derive(Debug)]
pub struct BelievedIssuer {
    /// The issuer.
    pub issuer: Arc<Issuer>,
    /// Whether it is in the server's configuration.
    pub configured: bool,
    /// Its keys.
    pub keys: Arc<KeyCache>,
}

/// The issuers and keys by which a token was accepted. While they are the same, so is the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp {
    generation: u64,
    row: usize,
    epoch: u64,
}

#[cfg(test)]
impl Stamp {
    pub(super) const fn for_tests(epoch: u64) -> Self {
        Self { generation: 0, row: 0, epoch }
    }
}

#[cfg(test)]
impl Issuers {
    /// No issuers.
    pub(crate) fn none() -> Self {
        let http = crate::outbound::Outbound::direct().client().build().unwrap();
        let (clock, metrics) = (Clock::system(), Arc::new(Metrics::default()));
        let every = super::key_cache::KEY_REFRESH;
        Self::new(IssuerSet::default(), Fetching { every, http, clock, metrics })
    }
}

impl Issuers {
    /// Believes the `configured` issuers. Call [`Issuers::keep_fresh`] to have keys, and [`Issuers::reload`] to
    /// believe those that operators registered.
    pub fn new(configured: IssuerSet, fetching: Fetching) -> Self {
        let believed = Believed::new(None, &configured, RegisteredIssuers::default(), &fetching);
        Self {
            configured,
            current: ArcSwap::from_pointee(believed),
            changes: watch::Sender::new(0),
            reloading: Mutex::default(),
            fetching,
        }
    }

    /// Believes the embedded auth service alone, whose keys are in the database of `service`.
    pub fn of_accounts(issuer: Issuer, service: Service, fetching: Fetching) -> Self {
        let issuer = Arc::new(issuer);
        let keys = KeyCache::of_accounts(&issuer, service, fetching.clone()).into();
        let set = IssuerSet::alone(Arc::clone(&issuer));
        let believed = Believed {
            generation: 0,
            set: set.clone(),
            rows: vec![Arc::new(BelievedIssuer { issuer, configured: true, keys })],
            registered: RegisteredIssuers::default(),
            left_out: Vec::new(),
        };
        Self {
            configured: set,
            current: ArcSwap::from_pointee(believed),
            changes: watch::Sender::new(0),
            reloading: Mutex::default(),
            fetching,
        }
    }

    /// Believes the issuers that are registered now.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer: those of before stay.
    pub async fn reload(&self, service: &Service) -> Result<(), ServiceError> {
        let _one_at_a_time = self.reloading.lock().await;
        let (registered, before) = (service.issuers().await?, self.now());
        if registered == before.registered {
            return Ok(());
        }
        let believed = Believed::new(Some(&*before), &self.configured, registered, &self.fetching);
        for (settings, why) in &believed.left_out {
            let alias = settings.alias.as_deref().unwrap_or_default();
            log::warn!("the registered issuer {alias} is not believed: {why}");
        }
        log::info!("{} issuers are believed now", believed.rows.len());
        self.current.store(Arc::new(believed));
        self.changes.send_modify(|changes| *changes += 1);
        Ok(())
    }

    /// Believes registered issuers for ever, as they change. A change counts after at most the max staleness.
    pub async fn keep_reloading(&self, service: &Service) {
        let staleness = service.max_staleness();
        let every = if staleness.is_zero() { UNCACHED } else { staleness / 2 };
        loop {
            self.fetching.clock.pause(every).await;
            // The health check says what is wrong with the database.
            self.reload(service).await.ok();
        }
    }

    /// The issuers of the server's configuration.
    pub fn configured(&self) -> Vec<Issuer> {
        self.configured.iter().map(|issuer| Issuer::clone(issuer)).collect()
    }

    /// Registered issuers that are not believed, and why.
    pub fn left_out(&self) -> Vec<(IssuerSettings, String)> {
        self.current.load().left_out.clone()
    }

    /// Fetches the keys of all issuers forever.
    pub async fn keep_fresh(&self) {
        let mut changes = self.changes.subscribe();
        loop {
            changes.mark_unchanged();
            let mut tasks = JoinSet::new();
            for row in self.rows() {
                tasks.spawn(async move { row.keys.keep_fresh().await });
            }
            // This cannot fail: `self` holds the sender. The tasks end with the set.
            changes.changed().await.ok();
        }
    }

    /// Fetches the keys of all issuers once, as [`Issuers::keep_fresh`] does again and again.
    pub async fn look_again(&self) {
        for row in self.rows() {
            row.keys.look_again().await;
        }
    }

    /// Fetches the keys of all issuers now, for an operator.
    pub async fn refresh(&self) -> Vec<(Arc<BelievedIssuer>, KeyReport)> {
        let mut reports = Vec::new();
        for row in self.rows() {
            let report = row.keys.refresh().await;
            reports.push((row, report));
        }
        reports
    }

    /// The issuers and their keys.
    pub fn rows(&self) -> Vec<Arc<BelievedIssuer>> {
        self.current.load().rows.clone()
    }

    /// How sessions of the user `id` are bound to their issuer.
    pub fn session_terms(&self, id: &SubjectId) -> SessionTerms {
        self.current.load().set.session_terms(id.as_str())
    }

    /// Checks that the issuer under which a session was opened is still that of its user.
    ///
    /// # Errors
    /// [`SessionFlaw::IssuerGone`].
    pub(super) fn demand_theirs(&self, claims: &SessionClaims) -> Result<(), SessionFlaw> {
        let Some(user) = &claims.user else { return Ok(()) };
        let believed = self.current.load();
        let alias = believed.set.alias_before(user.id.as_str());
        if alias.map_or("", IssuerAlias::as_str) == claims.issuer {
            return Ok(());
        }
        Err(SessionFlaw::IssuerGone)
    }

    /// Whether a token that was accepted then would be accepted now.
    pub(super) fn is_current(&self, stamp: &Stamp) -> bool {
        self.current.load().is_current(stamp)
    }

    /// The issuers now.
    pub(super) fn now(&self) -> Arc<Believed> {
        self.current.load_full()
    }
}

impl Believed {
    /// Believes the `configured` and the `registered` issuers. One that was believed `before`, the same in
    /// everything, keeps its keys.
    fn new(
        before: Option<&Self>,
        configured: &IssuerSet,
        registered: RegisteredIssuers,
        fetching: &Fetching,
    ) -> Self {
        let (set, contradict) = configured.with(registered.issuers.clone());
        let set = set.knowing(registered.aliases.clone());
        let contradict =
            contradict.iter().map(|(issuer, flaw)| (issuer.settings().clone(), flaw.to_string()));
        let left_out = registered.refused.iter().cloned().chain(contradict).collect();
        let known = before.map(|before| &*before.rows).unwrap_or_default();
        let row = |(place, issuer): (usize, &Arc<Issuer>)| {
            let kept = known.iter().find(|row| row.issuer == *issuer).cloned();
            kept.unwrap_or_else(|| {
                let keys = KeyCache::new(issuer, fetching.clone()).into();
                let (issuer, configured) = (Arc::clone(issuer), place < configured.iter().len());
                Arc::new(BelievedIssuer { issuer, configured, keys })
            })
        };
        let rows = set.iter().enumerate().map(row).collect();
        let generation = before.map_or(0, |before| before.generation + 1);
        Self { generation, set, rows, registered, left_out }
    }

    /// All issuers.
    pub(super) fn set(&self) -> &IssuerSet {
        &self.set
    }

    /// The one issuer whose token this can be, by what the token says. No key was looked at before.
    pub(super) fn issuer_of(&self, token: &UnverifiedToken<'_>) -> Result<usize, NoIssuerFor> {
        let iss = token.issuer().ok_or(NoIssuerFor::Issuer)?;
        let audiences = token.audiences();
        let known = audiences.as_deref().unwrap_or_default();
        self.set.find(&iss, known).map_err(|why| match (why, &audiences) {
            (NoIssuer::Issuer, _) => NoIssuerFor::Issuer,
            (NoIssuer::Audience, Ok(_)) => NoIssuerFor::Audience,
            (NoIssuer::Audience, Err(_)) => NoIssuerFor::NoAudience,
        })
    }

    /// The issuer at a place in the set.
    pub(super) fn row(&self, row: usize) -> &BelievedIssuer {
        &self.rows[row]
    }

    /// What a token that this issuer verifies now is remembered with. `None` without keys.
    pub(super) fn stamp(&self, row: usize) -> Option<Stamp> {
        let epoch = self.rows[row].keys.epoch()?;
        Some(Stamp { generation: self.generation, row, epoch })
    }

    fn is_current(&self, stamp: &Stamp) -> bool {
        stamp.generation == self.generation && self.stamp(stamp.row).as_ref() == Some(stamp)
    }
}

/// Why a token is of no issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoIssuerFor {
    /// None has its `iss`.
    Issuer,
    /// It is for another audience.
    Audience,
    /// It is for no audience that can be read.
    NoAudience,
}

impl From<NoIssuerFor> for TokenError {
    fn from(why: NoIssuerFor) -> Self {
        match why {
            NoIssuerFor::Issuer => Self::Issuer,
            NoIssuerFor::Audience => Self::Audience,
            NoIssuerFor::NoAudience => Self::Claim("aud".to_owned()),
        }
    }
}
