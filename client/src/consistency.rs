//! The minimum revision of responses.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{HeaderMap, HeaderValue};

use crate::Error;

/// The minimum revision for the requests of a client and its clones.
#[derive(Clone)]
pub(crate) struct Consistency {
    latest: Arc<Mutex<Option<HeaderValue>>>,
    /// Whether responses raise the revision.
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

    /// The value of `If-Revision-At-Least`, if there is one.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes the revision of a response. The last response has the newest revision, except when
    /// responses overtake each other. Even then the revision is at least the one that its request
    /// required, which is all that is promised.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        if let Some(revision) = headers.get("revision").filter(|_| self.follows) {
            *self.latest.lock().unwrap_or_else(PoisonError::into_inner) = Some(revision.clone());
        }
    }
}
