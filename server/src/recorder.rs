//! What is counted first and recorded later: who was not let in, and who was refused too often to
//! be recorded each time. Beside it is looked whether there is room for records.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::authn::FailureLog;
use crate::clock::Clock;
use crate::service::Service;

/// How often it is looked whether a minute is over, and how full the disk is.
const LOOK: Duration = Duration::from_millis(250);

/// Records what is counted. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Recorder {
    failures: Arc<FailureLog>,
    service: Service,
    clock: Clock,
    stop: Arc<Notify>,
}

impl Recorder {
    /// For what `failures` and `service` count.
    pub fn new(failures: Arc<FailureLog>, service: Service, clock: Clock) -> Self {
        Self { failures, service, clock, stop: Arc::default() }
    }

    /// Records each minute's counts when it is over, and at [`Recorder::stop`] those that are left.
    pub async fn run(&self) {
        tokio::select! {
            () = self.keep_recording() => {}
            () = self.keep_looking() => {}
        }
    }

    /// A file system that does not answer keeps nobody's records waiting.
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

    /// Has what is left recorded, and no more.
    pub fn stop(&self) {
        self.stop.notify_one();
    }
}
