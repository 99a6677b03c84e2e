//! What does the real storage do with a request that was changed after it was signed, and with one
//! that it does not know?
//!
//! A signature binds what is signed and nothing else, and no more than the storage checks: one that
//! honours *unsigned* `x-amz-*` headers turns the right to write one key into the right to read
//! everything (`docs/THREAT_MODEL.md`). The probe plays each such trick with throw-away objects and
//! buckets, looks for its effect, and removes what it made. What it signs passes the same judge and
//! signer as everything else.

mod body;
mod case;
mod error;
mod findings;
mod litter;
mod place;
mod report;
mod scene;
mod sub_resource;
mod trial;

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use sail_cargo_protocol::{ProbeReport, ProbeSeverity};
use tokio::time::{Instant, timeout, timeout_at};

pub use error::ProbeError;
pub use report::{standing, text, verdict, warnings};

use crate::clock::Clock;
use crate::domain::s3::Endpoint;
use crate::domain::sigv4::StoreCredentials;
use crate::domain::{BucketName, Context, Slug};
use crate::outbound::Outbound;
use crate::storage::{Declared, Draft, Judge, Line, Pen, StorageError, http};
use crate::store::{NewStore, OperatorAct, Store, StoreError};
use case::{CASES, Case};
use findings::{Findings, Outcome};
use place::Place;
use scene::{AT_ONCE, Scene};

/// What a probe is called on record.
const ACTION: &str = "store.probe";

/// How long all that is tried may take.
const TIME: Duration = Duration::from_secs(90);
/// How long removing what was made may take.
const TIME_TO_CLEAR: Duration = Duration::from_secs(20);

/// How a storage is probed.
#[derive(Debug, Clone)]
pub struct Manner {
    /// The bucket to work in, below `sail-cargo-probe/`; some are made for it when absent.
    pub bucket: Option<BucketName>,
    /// How the storage is reached.
    pub outbound: Outbound,
    /// The time that is signed.
    pub clock: Clock,
}

/// Probes every endpoint of the stored account `name` and keeps the report; what came of it is on
/// record. It runs to its end, and cleans up after itself, even when nobody waits for it any more.
///
/// # Errors
/// See [`ProbeError`]: then nothing is kept.
pub async fn probe_store(
    store: Store,
    name: Slug,
    manner: Manner,
    context: Context,
) -> Result<ProbeReport, ProbeError> {
    to_its_end(async move {
        let probed = probe_stored(&store, &name, &manner, &context).await;
        if probed.is_err() {
            record(&store, &name, &probed, false, &context).await?;
        }
        probed
    })
    .await
}

