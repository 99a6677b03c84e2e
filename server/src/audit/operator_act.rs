//! An operator's act outside of projects.

use crate::domain::{Outcome, Slug};

/// An operator's act outside of projects, done or attempted.
#[derive(Debug, Clone)]
pub struct OperatorAct {
    /// The action, such as `store.put`.
    pub action: &'static str,
    /// The object of the act, such as a store's name.
    pub object: Option<String>,
    /// The outcome of the act.
    pub outcome: Outcome,
    /// `ok`, or the code of the failure.
    pub reason: &'static str,
    /// The sentence that describes the act. It never contains a secret.
    pub detail: String,
}

impl OperatorAct {
    /// An act that was done.
    pub fn done(action: &'static str, object: &Slug, detail: String) -> Self {
        let object = Some(object.to_string());
        Self { action, object, outcome: Outcome::Allow, reason: "ok", detail }
    }

    /// An act that failed.
    pub fn failed(
        action: &'static str,
        object: &Slug,
        reason: &'static str,
        detail: String,
    ) -> Self {
        let object = Some(object.to_string());
        Self { action, object, outcome: Outcome::Deny, reason, detail }
    }
}
