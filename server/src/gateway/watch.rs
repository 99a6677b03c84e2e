//! Downloads under way, looked at while they stream where their project says so (G7).
//!
//! A decision is made again when the project changed since the last one, or when something ends that the
//! last one rested on. Between these, a look compares two numbers. What cannot be decided is cut, too: nobody
//! can say then that it is still allowed.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::error::S3Error;
use super::prove::seen_again;
use super::state::Gateway;
use crate::domain::authority::Until;
use crate::domain::{Context, ProjectId};
use crate::listener::Hangup;
use crate::service::signing::{Judge, Read};

/// How often it is looked at within the time that remembered data may be old.
const LOOKS: u32 = 4;
/// The time between two looks where nothing is remembered.
const UNREMEMBERED: Duration = Duration::from_millis(250);

/// Looks at one download until this is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    _looking: JoinSet<()>,
}

/// Why a download was cut: S3's code for a new request.
pub(super) type Cut = Arc<OnceLock<&'static str>>;

/// A request whose answer is on its way.
pub(super) struct Watched {
    pub(super) gateway: Arc<Gateway>,
    pub(super) context: Context,
    pub(super) project: ProjectId,
    pub(super) read: Read,
    /// The revision at which it was allowed.
    pub(super) revision: i64,
}

/// A decision: the revision it was made at, and until when it holds.
pub(super) struct Decided {
    revision: i64,
    until: Until,
}

impl Watch {
    /// Looks at `watched`. If it is not allowed any more, says so in `cut` and hangs up.
    pub(super) fn begin(watched: Watched, cut: Cut, hangup: Hangup) -> Self {
        let mut looking = JoinSet::new();
        looking.spawn(async move {
            let refused = watched.refusal().await;
            log::info!("a download under way is cut: {}", refused.code());
            cut.set(refused.code()).ok();
            hangup.cut();
        });
        Self { _looking: looking }
    }
}

impl Watched {
    /// Waits until it is not allowed any more, and returns why.
    async fn refusal(self) -> S3Error {
        let staleness = self.gateway.service.max_staleness();
        let pause = if staleness.is_zero() { UNREMEMBERED } else { staleness / LOOKS };
        let mut looks = interval_at(Instant::now() + pause, pause);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first look finds out until when the decision of the request holds.
        let mut last = Decided { revision: self.revision, until: Until::Instant(self.context.now) };
        loop {
            looks.tick().await;
            if self.holds(&last) {
                continue;
            }
            match decide_again(&self.gateway, self.context.clone(), &self.read).await {
                Ok(decided) => last = decided,
                Err(refused) => return refused,
            }
        }
    }

    /// Whether nothing changed since `last`, as far as what is remembered tells.
    fn holds(&self, last: &Decided) -> bool {
        let lasts = last.until > Until::Instant(self.gateway.clock.now());
        lasts && self.gateway.service.cached_revision(&self.project) == Some(last.revision)
    }
}

/// Judges a request once more at the present revision, and its sender with it.
///
/// # Errors
/// S3's error for a request that would be refused now.
pub(super) async fn decide_again(
    gateway: &Gateway,
    context: Context,
    read: &Read,
) -> Result<Decided, S3Error> {
    let context = seen_again(gateway, context).await?;
    let parts = (&gateway.service, &gateway.reconciler, &context);
    let judge = Judge::read(parts, std::slice::from_ref(read)).await?;
    let approval = judge.judge(read)?;
    let approved = approval.approved();
    Ok(Decided { revision: approved.revision(), until: approved.until() })
}
