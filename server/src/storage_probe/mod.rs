//! Tests how a storage treats requests that were modified after signing, and operations that it
//! does not know.
//!
//! A signature protects only what is signed, and only as far as the storage checks it. A storage
//! that obeys *unsigned* `x-amz-*` headers turns the right to write one key into the right to read
//! everything (`docs/THREAT_MODEL.md`). The probe runs each such attack on its own objects and
//! buckets, checks for an effect, and removes what it created. Its requests pass the same pipeline
//! as all signed requests.

mod attack_run;
mod body;
mod case;
mod cleanup;
mod created;
mod environment;
mod error;
mod findings;
mod report;
mod sub_resource;
mod sub_resource_run;
mod through_gateway;
mod workspace;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use sail_cargo_protocol::{ProbeReport, ProbeSeverity};
use tokio::time::{Instant, timeout, timeout_at};

pub use error::ProbeError;
pub use report::{StoreUse, safety_of, text, verdict, warnings};
pub use through_gateway::{gateway_text, gateway_verdict, probe_gateway};

use crate::audit::OperatorAct;
use crate::clock::Clock;
use crate::domain::s3::Endpoint;
use crate::domain::sigv4::StoreCredentials;
use crate::domain::{BucketName, Context, Slug};
use crate::service::{Service, ServiceError};
use crate::storage_client::upstream::Upstream;
use crate::storage_client::{
    PayloadMode, ServerPrincipal, Signer, StorageClient, StorageError, UnsignedRequest,
};
use case::{CASES, Case};
use environment::{AT_ONCE, ProbeEnvironment};
use findings::{Findings, Outcome};
use sail_cargo_database::NewStore;
use workspace::Workspace;

/// The audit action of a probe.
const ACTION: &str = "store.probe";

/// The longest time for all attacks.
const TIME: Duration = Duration::from_secs(90);
/// The longest time for the cleanup.
const TIME_TO_CLEAR: Duration = Duration::from_secs(20);

/// How to probe a storage.
#[derive(Debug, Clone)]
pub struct Manner {
    /// The bucket to work in, under `sail-cargo-probe/`. If it is absent, the probe creates its own
    /// buckets.
    pub bucket: Option<BucketName>,
    /// How to connect to the storage.
    pub upstream: Upstream,
    /// The clock for signatures.
    pub clock: Clock,
}

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
        let (endpoint, credentials) = (endpoint.clone(), Arc::clone(credentials));
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

/// Runs all attacks on one endpoint, and cleans up in any case.
async fn run(mut environment: ProbeEnvironment, deadline: Instant) -> Result<Findings, ProbeError> {
    let played = timeout_at(deadline, play(&mut environment)).await;
    let cleared = timeout(TIME_TO_CLEAR, environment.cleanup()).await;
    if cleared.is_err() {
        log::warn!(
            "the probe had no time to remove all its objects in `{}`",
            environment.workspace.bucket
        );
    }
    played.unwrap_or_else(|_| Err(StorageError::Busy(environment.endpoint_url().to_owned()).into()))
}

async fn play(environment: &mut ProbeEnvironment) -> Result<Findings, ProbeError> {
    environment.setup().await?;
    let cases = some_at_once(CASES.each_ref().map(|case| Box::pin(surely(environment, case))));
    let cases = cases.try_collect().await?;
    let sub_resources = sub_resource::tried().map(|operation| {
        let tried = Box::pin(environment.try_sub_resource(operation));
        async move { Ok((operation, tried.await?.or_untestable())) }
    });
    let sub_resources = some_at_once(sub_resources).try_collect().await?;
    Ok(Findings { cases, sub_resources, server: environment.server.clone() })
}

/// Runs an attack, and a second time if the outcome is unclear. If a fatal attack stays unclear,
/// the probe fails: its report must not say that the storage is safe.
async fn surely(environment: &ProbeEnvironment, case: &Case) -> Result<Outcome, ProbeError> {
    let first = environment.attempt(case.attack).await?;
    if !matches!(first, Outcome::Unclear { .. }) {
        return Ok(first);
    }
    let is_relied_on = case.severity == ProbeSeverity::Bounded;
    match first.again(environment.attempt(case.attack).await?, is_relied_on) {
        Outcome::Unclear { .. } if case.severity == ProbeSeverity::Fatal => {
            Err(StorageError::Busy(environment.endpoint_url().to_owned()).into())
        }
        outcome => Ok(outcome.or_untestable()),
    }
}

fn some_at_once<T>(
    attacks: impl IntoIterator<Item = impl Future<Output = Result<T, ProbeError>>>,
) -> impl Stream<Item = Result<T, ProbeError>> {
    futures_util::stream::iter(attacks).buffered(AT_ONCE)
}
