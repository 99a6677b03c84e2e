//! A cache of the origins that projects list. Requests that need it are not authenticated yet, so
//! they must not cause a database query each. One query serves all; a request waits for it only a
//! moment, and then uses the previous state.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::domain::{ProjectId, WebOrigin};
use crate::service::Service;

/// How old the cached state may be.
const FRESH: Duration = Duration::from_secs(5);
/// How long a request waits for a query.
const MOMENT: Duration = Duration::from_millis(500);

/// The origins of each active project that lists some.
type Named = BTreeMap<ProjectId, BTreeSet<WebOrigin>>;

/// The cached origins. Cheap to clone.
#[derive(Debug, Default, Clone)]
pub struct WebOrigins {
    known: Arc<Known>,
    /// Those of the server's own pages, which every project is read from.
    own: Arc<BTreeSet<WebOrigin>>,
}

#[derive(Debug, Default)]
struct Known {
    state: Mutex<State>,
    /// Notified when a query has ended.
    read: Notify,
}

#[derive(Debug, Default)]
struct State {
    named: Arc<Named>,
    /// When the origins were last read; `None` if they must be read again.
    at: Option<Instant>,
    is_being_read: bool,
    /// The number of invalidations. A query that saw an older number is repeated.
    changes: u64,
}

impl WebOrigins {
    /// The origins of projects, and those of the server's own pages.
    pub(crate) fn with_own(own: impl IntoIterator<Item = WebOrigin>) -> Self {
        Self { own: Arc::new(own.into_iter().collect()), ..Self::default() }
    }

    /// Whether the origin is that of the server's own pages.
    pub(crate) fn is_own(&self, origin: &str) -> bool {
        self.own.iter().any(|own| own.as_str() == origin)
    }

    /// Whether `project` lists the origin; for `None`, whether any project does. The server's own pages are let in
    /// by every project.
    pub(crate) async fn allow(
        &self,
        service: &Service,
        origin: &str,
        project: Option<&ProjectId>,
    ) -> bool {
        if self.is_own(origin) {
            return true;
        }
        let Some(origin) = read(origin) else { return false };
        let named = self.named(service).await;
        match project {
            Some(project) => named.get(project).is_some_and(|origins| origins.contains(&origin)),
            None => named.values().any(|origins| origins.contains(&origin)),
        }
    }

    /// The projects that list the origin.
    pub(crate) async fn projects(&self, service: &Service, origin: &str) -> Vec<ProjectId> {
        let Some(origin) = read(origin) else { return Vec::new() };
        let named = self.named(service).await;
        let listing = named.iter().filter(|(_, origins)| origins.contains(&origin));
        listing.map(|(project, _)| project.clone()).collect()
    }

    /// Invalidates the cache because this server changed a project. The changed project's origins
    /// are removed at once; those of others stay valid until the next query.
    pub(crate) fn forget(&self, project: Option<&ProjectId>) {
        let mut state = self.known.lock();
        state.changes += 1;
        state.at = None;
        if let Some(project) = project {
            Arc::make_mut(&mut state.named).remove(project);
        }
    }

    async fn named(&self, service: &Service) -> Arc<Named> {
        let ended = self.known.read.notified();
        tokio::pin!(ended);
        ended.as_mut().enable();
        {
            let mut state = self.known.lock();
            if state.at.is_some_and(|at| at.elapsed() < FRESH) {
                return state.named.clone();
            }
            if !std::mem::replace(&mut state.is_being_read, true) {
                let reading = Refresh { known: self.known.clone(), changes: state.changes };
                tokio::spawn(reading.read(service.clone()));
            }
        }
        timeout(MOMENT, ended).await.ok();
        self.known.lock().named.clone()
    }
}

/// Browsers send an origin in exactly one form, so any other form is none.
fn read(text: &str) -> Option<WebOrigin> {
    WebOrigin::parse(text).ok().filter(|origin| origin.as_str() == text)
}

impl Known {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one query in progress. Dropping it marks the query as ended, whatever happened.
struct Refresh {
    known: Arc<Known>,
    changes: u64,
}

impl Refresh {
    /// Reads the origins, and again if they were invalidated meanwhile. If the database does not
    /// answer, the previous state stays.
    async fn read(mut self, service: Service) {
        loop {
            let named = service.cors_origins().await;
            let mut state = self.known.lock();
            if state.changes != self.changes {
                self.changes = state.changes;
                continue;
            }
            state.at = Some(Instant::now());
            match named {
                Ok(named) => state.named = Arc::new(named),
                Err(error) => {
                    log::warn!("cannot reload the origins of web pages (cors_origins): {error}");
                }
            }
            return;
        }
    }
}

impl Drop for Refresh {
    fn drop(&mut self) {
        self.known.lock().is_being_read = false;
        self.known.read.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_one_project_shuts_out_nobody_elses_pages() {
        let [changed, other] = [1, 2].map(|number| {
            ProjectId::parse(&format!("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a000{number}")).unwrap()
        });
        let origins = WebOrigins::default();
        let named = [&changed, &other].map(|project| (project.clone(), BTreeSet::new()));
        {
            let mut state = origins.known.lock();
            (state.named, state.at) = (Arc::new(named.into()), Some(Instant::now()));
        }
        origins.forget(Some(&changed));
        let state = origins.known.lock();
        assert_eq!(state.named.keys().collect::<Vec<_>>(), [&other]);
        assert!(state.at.is_none(), "it is read again");
    }

    #[test]
    fn the_servers_own_pages_are_known_by_their_exact_origin() {
        let own = WebOrigin::parse("http://localhost:8080").unwrap();
        let origins = WebOrigins::with_own([own]);
        assert!(origins.is_own("http://localhost:8080"));
        for other in ["http://localhost:8081", "https://localhost:8080", "http://localhost", "null"]
        {
            assert!(!origins.is_own(other), "{other}");
        }
    }
}
