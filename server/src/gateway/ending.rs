//! What became of a request that was sent on: one audit event when it is over (G25).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;
use tokio::runtime::Handle;
use tokio::time::Instant;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::watch::Cut;
use crate::audit::Decision;
use crate::domain::{Context, Outcome, ProjectId};
use crate::service::Service;
use crate::storage_client::upstream::UpstreamResponse;

/// A request under way. Its end is recorded when this is dropped, whoever drops it: a client that goes
/// away loses no record.
pub(super) struct Ending {
    service: Service,
    context: Context,
    facts: Facts,
    begun: Instant,
    out: u64,
    whole: bool,
    /// S3's code of an error that an answer of 200 held.
    failed_with: Option<String>,
    /// Counts it among those that are not on record yet.
    open: TaskTrackerToken,
    /// Why the answer was cut, if it was.
    cut: Cut,
}

/// What was asked, and what the storage answered.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) project: ProjectId,
    pub(super) action: &'static str,
    pub(super) bucket: Option<String>,
    pub(super) object: Option<String>,
    pub(super) revision: Option<i64>,
    /// `None` if the storage did not answer.
    pub(super) status: Option<StatusCode>,
    /// Bytes of the client's content so far.
    pub(super) received: Arc<AtomicU64>,
    /// The storage's own id of the request.
    pub(super) storage_request: Option<String>,
}

impl Ending {
    /// The end of a request that began at `begun`; `open` until it is on record.
    pub(super) fn new(
        service: Service,
        context: Context,
        facts: Facts,
        (begun, open): (Instant, TaskTrackerToken),
    ) -> Self {
        let (out, whole, failed_with, cut) = (0, false, None, Cut::default());
        Self { service, context, facts, begun, out, whole, failed_with, open, cut }
    }

    /// Notes the storage's answer.
    pub(super) fn answered(&mut self, answer: &UpstreamResponse) {
        let id = answer.headers.get("x-amz-request-id").and_then(|value| value.to_str().ok());
        self.facts.status = Some(answer.status);
        self.facts.storage_request = id.map(ToOwned::to_owned);
    }

    /// The count of the bytes of the client's content.
    pub(super) fn received(&self) -> &Arc<AtomicU64> {
        &self.facts.received
    }

    /// Where is said that the answer is cut, and why.
    pub(super) fn cut(&self) -> &Cut {
        &self.cut
    }

    /// The revision at which the request was allowed.
    pub(super) fn revision(&self) -> i64 {
        self.facts.revision.unwrap_or_default()
    }

    /// Counts bytes of the answer.
    pub(super) fn sent(&mut self, bytes: usize) {
        self.out += bytes as u64;
    }

    /// The answer is all out.
    pub(super) fn is_whole(&mut self) {
        self.whole = true;
    }

    /// The answer says 200, and then an error.
    pub(super) fn failed_with(&mut self, code: String) {
        self.failed_with = Some(code);
    }

    /// How it ended, in one word.
    fn reason(&self) -> &'static str {
        match (self.whole, &self.failed_with, self.cut.get()) {
            (false, _, Some(_)) => "cut_off",
            (false, _, None) => "broken_off",
            (true, Some(_), _) => "failed",
            (true, None, _) => "ended",
        }
    }

    /// How it ended.
    fn manner(&self) -> String {
        match (self.whole, self.cut.get()) {
            (true, _) => String::new(),
            (false, None) => ", broken off".to_owned(),
            (false, Some(code)) => format!(", cut off: not allowed any more ({code})"),
        }
    }

    fn decision(&self, took: Duration) -> Decision {
        let facts = &self.facts;
        let status =
            facts.status.map_or("no answer".to_owned(), |status| status.as_u16().to_string());
        let failed = self.failed_with.as_ref().map(|code| format!(" and the error {code}"));
        let failed = failed.unwrap_or_default();
        let storage = facts.storage_request.as_deref().unwrap_or("-");
        let detail = format!(
            "gateway: ended with {status}{failed}, {} bytes in, {} bytes out, {} ms{}, storage request {storage}",
            facts.received.load(Ordering::Relaxed),
            self.out,
            took.as_millis(),
            self.manner(),
        );
        Decision {
            project: facts.project.clone(),
            action: facts.action,
            bucket: facts.bucket.clone(),
            object: facts.object.clone(),
            outcome: Outcome::Allow,
            reason: self.reason(),
            detail: detail.into(),
            revision: facts.revision,
            request: None,
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        let decision = self.decision(self.begun.elapsed());
        let (service, context, open) =
            (self.service.clone(), self.context.clone(), self.open.clone());
        // Outside of a runtime nobody could write it: the server is gone.
        let Ok(runtime) = Handle::try_current() else { return };
        runtime.spawn(async move {
            if let Err(error) = service.audit().record(&context, vec![decision]).await {
                log::error!("the end of request {} is not on record: {error}", context.request_id);
            }
            drop(open);
        });
    }
}
