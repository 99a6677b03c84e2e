//! Keeping what is remembered up to date: the one writer of the cache.

use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::Duration;

use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use super::super::Database;
use super::super::connection::{Backend, DbConnection};
use super::super::error::StoreError;
use super::super::revision::HeadRow;
use super::super::schema::{project, project_head, store};
use super::super::storage_accounts::AccountVersion;
use super::load::{self, NotLoaded};
use super::state::Head;
use super::{Entry, ProjectCache};
use crate::clock::Lapse;
use crate::domain::ProjectId;

/// How often the heads are asked for within a lease.
const ASKS: u32 = 4;
/// How long a project is let alone that could not be read, or is too large.
const REST: Duration = Duration::from_mins(1);
/// Projects in one question.
const CHUNK: usize = 500;

impl Database {
    /// Keeps what is remembered up to date, for ever.
    pub async fn run_refresher(&self) {
        let cache = &self.cache;
        if cache.max_staleness.is_zero() {
            return std::future::pending().await;
        }
        let mut refresher = Refresher::default();
        let mut look = Look::Everywhere;
        let mut next = tokio::time::interval(cache.max_staleness / ASKS);
        next.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            refresher.round(self, look).await;
            look = tokio::select! {
                _ = next.tick() => Look::Everywhere,
                () = cache.load_requested.notified() => Look::WhereInvalidated,
            };
        }
    }

    async fn heads(&self, projects: Vec<ProjectId>) -> Result<HashMap<String, Head>, StoreError> {
        self.run_aside(move |connection| {
            let mut found = HashMap::new();
            for chunk in projects.chunks(CHUNK) {
                connection.transaction(|connection| heads(connection, chunk, &mut found))?;
            }
            Ok(found)
        })
        .await
    }
}

/// Which projects are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Look {
    Everywhere,
    /// Those without a lease.
    WhereInvalidated,
}

/// What could not be remembered is let alone for a while.
#[derive(Debug, Default)]
struct Refresher {
    resting: HashMap<ProjectId, Lapse>,
    is_away: bool,
}

impl Refresher {
    /// Looks at projects once.
    async fn round(&mut self, database: &Database, look: Look) {
        let mut entries = database.cache.entries();
        entries.retain(|(_, entry)| look == Look::Everywhere || !entry.is_leased());
        let (idle, used): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|(_, entry)| database.cache.is_idle(entry));
        for (project, _) in idle {
            database.cache.drop_project(&project);
        }
        self.resting.retain(|_, rest| !database.cache.clock.is_over(rest));
        if used.is_empty() {
            return;
        }
        let snapshot: Vec<_> = used.iter().map(|(_, entry)| entry.snapshot()).collect();
        let lease = database.cache.lease();
        let projects = used.iter().map(|(project, _)| project.clone()).collect();
        let heads = match database.heads(projects).await {
            Ok(heads) => heads,
            Err(error) => return self.away(&error),
        };
        self.is_away = false;
        // Those that are as they were first: they need not wait for the others.
        let mut behind = Vec::new();
        for ((project, entry), (invalidations, known)) in used.into_iter().zip(snapshot) {
            match (heads.get(project.as_str()), known) {
                (None, _) => database.cache.drop_project(&project),
                (Some(head), Some(known)) if *head == known => {
                    entry.renew(invalidations, lease, |_| ());
                }
                (Some(_), known) => behind.push((project, entry, known)),
            }
        }
        for (project, entry, known) in behind {
            if self.resting.contains_key(&project) {
                continue;
            }
            match catch_up(database, &project, &entry, known).await {
                Ok(()) => {}
                // What there is stays, without a lease, and is tried again at the next look.
                Err(NotLoaded::Database(error @ StoreError::Unavailable(_))) => self.away(&error),
                Err(why) => {
                    log::warn!("project {project} is not kept in memory: {why}");
                    drop(entry.clear());
                    self.resting.insert(project, database.cache.clock.lapse(REST));
                }
            }
        }
    }

    fn away(&mut self, error: &StoreError) {
        if !std::mem::replace(&mut self.is_away, true) {
            log::warn!("what is remembered cannot be kept up to date: {error}");
        }
    }
}

/// Reads what is new of one project.
async fn catch_up(
    database: &Database,
    project: &ProjectId,
    entry: &Entry,
    known: Option<Head>,
) -> Result<(), NotLoaded> {
    let (invalidations, _) = entry.snapshot();
    let lease = database.cache.lease();
    let (key, id) = (database.master_key.clone(), project.clone());
    // All of a project may be much, what is new of it is not.
    let database = if known.is_some() { database.clone() } else { database.patient() };
    let read = database.run_aside(move |connection| Ok(load::read(connection, &key, &id, known)));
    let news = read.await??;
    let before = entry.renew(invalidations, lease, |state| news.bring(state))?;
    drop(before);
    if entry.is_too_large() {
        return Err(NotLoaded::TooLarge);
    }
    database.cache.index(project, entry);
    Ok(())
}

/// Which state a project is in.
#[derive(Queryable, Selectable)]
#[diesel(table_name = project_head, check_for_backend(Backend))]
struct ProjectHeadRow {
    project_id: String,
    #[diesel(embed)]
    head: HeadRow,
    #[diesel(embed)]
    account: AccountVersion,
}

fn heads(
    connection: &mut DbConnection,
    projects: &[ProjectId],
    found: &mut HashMap<String, Head>,
) -> Result<(), StoreError> {
    let ids: Vec<&str> = projects.iter().map(ProjectId::as_str).collect();
    if let DbConnection::Postgres(postgres) = connection {
        // An id has no character that means anything in SQL, and no comma.
        postgres.batch_execute(&format!("SET LOCAL sail.projects = '{}'", ids.join(",")))?;
    }
    let rows = project_head::table
        .inner_join(project::table.on(project::id.eq(project_head::project_id)))
        .inner_join(store::table.on(store::id.eq(project::store_id)))
        .filter(project_head::project_id.eq_any(ids))
        .select(ProjectHeadRow::as_select())
        .load(connection)?;
    for ProjectHeadRow { project_id, head, account } in rows {
        let project = ProjectId::parse(&project_id).map_err(StoreError::corrupt)?;
        let revision = head.revision(&project);
        found.insert(project_id, Head { revision, chain_hash: head.chain_hash, account });
    }
    Ok(())
}

impl ProjectCache {
    /// Makes the project's name and keys lead to it.
    fn index(&self, project: &ProjectId, entry: &Entry) {
        let Some((slug, keys)) = entry.names() else { return };
        let mut directory = self.directory.write().unwrap_or_else(PoisonError::into_inner);
        directory.slugs.insert(slug, project.clone());
        directory.keys.extend(keys.into_iter().map(|key| (key, project.clone())));
    }
}
