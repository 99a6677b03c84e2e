//! Direct access to the service, to record and read audit events.

use sail_cargo_client::protocol::{Outcome, Project};
use sail_cargo_database::{DatabaseUrl, MasterKey};
use sail_cargo_server::audit::{AuditError, Decision, SignedRequest};
use sail_cargo_server::domain::{AuditEvent, AuditFilter};
use sail_cargo_server::domain::{Caller, Context, OperatorName, Origin, ProjectId, Secret};
use sail_cargo_server::service::Service;

use super::app::TestApp;

/// Records verdicts in project `sail`, beside the server.
pub(crate) struct Recorder {
    pub(crate) store: Service,
    pub(crate) project: ProjectId,
    context: Context,
}

impl TestApp {
    /// A recorder on the server's database.
    pub(crate) async fn recorder(&self) -> Recorder {
        self.recorder_on(self.database.url()).await
    }

    /// A recorder on another database.
    pub(crate) async fn recorder_on(&self, url: DatabaseUrl) -> Recorder {
        let project: Project = self.operator().get("/v1/projects/sail").await.ok();
        let project = ProjectId::parse(&project.id).unwrap();
        let master_key = Secret::new(self.secrets.master_key.clone());
        let name = OperatorName::parse("operator").unwrap();
        let context = Context {
            caller: Caller::Operator { name, project: Some(project.clone()) },
            now: self.clock.now(),
            request_id: "test".to_owned(),
            origin: Origin::default(),
            at_least: None,
            idempotency: None,
        };
        let store = Service::open(url, 3, MasterKey::parse(&master_key).unwrap());
        Recorder { store, project, context }
    }
}

impl Recorder {
    /// This recorder with a spool in `directory`.
    pub(crate) fn spooled(mut self, directory: &std::path::Path) -> Self {
        self.store = self.store.with_audit_spool(directory).unwrap();
        self
    }

    /// Records in one call that each of `objects` was signed.
    pub(crate) async fn record(&self, objects: &[&str]) -> Result<(), AuditError> {
        let decisions = objects.iter().map(|object| decision(&self.project, object));
        self.record_all(decisions.collect()).await
    }

    pub(crate) async fn record_all(&self, decisions: Vec<Decision>) -> Result<(), AuditError> {
        self.store.audit().record(&self.context, decisions).await
    }

    /// The objects of all signatures, in the order of their recording.
    pub(crate) async fn listed(&self) -> Vec<String> {
        let events = self.events().await;
        events.into_iter().rev().filter_map(|event| event.key).collect()
    }

    /// The events of [`Recorder::record`], newest first.
    pub(crate) async fn events(&self) -> Vec<AuditEvent> {
        let filter = AuditFilter {
            action: Some("s3:GetObject".to_owned()),
            limit: 10_000,
            ..AuditFilter::default()
        };
        self.store.audit().events(self.project.clone(), filter, None).await.unwrap().value
    }
}

/// The verdict that allows a GET of `object`.
pub(crate) fn decision(project: &ProjectId, object: &str) -> Decision {
    Decision {
        project: project.clone(),
        action: "s3:GetObject",
        bucket: Some("photos".to_owned()),
        object: Some(object.to_owned()),
        outcome: Outcome::Allow,
        reason: "ok",
        detail: "signed".into(),
        revision: Some(1),
        request: Some(SignedRequest {
            method: "GET".into(),
            payload: Some("UNSIGNED-PAYLOAD".into()),
            access_key_id: Some("AKIACARGO".to_owned()),
        }),
    }
}
