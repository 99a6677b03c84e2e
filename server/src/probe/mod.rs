//! What does the real storage do with a request that was changed after it was signed?
//!
//! A signature binds what is signed and nothing else: a storage that honours *unsigned*
//! `x-amz-*` headers turns the right to write one key into the right to read everything
//! (`docs/THREAT_MODEL.md`). The probe plays each such trick with throw-away objects, looks for
//! its effect, and removes what it made. What it signs passes the same judge and signer as
//! everything else.

mod case;
mod error;
mod litter;
mod place;
mod report;
mod scene;
mod trial;

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use sail_cargo_protocol::ProbeReport;
use tokio::time::{Instant, timeout, timeout_at};

pub use error::ProbeError;
pub use report::{standing, text, verdict};

use crate::clock::Clock;
use crate::domain::s3::Endpoint;
use crate::domain::{BucketName, Slug};
use crate::storage::{Declared, Draft, Judge, Line, Pen, StorageError, http};
use crate::store::{Context, OperatorAct, Store, StoreError};
use case::CASES;
use place::Place;
use report::Outcome;
use scene::{AT_ONCE, Scene};

/// What a probe is called on record.
const ACTION: &str = "store.probe";

/// How long all cases may take.
const TIME: Duration = Duration::from_secs(45);
/// How long removing what was made may take.
const TIME_TO_CLEAR: Duration = Duration::from_secs(15);

/// Probes every endpoint of the store `name` and keeps the report; what came of it is on record.
/// Works below `sail-cargo-probe/` in `bucket`, or in a bucket made for it. It runs to its end, and
/// cleans up after itself, even when nobody waits for it any more.
///
/// # Errors
/// See [`ProbeError`]: then nothing is kept.
pub async fn probe_store(
    store: Store,
    name: Slug,
    bucket: Option<BucketName>,
    clock: Clock,
    context: Context,
) -> Result<ProbeReport, ProbeError> {
    let probed = tokio::spawn(async move {
        let probed = probe(&store, name.clone(), bucket, &clock, &context).await;
        if let Err(error) = &probed {
            record_failure(&store, &name, error, &context).await?;
        }
        probed
    });
    probed.await.map_err(|error| ProbeError::Failed(error.to_string()))?
}

/// What came to nothing is on record as well, if the storage was asked anything.
async fn record_failure(
    store: &Store,
    name: &Slug,
    error: &ProbeError,
    context: &Context,
) -> Result<(), StoreError> {
    let Some(code) = error.code() else { return Ok(()) };
    let act = OperatorAct::failed(ACTION, name, code, error.to_string());
    store.record_act(context, act).await
}

async fn probe(
    store: &Store,
    name: Slug,
    bucket: Option<BucketName>,
    clock: &Clock,
    context: &Context,
) -> Result<ProbeReport, ProbeError> {
    let account = store.store(name.clone()).await?;
    let http = http()?;
    let deadline = Instant::now() + TIME;
    let mut worst: Vec<Outcome> = Vec::new();
    for endpoint in &account.endpoints {
        let place = Place::choose(bucket.clone())?;
        let pen = pen(store, &name, endpoint, &place, clock).await?;
        let scene = Scene::new(Line::new(http.clone(), endpoint), pen, place);
        let outcomes = run(scene, deadline).await?;
        worst = if worst.is_empty() { outcomes } else { worse(worst, outcomes) };
    }
    let report = report::write(&worst, clock.now());
    let said = verdict(&report, account.accept_unsafe_storage);
    log::info!("store {name} was probed: {said}");
    let act = OperatorAct::done(ACTION, &name, said);
    store.keep_probe(account, report.clone(), act, context.clone()).await?;
    Ok(report)
}

/// Case by case, of two endpoints.
fn worse(one: Vec<Outcome>, other: Vec<Outcome>) -> Vec<Outcome> {
    one.into_iter().zip(other).map(|(one, other)| one.max(other)).collect()
}

/// The store's keys, for an approved request as for everybody.
async fn pen(
    store: &Store,
    name: &Slug,
    endpoint: &Endpoint,
    place: &Place,
    clock: &Clock,
) -> Result<Pen, ProbeError> {
    let judge = Judge::of(place.buckets()?)?;
    let url = format!("{}/{}", endpoint.url(), place.bucket);
    let (headers, payload, body) = (Vec::new(), Declared::Unsigned, Vec::new());
    let head = Draft { method: "HEAD", url, headers, payload, body }.parse(endpoint)?;
    let approved = judge.approve(&head, clock.now())?;
    let credentials = store.probe_credentials(name.clone(), &approved).await?;
    Ok(Pen { judge, endpoint: endpoint.clone(), credentials, clock: clock.clone() })
}

/// Plays every trick on one endpoint, and clears up whatever came of it.
async fn run(mut scene: Scene, deadline: Instant) -> Result<Vec<Outcome>, ProbeError> {
    let played = timeout_at(deadline, async {
        scene.set().await?;
        let tricks = CASES.each_ref().map(|case| Box::pin(scene.attempt(case.trick)));
        futures_util::stream::iter(tricks).buffered(AT_ONCE).try_collect().await
    })
    .await;
    let cleared = timeout(TIME_TO_CLEAR, scene.clear()).await;
    if cleared.is_err() {
        log::warn!("the probe had no time to remove all it made in `{}`", scene.place.bucket);
    }
    played.unwrap_or_else(|_| Err(StorageError::Busy(scene.endpoint_url().to_owned()).into()))
}
