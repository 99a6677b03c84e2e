//! Which origins projects name, read now and then: those who ask have not proved who they are, and
//! cost no reading of their own. Whoever asks waits for a reading a moment, all together, and then
//! counts what was known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::http::header::HeaderValue;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout};

use crate::domain::{ProjectId, WebOrigin};
use crate::service::Service;

/// How old what is known may be.
const FRESH: Duration = Duration::from_secs(5);
/// How long an answer waits for a reading.
const MOMENT: Duration = Duration::from_millis(500);

/// The origins of each active project that names some.
type Named = BTreeMap<ProjectId, BTreeSet<WebOrigin>>;

/// What is known of them.
#[derive(Debug, Default, Clone)]
pub struct Origins(Arc<Known>);

#[derive(Debug, Default)]
struct Known {
    state: Mutex<State>,
    /// A reading has ended.
    read: Notify,
}

#[derive(Debug, Default)]
struct State {
    named: Arc<Named>,
    /// When it was read.
    at: Option<Instant>,
    is_being_read: bool,
    /// How often something was changed here.
    changes: u64,
}

impl Origins {
    /// Whether `project` names the origin; any project, for none.
    pub(super) async fn allow(
        &self,
        service: &Service,
        origin: &HeaderValue,
        project: Option<&ProjectId>,
    ) -> bool {
        let text = origin.to_str().unwrap_or_default();
        // A browser sends it in its one form.
        let Some(origin) = WebOrigin::parse(text).ok().filter(|origin| origin.as_str() == text)
        else {
            return false;
        };
        let named = self.named(service).await;
        match project {
            Some(project) => named.get(project).is_some_and(|origins| origins.contains(&origin)),
            None => named.values().any(|origins| origins.contains(&origin)),
        }
    }

    /// Has them read again before the next answer: a project was changed here. What it named before
    /// counts no longer; what others name does.
    pub(in crate::api) fn forget(&self, project: Option<&ProjectId>) {
        let mut state = self.0.lock();
        state.changes += 1;
        state.at = None;
        if let Some(project) = project {
            Arc::make_mut(&mut state.named).remove(project);
        }
    }

    async fn named(&self, service: &Service) -> Arc<Named> {
        let ended = self.0.read.notified();
        tokio::pin!(ended);
        ended.as_mut().enable();
        {
            let mut state = self.0.lock();
            if state.at.is_some_and(|at| at.elapsed() < FRESH) {
                return state.named.clone();
            }
            if !std::mem::replace(&mut state.is_being_read, true) {
                let reading = Refresh { known: self.0.clone(), changes: state.changes };
                actix_web::rt::spawn(reading.read(service.clone()));
            }
        }
        timeout(MOMENT, ended).await.ok();
        self.0.lock().named.clone()
    }
}

impl Known {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one reading under way. It ends when it is dropped, whatever becomes of it.
struct Refresh {
    known: Arc<Known>,
    changes: u64,
}

impl Refresh {
    /// Reads, until nothing was changed here meanwhile. While the database is away, what was known
    /// counts.
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
        let origins = Origins::default();
        let named = [&changed, &other].map(|project| (project.clone(), BTreeSet::new()));
        {
            let mut state = origins.0.lock();
            (state.named, state.at) = (Arc::new(named.into()), Some(Instant::now()));
        }
        origins.forget(Some(&changed));
        let state = origins.0.lock();
        assert_eq!(state.named.keys().collect::<Vec<_>>(), [&other]);
        assert!(state.at.is_none(), "it is read again");
    }
}
