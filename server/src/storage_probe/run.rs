//! Runs all attacks on one endpoint, and cleans up.

use std::time::Duration;

use futures_util::{Stream, StreamExt as _, TryStreamExt as _};
use sail_cargo_protocol::ProbeSeverity;
use tokio::time::{Instant, timeout, timeout_at};

use super::case::{CASES, Case};
use super::environment::{AT_ONCE, ProbeEnvironment};
use super::error::ProbeError;
use super::findings::{Findings, Outcome};
use super::sub_resource;
use crate::clock::Clock;
use crate::domain::BucketName;
use crate::storage_client::StorageError;
use crate::storage_client::upstream::Upstream;

/// The longest time for all attacks.
pub(super) const TIME: Duration = Duration::from_secs(90);
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

/// Runs all attacks on one endpoint, and cleans up in any case.
pub(super) async fn run(
    mut environment: ProbeEnvironment,
    deadline: Instant,
) -> Result<Findings, ProbeError> {
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
