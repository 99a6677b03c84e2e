//! A verdict, as whoever reached it says it.

use sail_cargo_database::tables::audit_events::Text;

use crate::domain::{Outcome, ProjectId};

/// A verdict to be recorded.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The project it was made in.
    pub project: ProjectId,
    /// Such as `s3:PutObject` or `grant.put`.
    pub action: &'static str,
    /// The bucket, where there is one.
    pub bucket: Option<String>,
    /// The key, prefix or subject, where there is one.
    pub object: Option<String>,
    /// The verdict.
    pub outcome: Outcome,
    /// `ok`, or the code of the refusal.
    pub reason: &'static str,
    /// The sentence that went with it.
    pub detail: Text,
    /// The revision it was decided at.
    pub revision: Option<i64>,
    /// For signatures: what joins the event with the storage's own log.
    pub request: Option<SignedRequest>,
}

impl Decision {
    /// What was asked, how it ended and why, for metrics: nothing that the request chose.
    pub(super) const fn labels(&self) -> [&'static str; 3] {
        let outcome = match self.outcome {
            Outcome::Allow => "allow",
            Outcome::Deny => "deny",
            Outcome::Malformed => "malformed",
        };
        [self.action, outcome, self.reason]
    }
}

/// What the storage's access log shows of a signed request, too.
#[derive(Debug, Clone)]
pub struct SignedRequest {
    /// The method.
    pub method: Text,
    /// The payload hash or kind.
    pub payload: Option<Text>,
    /// The access key id it was signed with.
    pub access_key_id: Option<String>,
}
