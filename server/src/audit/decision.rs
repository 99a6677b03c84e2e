//! A verdict, as the code that reached it reports it.

use sail_cargo_database::tables::audit_events::Text;

use crate::domain::{Outcome, ProjectId};

/// A verdict to record.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The project that the verdict is about.
    pub project: ProjectId,
    /// The action, such as `s3:PutObject` or `grant.put`.
    pub action: &'static str,
    /// The bucket, if any.
    pub bucket: Option<String>,
    /// The object key, prefix or subject, if any.
    pub object: Option<String>,
    /// The verdict.
    pub outcome: Outcome,
    /// `ok`, or the code of the refusal.
    pub reason: &'static str,
    /// The sentence that explains the verdict.
    pub detail: Text,
    /// The revision that the verdict is based on.
    pub revision: Option<i64>,
    /// For signatures: the fields that identify the request in the storage's own log.
    pub request: Option<SignedRequest>,
}

impl Decision {
    /// The labels for metrics: action, outcome and reason. None of them contains text of the
    /// request.
    pub(super) const fn labels(&self) -> [&'static str; 3] {
        let outcome = match self.outcome {
            Outcome::Allow => "allow",
            Outcome::Deny => "deny",
            Outcome::Malformed => "malformed",
        };
        [self.action, outcome, self.reason]
    }
}

/// The fields of a signed request that also appear in the storage's access log.
#[derive(Debug, Clone)]
pub struct SignedRequest {
    /// The method of the request.
    pub method: Text,
    /// The payload hash or payload mode.
    pub payload: Option<Text>,
    /// The access key id of the store that signed the request.
    pub access_key_id: Option<String>,
}