/// Probes an account that is about to be stored, in the same way, and keeps nothing; what came of
/// it is on record.
///
/// # Errors
/// See [`ProbeError`].
pub async fn probe_account(
    store: Store,
    new: NewStore,
    manner: Manner,
    context: Context,
) -> Result<ProbeReport, ProbeError> {
    to_its_end(async move {
        let NewStore { access_key_id, secret_access_key, region, .. } = new;
        let credentials = Arc::new(StoreCredentials::new(access_key_id, secret_access_key, region));
        let probed = probe(&new.endpoints, &credentials, &manner).await;
        record(&store, &new.name, &probed, new.accept_unsafe_storage, &context).await?;
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
    store: &Store,
    name: &Slug,
    manner: &Manner,
    context: &Context,
) -> Result<ProbeReport, ProbeError> {
    let account = store.store(name.clone()).await?;
    let first = account.endpoints.first().ok_or_else(no_endpoint)?;
    let credentials = credentials(store, name, first, &manner.clock).await?;
    let report = probe(&account.endpoints, &credentials, manner).await?;
    let sentence = verdict(&report, account.accept_unsafe_storage);
    log::info!("store {name} was probed: {sentence}");
    let act = OperatorAct::done(ACTION, name, sentence);
    store.keep_probe(account, report.clone(), act, context.clone()).await?;
    Ok(report)
}

/// Puts on record what came of a probe, if the storage was asked anything.
async fn record(
    store: &Store,
    name: &Slug,
    probed: &Result<ProbeReport, ProbeError>,
    accepted: bool,
    context: &Context,
) -> Result<(), StoreError> {
    let act = match probed {
        Ok(report) => OperatorAct::done(ACTION, name, verdict(report, accepted)),
        Err(error) => {
            let Some(code) = error.code() else { return Ok(()) };
            OperatorAct::failed(ACTION, name, code, error.to_string())
        }
    };
    store.record_act(context, act).await
}

async fn probe(
    endpoints: &[Endpoint],
    credentials: &Arc<StoreCredentials>,
    manner: &Manner,
) -> Result<ProbeReport, ProbeError> {
    let http = http(&manner.outbound)?;
    let deadline = Instant::now() + TIME;
    let mut worst: Option<Findings> = None;
    for endpoint in endpoints {
        let place = Place::choose(manner.bucket.clone())?;
        let judge = Judge::of(place.buckets()?)?.of_every_operation();
        let (endpoint, credentials) = (endpoint.clone(), Arc::clone(credentials));
        let line = Line::new(http.clone(), &endpoint);
        let pen = Pen { judge, endpoint, credentials, clock: manner.clock.clone() };
        let findings = run(Scene::new(line, pen, place), deadline).await?;
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

/// The stored keys, for an approved request as for everybody.
async fn credentials(
    store: &Store,
    name: &Slug,
    endpoint: &Endpoint,
    clock: &Clock,
) -> Result<Arc<StoreCredentials>, ProbeError> {
    let place = Place::choose(None)?;
    let judge = Judge::of([place.bucket.clone()])?;
    let url = format!("{}/{}", endpoint.url(), place.bucket);
    let (headers, payload, body) = (Vec::new(), Declared::Unsigned, Vec::new());
    let head = Draft { method: "HEAD", url, headers, payload, body }.parse(endpoint)?;
    let approved = judge.approve(&head, clock.now())?;
    Ok(store.probe_credentials(name.clone(), &approved).await?)
}

/// Plays every trick on one endpoint, and clears up whatever came of it.
async fn run(mut scene: Scene, deadline: Instant) -> Result<Findings, ProbeError> {
    let played = timeout_at(deadline, play(&mut scene)).await;
    let cleared = timeout(TIME_TO_CLEAR, scene.clear()).await;
    if cleared.is_err() {
        log::warn!("the probe had no time to remove all it made in `{}`", scene.place.bucket);
    }
    played.unwrap_or_else(|_| Err(StorageError::Busy(scene.endpoint_url().to_owned()).into()))
}

async fn play(scene: &mut Scene) -> Result<Findings, ProbeError> {
    scene.set().await?;
    let cases = some_at_once(CASES.each_ref().map(|case| Box::pin(surely(scene, case))));
    let cases = cases.try_collect().await?;
    let sub_resources = sub_resource::tried().map(|operation| {
        let tried = Box::pin(scene.try_sub_resource(operation));
        async move { Ok((operation, tried.await?.or_untestable())) }
    });
    let sub_resources = some_at_once(sub_resources).try_collect().await?;
    Ok(Findings { cases, sub_resources, server: scene.server.clone() })
}

/// Plays a trick, and once more where the answer says nothing. What could make the storage unsafe
/// and stays unclear ends the probe: it is no proof of safety.
async fn surely(scene: &Scene, case: &Case) -> Result<Outcome, ProbeError> {
    let first = scene.attempt(case.trick).await?;
    if !matches!(first, Outcome::Unclear { .. }) {
        return Ok(first);
    }
    let is_relied_on = case.severity == ProbeSeverity::Bounded;
    match first.again(scene.attempt(case.trick).await?, is_relied_on) {
        Outcome::Unclear { .. } if case.severity == ProbeSeverity::Fatal => {
            Err(StorageError::Busy(scene.endpoint_url().to_owned()).into())
        }
        outcome => Ok(outcome.or_untestable()),
    }
}

fn some_at_once<T>(
    tricks: impl IntoIterator<Item = impl Future<Output = Result<T, ProbeError>>>,
) -> impl Stream<Item = Result<T, ProbeError>> {
    futures_util::stream::iter(tricks).buffered(AT_ONCE)
}
