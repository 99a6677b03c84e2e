//! Records refused changes of grants.

use super::words::place;
use crate::audit::{Decision, Text};
use crate::domain::{Conflict, Context, GrantKey, Outcome, ProjectId, Resource};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

/// The audit record for a change that may be refused.
pub(super) struct RefusalRecord {
    context: Context,
    decision: Decision,
}

impl RefusalRecord {
    pub(super) fn new(
        project: &ProjectId,
        context: &Context,
        action: &'static str,
        key: &GrantKey,
    ) -> Self {
        let decision = Decision {
            project: project.clone(),
            action,
            bucket: Some(key.bucket.to_string()),
            object: Some(place(key)),
            outcome: Outcome::Deny,
            reason: "",
            detail: Text::default(),
            revision: None,
            request: None,
        };
        Self { context: context.clone(), decision }
    }
}

impl Service {
    /// Records a refusal in a transaction of its own, because the change's transaction was rolled
    /// back.
    pub(super) async fn on_record<T>(
        &self,
        refusal: RefusalRecord,
        changed: Result<T, ServiceError>,
    ) -> Result<T, ServiceError> {
        let Err(error) = &changed else { return changed };
        let reason = match error.inner() {
            ServiceError::Forbidden(_) => "no_permission",
            ServiceError::NotFound(Resource::Bucket) => "not_found",
            ServiceError::Conflict(last_admin @ Conflict::LastAdmin(_)) => last_admin.code(),
            _ => return changed,
        };
        let detail = error.to_string().into();
        let decision = Decision { reason, detail, ..refusal.decision };
        self.audit.record(&refusal.context, vec![decision]).await?;
        changed
    }
}
