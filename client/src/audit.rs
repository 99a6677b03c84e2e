//! The audit trail.

use futures_util::Stream;
use sail_cargo_protocol::{AuditEvent, AuditQuery, Page, PruneAudit, PrunedAudit};

use crate::{Client, Error};

impl Client {
    /// Lists one page of audit events, newest first (`GET /v1/audit-events`). For an operator who
    /// names no project: changes by operators, and failed authentications.
    pub async fn audit_events(&self, query: &AuditQuery) -> Result<Page<AuditEvent>, Error> {
        self.answer(self.get(&["v1", "audit-events"])?.query(query)).await
    }

    /// Lists all events that `query` selects, newest first, page after page.
    pub fn audit_events_stream(
        &self,
        query: &AuditQuery,
    ) -> impl Stream<Item = Result<AuditEvent, Error>> + Send + use<> {
        self.items(&["v1", "audit-events"], query)
    }

    /// Deletes old audit events, or counts them (`POST /v1/audit-events/prune`). For operators: in
    /// the project that the client names, otherwise in all projects and outside of projects. The
    /// server spends a few seconds per request; while the response has `more`, call again with its
    /// `next` as `after`.
    pub async fn prune_audit(&self, prune: &PruneAudit) -> Result<PrunedAudit, Error> {
        self.answer(self.post(&["v1", "audit-events", "prune"])?.json(prune)).await
    }
}
