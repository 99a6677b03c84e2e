//! Looks projects up by names that requests bring, some of which are made up: a host name is anybody's choice.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sail_cargo_database::DatabaseError;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::error::ServiceError;
use crate::cache::UnknownKeys;
use crate::domain::{ProjectId, Resource, Slug};

/// How many names are looked up at a time.
const AT_ONCE: usize = 4;
/// How long a look-up waits for its turn: as long as a query waits for a connection.
const PATIENCE: Duration = Duration::from_secs(1);

/// The look-ups of projects by name. Names that nobody has are remembered for a moment, and few are looked up
/// at a time, so that who invents names keeps the database from nobody.
#[derive(Debug)]
pub(super) struct ProjectNames {
    unknown: UnknownKeys<Arc<str>>,
    turns: Semaphore,
}

impl ProjectNames {
    /// Names count as unknown for no longer than `max_staleness`; zero turns this off.
    pub(super) fn new(max_staleness: Duration) -> Self {
        Self { unknown: UnknownKeys::new(max_staleness), turns: Semaphore::new(AT_ONCE) }
    }

    /// The project that `find` finds by `name`.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is none, or was none a moment ago; [`ServiceError::Database`] if
    /// too many other names are looked up; those of `find`.
    pub(super) async fn look_up(
        &self,
        name: &str,
        find: impl Future<Output = Result<ProjectId, ServiceError>>,
    ) -> Result<ProjectId, ServiceError> {
        if !is_name(name) || self.is_unknown(name) {
            return Err(ServiceError::NotFound(Resource::Project));
        }
        let turn = timeout(PATIENCE, self.turns.acquire()).await;
        let Ok(Ok(_turn)) = turn else {
            return Err(DatabaseError::unavailable("too many projects are looked up").into());
        };
        // Whoever waited may have waited for the same name.
        if self.is_unknown(name) {
            return Err(ServiceError::NotFound(Resource::Project));
        }
        let asked = self.unknown.ask(Instant::now());
        let found = find.await;
        if let Err(ServiceError::NotFound(_)) = &found {
            self.unknown.note(name.into(), asked);
        }
        found
    }

    /// Forgets the names that nobody had. Call it after the commit of a new project.
    pub(super) fn forget_all(&self) {
        self.unknown.forget_all();
    }

    fn is_unknown(&self, name: &str) -> bool {
        self.unknown.has(&name.into(), Instant::now())
    }
}

/// Whether a project may be called so.
fn is_name(name: &str) -> bool {
    Slug::parse(name).is_ok() || ProjectId::parse(name).is_ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    fn nobody() -> Result<ProjectId, ServiceError> {
        Err(ServiceError::NotFound(Resource::Project))
    }

    #[tokio::test(start_paused = true)]
    async fn invented_names_are_looked_up_a_few_at_a_time_and_once_each() {
        let names = ProjectNames::new(Duration::from_secs(1));
        let (now, most, all) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
        let ask = async |name: String| {
            let find = async {
                all.fetch_add(1, Ordering::SeqCst);
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::time::sleep(Duration::from_millis(1)).await;
                now.fetch_sub(1, Ordering::SeqCst);
                nobody()
            };
            names.look_up(&name, find).await
        };
        let asked = join_all((0..100).map(|number| ask(format!("name-{}", number % 50)))).await;
        assert!(asked.iter().all(|found| matches!(found, Err(ServiceError::NotFound(_)))));
        // A name that is looked up at the moment may be looked up once more.
        let (most, all) = (most.into_inner(), all.into_inner());
        assert!(most == AT_ONCE && (50..50 + AT_ONCE).contains(&all), "{most} of {all}");
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_too_long_for_a_turn_is_refused() {
        let names = ProjectNames::new(Duration::from_secs(1));
        let stuck = || async { std::future::pending().await };
        let all: Vec<_> = (0..AT_ONCE).map(|_| names.look_up("stuck", stuck())).collect();
        let late = async {
            let refused = names.look_up("late", async { nobody() }).await;
            assert!(matches!(refused, Err(ServiceError::Database(DatabaseError::Unavailable(_)))));
        };
        tokio::select! {
            biased;
            _ = join_all(all) => unreachable!("nothing answers"),
            () = late => {}
        }
    }

    #[tokio::test]
    async fn what_is_no_name_is_not_looked_up_and_a_new_project_is_known_at_once() {
        let names = ProjectNames::new(Duration::from_mins(1));
        for name in ["", "a", "9a", "A-b", "a.b", &"a".repeat(64), "%2e"] {
            let find = async { unreachable!("{name}") };
            assert!(matches!(names.look_up(name, find).await, Err(ServiceError::NotFound(_))));
        }
        let id = ProjectId::parse("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001").unwrap();
        assert!(names.look_up("new", async { nobody() }).await.is_err());
        assert!(names.look_up("new", async { Ok(id.clone()) }).await.is_err(), "it is remembered");
        names.forget_all();
        assert_eq!(names.look_up("new", async { Ok(id.clone()) }).await.unwrap(), id);
    }
}
