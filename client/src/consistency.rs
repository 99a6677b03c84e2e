//! The newest revision that a client has seen.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{HeaderMap, HeaderValue};

use crate::Error;

/// Shared by the clones of a client that reads its writes.
#[derive(Clone)]
pub(crate) struct Consistency {
    latest: Arc<Mutex<Option<HeaderValue>>>,
    /// Answers move it on.
    follows: bool,
}

impl Consistency {
    pub(crate) fn following() -> Self {
        Self { latest: Arc::default(), follows: true }
    }

    pub(crate) fn fixed(revision: &str) -> Result<Self, Error> {
        let value = HeaderValue::from_str(revision)
            .map_err(|_| Error::input("the revision holds control characters"))?;
        Ok(Self { latest: Arc::new(Mutex::new(Some(value))), follows: false })
    }

    /// What to ask for at least.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes note of an answer. Revisions of a project never go backwards for a caller who passes
    /// them on, so the last answer's is the newest but for answers that crossed: those are as
    /// new as what was asked for, which is all that is promised.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        if let Some(revision) = headers.get("revision").filter(|_| self.follows) {
            *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(revision.clone());
        }
    }
}
