//! Records counted events in the background: authentication failures, and refusals that were too
//! frequent to be recorded one by one. It also measures the free disk space of the audit trail.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::authn::FailureLog;
use crate::clock::Clock;
use crate::service::Service;

/// How often the recorder checks whether a minute is over, and how full the disk is.
const LOOK: Duration = Duration::from_millis(250);

/// Records the counted events. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {
    failures: Arc<FailureLog>,
    service: Service,
    clock: Clock,
    stop: Arc<Notify>,
}

impl Recorder {
    /// A recorder of the events that `failures` and `service` count.
    pub fn new(failures: Arc<FailureLog>, service: Service, clock: Clock) -> Self {
        Self { failures, service, clock, stop: Arc::default() }
    }

    /// Records the counts of each minute when the minute is over. [`Recorder::stop`] records the
    /// rest and ends this.
    pub async fn run(&self) {
        tokio::select! {
            () = self.keep_recording() => {}
            () = self.keep_looking() => {}
        }
    }

    /// Measures the free disk space. This loop is separate: a file system that hangs does not delay
    /// the records.
    async fn keep_looking(&self) {
        loop {
            self.service.audit().measure_room().await;
            sleep(LOOK).await;
        }
    }

    async fn keep_recording(&self) {
        let mut is_over = false;
        while !is_over {
            is_over = timeout(LOOK, self.stop.notified()).await.is_ok();
            let now = self.clock.now();
            self.failures.hand_over(&self.service, now, is_over);
            self.service.audit().record_refusals(now, is_over).await;
        }
    }

    /// Records the remaining counts, and ends [`Recorder::run`].
    pub fn stop(&self) {
        self.stop.notify_one();
    }
}
