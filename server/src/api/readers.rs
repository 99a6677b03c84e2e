//! Limits the readers of event streams, long polls and NDJSON listings: in total, per project and
//! per key. The server's shutdown ends them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::error::ApiError;
use crate::domain::{Caller, ProjectId};

/// How many readers a server accepts at a time, and how long it waits for a slow one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReaderLimits {
    /// In total.
    pub all: usize,
    /// Per project.
    pub per_project: usize,
    /// Per key.
    pub per_key: usize,
    /// How long a reader may accept no data, or lag behind after it was up to date.
    pub patience: Duration,
}

impl Default for ReaderLimits {
    fn default() -> Self {
        Self { all: 256, per_project: 64, per_key: 32, patience: Duration::from_secs(30) }
    }
}

/// The readers of one server. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Readers(Arc<Registry>);

#[derive(Debug)]
struct Registry {
    limits: ReaderLimits,
    present: Mutex<Present>,
    ended: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct Present {
    all: usize,
    projects: HashMap<ProjectId, usize>,
    keys: HashMap<String, usize>,
}

/// One reader. Dropping it makes room for another.
#[derive(Debug)]
pub(super) struct Reader {
    registry: Arc<Registry>,
    project: Option<ProjectId>,
    key: String,
    ended: watch::Receiver<bool>,
}

impl Readers {
    /// No readers yet, with these limits.
    pub fn new(limits: ReaderLimits) -> Self {
        let (present, (ended, _)) = (Mutex::default(), watch::channel(false));
        Self(Arc::new(Registry { limits, present, ended }))
    }

    /// Adds a reader, if the limits allow it.
    pub(super) fn enter(&self, caller: &Caller) -> Result<Reader, ApiError> {
        let ended = self.0.ended.subscribe();
        if *ended.borrow() {
            return Err(shutting_down());
        }
        let (project, key) = (caller.project().cloned(), caller.to_string());
        self.0.present().enter(&self.0.limits, project.as_ref(), &key)?;
        Ok(Reader { registry: self.0.clone(), project, key, ended })
    }

    /// Ends all endless readers, and accepts no new ones: the server stops.
    pub fn end(&self) {
        self.0.ended.send_replace(true);
    }
}

impl Reader {
    /// Waits until the server stops.
    pub(super) async fn ended(&mut self) -> ApiError {
        // This cannot fail: the registry holds the sender, and each reader holds the registry.
        self.ended.wait_for(|ended| *ended).await.ok();
        shutting_down()
    }

    pub(super) fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }

    /// How long the reader may accept no data.
    pub(super) fn patience(&self) -> Duration {
        self.registry.limits.patience
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.registry.present().leave(self.project.as_ref(), &self.key);
    }
}

impl Registry {
    fn present(&self) -> MutexGuard<'_, Present> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Present {
    fn enter(
        &mut self,
        limits: &ReaderLimits,
        project: Option<&ProjectId>,
        key: &str,
    ) -> Result<(), ApiError> {
        let of_project = project.and_then(|project| self.projects.get(project)).copied();
        let of_key = self.keys.get(key).copied();
        if of_key.unwrap_or_default() >= limits.per_key {
            return Err(too_many("too_many_readers_of_key", "this key"));
        }
        if of_project.unwrap_or_default() >= limits.per_project {
            return Err(too_many("too_many_readers_of_project", "this project"));
        }
        if self.all >= limits.all {
            return Err(ApiError::Unavailable {
                code: "too_many_readers",
                detail: "too many event streams, long polls and x-ndjson listings are open: try again \
                         later",
            });
        }
        self.all += 1;
        *self.keys.entry(key.to_owned()).or_default() += 1;
        if let Some(project) = project {
            *self.projects.entry(project.clone()).or_default() += 1;
        }
        Ok(())
    }

    fn leave(&mut self, project: Option<&ProjectId>, key: &str) {
        self.all -= 1;
        if let Some(count) = self.keys.get_mut(key) {
            *count -= 1;
        }
        if let Some(count) = project.and_then(|project| self.projects.get_mut(project)) {
            *count -= 1;
        }
        self.keys.retain(|_, count| *count > 0);
        self.projects.retain(|_, count| *count > 0);
    }
}

fn too_many(code: &'static str, whose: &str) -> ApiError {
    let detail = format!(
        "too many event streams, long polls and x-ndjson listings of {whose} are open: close some, or \
         share one"
    );
    ApiError::TooMany { code, detail }
}

fn shutting_down() -> ApiError {
    ApiError::Unavailable {
        code: "shutting_down",
        detail: "this server is about to stop: connect again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::OperatorName;

    fn caller(name: &str, project: Option<u8>) -> Caller {
        let project = project
            .map(|number| {
                ProjectId::parse(&format!("00000000-0000-4000-8000-0000000000{number:02}"))
            })
            .transpose()
            .unwrap();
        Caller::Operator { name: OperatorName::parse(name).unwrap(), project }
    }

    #[test]
    fn each_limit_is_reached_by_itself_and_leaving_makes_room() {
        let limits = ReaderLimits { all: 4, per_project: 3, per_key: 2, ..ReaderLimits::default() };
        let readers = Readers::new(limits);
        let code = |caller: &Caller| readers.enter(caller).map_err(|error| error.problem().code);
        let mut inside = Vec::new();
        for (name, project) in [("a", Some(1)), ("a", Some(1)), ("b", Some(1)), ("b", Some(2))] {
            inside.push(readers.enter(&caller(name, project)).unwrap());
        }
        let refused = [
            (caller("a", Some(2)), "too_many_readers_of_key"),
            (caller("c", Some(1)), "too_many_readers_of_project"),
            (caller("c", None), "too_many_readers"),
        ];
        for (who, expected) in &refused {
            assert_eq!(code(who).unwrap_err(), *expected);
        }
        inside.clear();
        assert!(refused.iter().all(|(who, _)| code(who).is_ok()));
        assert_eq!(readers.0.present().keys.len(), 0, "nobody is remembered who has left");
    }

    #[tokio::test]
    async fn a_server_that_stops_ends_all_and_lets_nobody_in() {
        let readers = Readers::new(ReaderLimits::default());
        let mut inside = readers.enter(&caller("a", None)).unwrap();
        assert!(!inside.has_ended());
        readers.end();
        assert_eq!(inside.ended().await.problem().code, "shutting_down");
        let late = readers.enter(&caller("a", None)).unwrap_err();
        assert_eq!(late.problem().code, "shutting_down");
    }
}
