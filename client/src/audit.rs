//! The audit trail.

use sail_cargo_protocol::{AuditEvent, AuditQuery, Page};

use crate::{Client, Error};

impl Client {
    /// What was asked of Cargo and how it ended, newest first (`GET /v1/audit-events`).
    pub async fn audit_events(&self, query: &AuditQuery) -> Result<Page<AuditEvent>, Error> {
        self.answer(self.get(&["v1", "audit-events"])?.query(query)).await
    }
}
