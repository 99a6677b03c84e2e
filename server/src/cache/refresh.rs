//! The refresher: the only writer of cached states.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::project_heads::{self, ProjectHead};
use sail_cargo_database::{Database, DatabaseError};

use super::entry::Entry;
use super::load;
use super::project_cache::ProjectCache;
use crate::clock::Lapse;
use crate::domain::ProjectId;
use crate::metrics::Metrics;

/// How many polls for the heads fit in a lease.
const ASKS: u32 = 4;
/// How long a project is left out after it could not be loaded.
const REST: Duration = Duration::from_mins(1);

/// Refreshes the cache without end.
pub(crate) async fn run_refresher(cache: &ProjectCache, database: &Database, metrics: &Metrics) {
    if cache.max_staleness.is_zero() {
        return std::future::pending().await;
    }
    let mut refresher =
        Refresher { cache, database, metrics, resting: HashMap::new(), is_away: false };
    let mut look = Look::Everywhere;
    let mut next = tokio::time::interval(cache.max_staleness / ASKS);
    next.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        refresher.round(look).await;
        look = tokio::select! {
            _ = next.tick() => Look::Everywhere,
            () = cache.load_requested.notified() => Look::WhereInvalidated,
        };
    }
}

/// Which projects a round covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Everywhere,
    /// Projects without a lease.
    WhereInvalidated,
}

/// A project whose cached state is not the current one.
struct Behind {
    project: ProjectId,
    entry: Arc<Entry>,
    known: Option<ProjectHead>,
}

/// The refresher. `resting` holds the projects that could not be loaded.
struct Refresher<'a> {
    cache: &'a ProjectCache,
    database: &'a Database,
    metrics: &'a Metrics,
    resting: HashMap<ProjectId, Lapse>,
    is_away: bool,
}

impl Refresher<'_> {
    /// Refreshes the projects once.
    async fn round(&mut self, look: Look) {
        let used = self.used(look);
        self.resting.retain(|_, rest| !self.cache.clock.is_over(rest));
        if used.is_empty() {
            return;
        }
        match self.renew(used).await {
            Ok(behind) => {
                self.is_away = false;
                self.metrics.notify_deaf.set(0.0);
                self.bring(behind).await;
            }
            Err(error) => self.away(&error),
        }
    }

    /// The projects of this round. Idle projects are removed from the cache.
    fn used(&self, look: Look) -> Vec<(ProjectId, Arc<Entry>)> {
        let mut entries = self.cache.entries();
        entries.retain(|(_, entry)| look == Look::Everywhere || !entry.is_leased());
        let (idle, used): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|(_, entry)| self.cache.is_idle(entry));
        for (project, _) in idle {
            self.cache.drop_project(&project);
        }
        used
    }

    /// Renews the leases of unchanged projects, removes deleted ones from the cache, and returns
    /// the changed ones.
    async fn renew(
        &self,
        used: Vec<(ProjectId, Arc<Entry>)>,
    ) -> Result<Vec<Behind>, DatabaseError> {
        let snapshot: Vec<_> = used.iter().map(|(_, entry)| entry.snapshot()).collect();
        let lease = self.cache.lease();
        let projects: Vec<_> = used.iter().map(|(project, _)| project.clone()).collect();
        let heads = self.heads(projects).await?;
        let mut behind = Vec::new();
        for ((project, entry), (invalidations, known)) in used.into_iter().zip(snapshot) {
            match (heads.get(project.as_str()), known) {
                (None, _) => self.cache.drop_project(&project),
                (Some(head), Some(known)) if *head == known => {
                    entry.renew(invalidations, lease, |_| ());
                }
                (Some(_), known) => behind.push(Behind { project, entry, known }),
            }
        }
        Ok(behind)
    }

    /// Reads the heads of `projects`.
    async fn heads(
        &self,
        projects: Vec<ProjectId>,
    ) -> Result<HashMap<String, ProjectHead>, DatabaseError> {
        let begun = Instant::now();
        let heads = self
            .database
            .run_aside(move |connection| project_heads::of_projects(connection, &projects))
            .await;
        self.metrics.head_poll_seconds.record(begun.elapsed());
        heads.inspect_err(|_| self.metrics.head_poll_errors.increment(1))
    }

    /// Loads the changed projects. The unchanged ones have their leases already, and do not wait
    /// for this.
    async fn bring(&mut self, behind: Vec<Behind>) {
        for behind in behind {
            if self.resting.contains_key(&behind.project) {
                continue;
            }
            match self.catch_up(&behind).await {
                Ok(()) => {}
                // The state stays without a lease, and the next round tries again.
                Err(error @ DatabaseError::Unavailable(_)) => {
                    self.away(&error);
                }
                Err(why) => {
                    let Behind { project, entry, .. } = behind;
                    log::warn!("project {project} is not cached: {why}");
                    drop(entry.clear());
                    self.resting.insert(project, self.cache.clock.lapse(REST));
                }
            }
        }
    }

    /// Loads what changed in one project.
    async fn catch_up(&self, behind: &Behind) -> Result<(), DatabaseError> {
        let Behind { project, entry, known } = behind;
        let (invalidations, _) = entry.snapshot();
        let lease = self.cache.lease();
        let (key, id, known) = (self.database.master_key().clone(), project.clone(), known.clone());
        // A first load may read much; an update reads little.
        let database =
            if known.is_some() { self.database.clone() } else { self.database.patient() };
        let read = database.run_aside(move |connection| load::read(connection, &key, &id, known));
        let news = read.await?;
        let since = news.since();
        let before = entry.renew(invalidations, lease, |state| news.bring(state))?;
        self.note_propagation(since);
        drop(before);
        self.cache.index(project, entry);
        Ok(())
    }

    /// Records how long a change that was made at `since` took to reach this cache.
    fn note_propagation(&self, since: Option<DateTime<Utc>>) {
        if let Some(since) = since {
            let took = (self.cache.clock.now() - since).to_std().unwrap_or_default();
            self.metrics.revocation_propagation.record(took);
        }
    }

    fn away(&mut self, error: &DatabaseError) {
        self.metrics.notify_deaf.set(1.0);
        if !std::mem::replace(&mut self.is_away, true) {
            log::warn!("the cache cannot be kept up to date: {error}");
        }
    }
}
