//! The gateway's part of the pipeline: a request is judged for a storage that only the gateway speaks to,
//! written for the storage's own endpoint, and signed there.

use super::buckets::{self, Ground};
use super::credentials::credentials;
use super::error::PipelineError;
use super::record;
use crate::audit::Decision;
use crate::domain::caller::Scope;
use crate::domain::pipeline::{Approval, ParsedRequest, SigningError, SigningRequest};
use crate::domain::s3::{Endpoint, S3Request};
use crate::domain::sigv4::{self, StoreCredentials};
use crate::domain::{
    BucketName, Caller, Context, Denied, GatewayContract, GatewaySettings, Holdings, ProjectId,
    ReservationId, Resource,
};
use crate::service::bucket_lifecycle::Reconciler;
use crate::service::error::ServiceError;
use crate::service::handle::Service;

/// A request that was understood, or why it was not.
pub type Read = Result<ParsedRequest, SigningError>;

/// Everything that bears on the requests of one client request, read at one revision.
pub struct Judge<'a> {
    service: &'a Service,
    reconciler: &'a Reconciler,
    context: &'a Context,
    project: ProjectId,
    ground: Ground,
}

/// A request that may go out, signed for the storage.
#[derive(Debug)]
pub struct Outgoing {
    /// The URL, whose host is the `Host` header.
    pub url: String,
    /// Every header that is sent beside `host`, the signature's included.
    pub headers: Vec<(String, String)>,
    /// What settles the creation or deletion of a bucket.
    pub reservation_id: Option<ReservationId>,
    /// The revision it was judged at.
    pub revision: i64,
    /// The address of the storage that it goes to.
    pub endpoint: Endpoint,
}

