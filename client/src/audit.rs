//! The audit trail.

use futures_util::Stream;
use sail_cargo_protocol::{AuditEvent, AuditQuery, Page, PruneAudit, PrunedAudit};

use crate::{Client, Error};

impl Client {
    /// What was asked of Cargo and how it ended, newest first (`GET /v1/audit-events`). For an
    /// operator who names no project: what operators did, and who failed to authenticate.
    pub async fn audit_events(&self, query: &AuditQuery) -> Result<Page<AuditEvent>, Error> {
        self.answer(self.get(&["v1", "audit-events"])?.query(query)).await
    }

    /// All events that `query` lets through, newest first, page after page.
    pub fn audit_events_stream(
        &self,
        query: &AuditQuery,
    ) -> impl Stream<Item = Result<AuditEvent, Error>> + Send + use<> {
        self.items(&["v1", "audit-events"], query)
    }

    /// Removes old audit events, or counts them (`POST /v1/audit-events/prune`). For operators: of
    /// the project they name, or of all projects and of none. The server takes some seconds for
    /// each request; while the answer says `more`, ask again `after` its `next`.
    pub async fn prune_audit(&self, prune: &PruneAudit) -> Result<PrunedAudit, Error> {
        self.answer(self.post(&["v1", "audit-events", "prune"])?.json(prune)).await
    }
}
