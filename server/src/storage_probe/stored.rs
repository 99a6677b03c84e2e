//! Probes the storage of an account, and keeps and records what was found.

use std::sync::Arc;

use sail_cargo_database::NewStore;
use sail_cargo_protocol::ProbeReport;
use tokio::time::Instant;

use super::environment::ProbeEnvironment;
use super::error::ProbeError;
use super::findings::Findings;
use super::report::{self, StoreUse, verdict};
use super::run::{Manner, TIME, run};
use super::workspace::Workspace;
use crate::audit::OperatorAct;
use crate::clock::Clock;
use crate::domain::s3::Endpoint;
use crate::domain::sigv4::StoreCredentials;
use crate::domain::{Context, Slug};
use crate::service::{Service, ServiceError};
use crate::storage_client::{PayloadMode, ServerPrincipal, Signer, StorageClient, UnsignedRequest};

/// The audit action of a probe.
const ACTION: &str = "store.probe";

/// Probes every endpoint of the stored account `name`, stores the report, and records the result.
/// It runs to the end, with its cleanup, even if the caller is gone.
///
/// # Errors
/// [`ProbeError`]; no report is stored then.
pub async fn probe_store(
    service: Service,
    name: Slug,
    manner: Manner,
    context: Context,
) -> Result<ProbeReport, ProbeError> {
    to_its_end(async move {
        let probed = probe_stored(&service, &name, &manner, &context).await;
        if probed.is_err() {
            record(&service, &name, &probed, StoreUse::default(), &context).await?;
        }
        probed
    })
    .await
}

/// Probes an account before it is stored, and records the result. It runs to the end like
/// [`probe_store`], and stores no report.
///
/// # Errors
/// See [`ProbeError`].
pub async fn probe_account(
    service: Service,
    new: NewStore,
    manner: Manner,
    context: Context,
) -> Result<ProbeReport, ProbeError> {
    to_its_end(async move {
        let NewStore { access_key_id, secret_access_key, region, .. } = new;
        let credentials = Arc::new(StoreCredentials::new(access_key_id, secret_access_key, region));
        let probed = probe(&new.endpoints, &credentials, &manner).await;
        let is_accepted = new.accept_unsafe_storage;
        let used = StoreUse { is_accepted, access: new.access.unwrap_or_default() };
        record(&service, &new.name, &probed, used, &context).await?;
        probed
    })
    .await
}

async fn to_its_end(
    probe: impl Future<Output = Result<ProbeReport, ProbeError>> + Send + 'static,
) -> Result<ProbeReport, ProbeError> {
    tokio::spawn(probe).await.map_err(|error| ProbeError::Failed(error.to_string()))?
}

async fn probe_stored(
    service: &Service,
    name: &Slug,
    manner: &Manner,
    context: &Context,
) -> Result<ProbeReport, ProbeError> {
    let account = service.store(name.clone()).await?;
    let first = account.endpoints.first().ok_or_else(no_endpoint)?;
    let credentials = credentials(service, name, first, &manner.clock).await?;
    let report = probe(&account.endpoints, &credentials, manner).await?;
    let sentence = verdict(&report, StoreUse::from(&account));
    log::info!("store {name} was probed: {sentence}");
    let act = OperatorAct::done(ACTION, name, sentence);
    service.keep_probe(account, report.clone(), act, context.clone()).await?;
    Ok(report)
}

/// Records the result of a probe, if the probe sent any request.
async fn record(
    service: &Service,
    name: &Slug,
    probed: &Result<ProbeReport, ProbeError>,
    used: StoreUse,
    context: &Context,
) -> Result<(), ServiceError> {
    let act = match probed {
        Ok(report) => OperatorAct::done(ACTION, name, verdict(report, used)),
        Err(error) => {
            let Some(code) = error.code() else { return Ok(()) };
            OperatorAct::failed(ACTION, name, code, error.to_string())
        }
    };
    Ok(service.audit().record_act(context, act).await?)
}

async fn probe(
    endpoints: &[Endpoint],
    credentials: &Arc<StoreCredentials>,
    manner: &Manner,
) -> Result<ProbeReport, ProbeError> {
    let deadline = Instant::now() + TIME;
    let mut worst: Option<Findings> = None;
    for endpoint in endpoints {
        let workspace = Workspace::choose(manner.bucket.clone())?;
        let principal = ServerPrincipal::of(workspace.buckets()?)?.of_every_operation();
        let principal = principal.of_every_reading();
        let (endpoint, credentials) = (endpoint.clone().of_gateway(), Arc::clone(credentials));
        let client = StorageClient::new(manner.upstream.clone(), &endpoint);
        let signer = Signer { principal, endpoint, credentials, clock: manner.clock.clone() };
        let findings = run(ProbeEnvironment::new(client, signer, workspace), deadline).await?;
        worst = Some(match worst {
            Some(worst) => worst.or_worse(findings),
            None => findings,
        });
    }
    Ok(report::write(&worst.ok_or_else(no_endpoint)?, manner.clock.now()))
}

fn no_endpoint() -> ProbeError {
    ProbeError::Failed("the store has no endpoint".to_owned())
}

/// The stored credentials. Like every signature, this needs an approved request.
async fn credentials(
    service: &Service,
    name: &Slug,
    endpoint: &Endpoint,
    clock: &Clock,
) -> Result<Arc<StoreCredentials>, ProbeError> {
    let workspace = Workspace::choose(None)?;
    let principal = ServerPrincipal::of([workspace.bucket.clone()])?;
    let url = format!("{}/{}", endpoint.url(), workspace.bucket);
    let (headers, payload, body) = (Vec::new(), PayloadMode::Unsigned, Vec::new());
    let head = UnsignedRequest { method: "HEAD", url, headers, payload, body }.parse(endpoint)?;
    let approval = principal.approve(&head, clock.now())?;
    Ok(service.probe_credentials(name.clone(), approval.approved()).await?)
}