impl<'a> Judge<'a> {
    /// Reads what `requests` are judged by.
    ///
    /// # Errors
    /// [`PipelineError::NoProject`] for a caller without a project; [`PipelineError::Service`] if the
    /// database does not answer.
    pub async fn read(
        (service, reconciler, context): (&'a Service, &'a Reconciler, &'a Context),
        requests: &[Read],
    ) -> Result<Self, PipelineError> {
        let project = context.caller.project().ok_or(PipelineError::NoProject)?.clone();
        let read = buckets::ground(service, reconciler, context, &project, requests).await?;
        let ground = read.value.behind_gateway();
        Ok(Self { service, reconciler, context, project, ground })
    }

    /// The project of the caller.
    pub fn project(&self) -> &ProjectId {
        &self.project
    }

    /// What the project says of the gateway.
    pub fn gateway_settings(&self) -> GatewaySettings {
        self.ground.gateway_settings()
    }

    /// Judges a request. Nothing is recorded.
    ///
    /// # Errors
    /// Why it is refused or denied.
    pub fn judge<'r>(&self, request: &'r Read) -> Result<Approval<'r>, SigningError> {
        self.ground.judge(request, self.context)
    }

    /// What the caller holds in `bucket`.
    pub fn holdings(&self, bucket: &BucketName) -> Holdings {
        self.ground.holdings(self.context, bucket)
    }

    /// What the storage does with what only the gateway sends.
    pub fn at_gateway(&self) -> GatewayContract {
        self.ground.at_gateway()
    }

    /// Whether the bucket is the project's.
    pub fn has(&self, bucket: &BucketName) -> bool {
        self.ground.has(bucket)
    }

    /// Judges a request that Cargo answers itself, and records that it is allowed. A refusal is recorded by
    /// whoever answers with it.
    ///
    /// # Errors
    /// [`PipelineError::Service`] without a record.
    pub async fn admit(
        &self,
        ask: SigningRequest<'_>,
        request: &Read,
    ) -> Result<Result<(), SigningError>, PipelineError> {
        let verdict = self.judge(request);
        if verdict.is_ok() {
            let decision = record::decision(&self.project, ask, request, &verdict, None);
            self.record(vec![decision]).await?;
        }
        Ok(verdict.map(|_| ()))
    }

    /// Records the verdicts on requests that are refused, each with what was asked.
    ///
    /// # Errors
    /// [`PipelineError::Service`] without a record.
    pub async fn record_refused(
        &self,
        refused: &[(SigningRequest<'_>, &Read)],
    ) -> Result<(), PipelineError> {
        let decision = |(ask, read): &(SigningRequest<'_>, &Read)| {
            record::decision(&self.project, *ask, read, &self.judge(read), None)
        };
        Ok(self.record(refused.iter().map(decision).collect()).await?)
    }

    /// Records a request that Cargo answers by a rule of its own.
    ///
    /// # Errors
    /// [`PipelineError::Service`] without a record.
    pub async fn record_own(
        &self,
        request: &S3Request,
        detail: &'static str,
    ) -> Result<(), PipelineError> {
        let decision = record::own(&self.project, request, detail, self.ground.revision());
        Ok(self.record(vec![decision]).await?)
    }

    /// Refuses every request in a project that is not active, and those of callers who may have nothing
    /// signed. Whatever Cargo answers by itself is held to this.
    ///
    /// # Errors
    /// [`Denied::ProjectInactive`], [`Denied::Operator`], [`Denied::ScopeMissing`].
    pub fn demand_open(&self) -> Result<(), Denied> {
        match &self.context.caller {
            _ if !self.ground.is_active() => Err(Denied::ProjectInactive),
            Caller::Operator { .. } => Err(Denied::Operator),
            caller if !caller.has_scope(Scope::Sign) => Err(Denied::ScopeMissing),
            _ => Ok(()),
        }
    }

    /// Judges a request, reserves the bucket that it creates or deletes, signs it for the storage, and
    /// records that it is allowed. A refusal is recorded by whoever answers with it.
    ///
    /// # Errors
    /// [`PipelineError::Service`]: no record, nothing goes out.
    pub async fn forward(
        &self,
        ask: SigningRequest<'_>,
        request: &Read,
    ) -> Result<Result<Outgoing, SigningError>, PipelineError> {
        let (service, project) = (self.service, &self.project);
        let endpoint = self.endpoint().await?;
        let mut verdicts =
            [self.judge(request).and_then(|approval| spellable(approval, &endpoint))];
        buckets::reserve(service, self.reconciler, self.context, project, &mut verdicts).await?;
        let credentials = credentials(service, project, &verdicts).await?;
        let [verdict] = verdicts;
        if verdict.is_ok() {
            let keys = credentials.as_deref();
            self.record(vec![record::decision(project, ask, request, &verdict, keys)]).await?;
        }
        Ok(match (verdict, credentials) {
            (Ok(approval), Some(keys)) => Ok(self.write(approval, endpoint, &keys)?),
            (Ok(_), None) => return Err(ServiceError::NotFound(Resource::Credentials).into()),
            (Err(no), _) => Err(no),
        })
    }

    /// Where the project's storage answers.
    async fn endpoint(&self) -> Result<Endpoint, ServiceError> {
        let endpoints = self.service.endpoints(self.project.clone()).await?;
        endpoints.first().cloned().ok_or(ServiceError::NotFound(Resource::Store))
    }

    fn write(
        &self,
        approval: Approval<'_>,
        endpoint: Endpoint,
        keys: &StoreCredentials,
    ) -> Result<Outgoing, ServiceError> {
        let respelled = approval.approved().respelled(&endpoint);
        // It was spelled before it was recorded.
        let respelled = respelled.map_err(|_| ServiceError::NotFound(Resource::Store))?;
        let signature = sigv4::sign_respelled(&respelled, keys, self.context.now);
        let mut headers = respelled.headers().to_vec();
        headers.extend(signature.headers);
        let (url, revision) = (respelled.url().to_owned(), approval.approved().revision());
        let reservation_id = approval.into_reservation_id();
        Ok(Outgoing { url, headers, reservation_id, revision, endpoint })
    }

    async fn record(&self, decisions: Vec<Decision>) -> Result<(), ServiceError> {
        let by_gateway = |decision: Decision| {
            let detail = format!("gateway: {}", decision.detail).into();
            Decision { detail, ..decision }
        };
        let decisions = decisions.into_iter().map(by_gateway).collect();
        Ok(self.service.audit().record(self.context, decisions).await?)
    }
}

/// The approval of a request that the storage's endpoint can be asked.
fn spellable<'r>(
    approval: Approval<'r>,
    endpoint: &Endpoint,
) -> Result<Approval<'r>, SigningError> {
    approval.approved().respelled(endpoint)?;
    Ok(approval)
}
