//! What an operator did, as an event that is no project's.

use crate::domain::{Outcome, Slug};

/// What an operator did outside of projects, or tried.
#[derive(Debug, Clone)]
pub struct OperatorAct {
    /// Such as `store.put`.
    pub action: &'static str,
    /// To what, such as a store's name.
    pub object: Option<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// `ok`, or the code of what stood in the way.
    pub reason: &'static str,
    /// The sentence that goes with it. No secret.
    pub detail: String,
}

impl OperatorAct {
    /// One that was done.
    pub fn done(action: &'static str, object: &Slug, detail: String) -> Self {
        let object = Some(object.to_string());
        Self { action, object, outcome: Outcome::Allow, reason: "ok", detail }
    }

    /// One that came to nothing.
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
