//! Checks the server's health once a second.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sail_cargo_protocol::Check;
use tokio::task::spawn_blocking;

use super::errand::Errand;
use super::{Found, Health, degraded, failed};
use crate::service::{Examined, Seals, ServiceError};
use sail_cargo_database::Schema;

/// The time between two checks.
const EVERY: Duration = Duration::from_secs(1);
/// How long a database connection may take to answer.
const PING: Duration = Duration::from_secs(1);
/// How long the examination of the database may take.
const EXAMINATION: Duration = Duration::from_secs(2);

/// How many checks in a row may find no free connection before the database counts as failed.
const MISSES: u32 = 2;

/// Updates the results that readiness reports.
#[derive(Debug)]
pub struct Keeper {
    health: Arc<Health>,
    ping: Errand<Result<(), ServiceError>>,
    examination: Errand<Result<Examined, ServiceError>>,
    spool: Errand<Tried>,
    /// How many checks in a row found no free connection.
    misses: u32,
    /// The stores whose secrets could not be decrypted at the last check. The log gets a line only
    /// when they change.
    closed: Vec<String>,
}

impl Keeper {
    /// A keeper that updates `health`.
    pub fn new(health: Arc<Health>) -> Self {
        Self {
            health,
            ping: Errand::default(),
            examination: Errand::default(),
            spool: Errand::default(),
            misses: 0,
            closed: Vec::new(),
        }
    }

    /// Checks once a second, forever.
    pub async fn keep<Never>(mut self) -> Never {
        let mut next = tokio::time::interval(EVERY);
        next.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        next.tick().await;
        loop {
            next.tick().await;
            self.look().await;
        }
    }

    /// Checks once. Takes at most three seconds.
    pub async fn look(&mut self) {
        let trial = self.health.service.audit().is_record_untried();
        let (database, spool) = tokio::join!(
            look_at_database(&self.health, &mut self.ping, &mut self.examination, trial),
            look_at_spool(&self.health, &mut self.spool, trial),
        );
        let is_tried = database.as_ref().is_ok_and(|examined| examined.is_tried);
        if is_tried && spool.is_written && spool.trouble.is_none() {
            self.health.service.audit().note_recordable();
        }
        if database.as_ref().is_err_and(|amiss| *amiss == Ailing::Busy) && self.misses < MISSES {
            // A busy server should stay in service: keep the previous results.
            self.misses += 1;
            return self.keep_what_was_found(spool.trouble);
        }
        self.misses = 0;
        let (checks, probed) = match database {
            Ok(examined) => {
                self.tell_closed(&examined.seals);
                let damaged = self.health.service.database().has_met_damage();
                let checks = vec![
                    ("database", of_database(damaged)),
                    ("schema", of_schema(&examined.schema)),
                    ("master_key", of_seals(&examined.seals)),
                ];
                (checks, examined.probed)
            }
            Err(amiss) => (vec![("database", failed(amiss.sentence()))], self.probed()),
        };
        self.find(checks, probed, spool.trouble);
    }

    fn find(
        &self,
        checks: Vec<(&'static str, Check)>,
        probed: Vec<Option<DateTime<Utc>>>,
        spool: Option<String>,
    ) {
        let found = Found { at: Instant::now(), checks, probed, spool };
        self.health.found.store(Some(Arc::new(found)));
    }

    /// When each store was last probed, as the last check found it.
    fn probed(&self) -> Vec<Option<DateTime<Utc>>> {
        let found = self.health.found.load();
        found.as_ref().map(|found| found.probed.clone()).unwrap_or_default()
    }

    fn keep_what_was_found(&self, spool: Option<String>) {
        let found = self.health.found.load();
        if let Some(found) = found.as_deref() {
            self.find(found.checks.clone(), found.probed.clone(), spool);
        }
    }

    /// Logs which stores' secrets cannot be decrypted, if this has changed.
    fn tell_closed(&mut self, seals: &Seals) {
        if seals.closed != self.closed {
            self.closed.clone_from(&seals.closed);
            if !seals.closed.is_empty() {
                let why = seals.foreign.as_ref().map(ToString::to_string);
                let why = why.unwrap_or_else(|| "the stored secrets are damaged".to_owned());
                let names = seals.closed.join(", ");
                log::error!(
                    "nothing is signed for the stores {names}, whose secrets cannot be decrypted: \
                     {why}"
                );
            }
        }
    }
}

/// Why the database could not be examined.
#[derive(Debug, PartialEq, Eq)]
enum Ailing {
    /// No connection was free.
    Busy,
    /// Another failure, as a sentence.
    Otherwise(String),
}

impl Ailing {
    fn of(error: &ServiceError) -> Self {
        match error {
            ServiceError::Database(error) if error.is_busy() => Self::Busy,
            error => Self::Otherwise(error.ailment()),
        }
    }

    fn sentence(self) -> String {
        match self {
            Self::Busy => "all connections to the database are in use".to_owned(),
            Self::Otherwise(sentence) => sentence,
        }
    }
}

/// Examines the database, and tries a write if `trial` is set.
async fn look_at_database(
    health: &Health,
    ping: &mut Errand<Result<(), ServiceError>>,
    examination: &mut Errand<Result<Examined, ServiceError>>,
    trial: bool,
) -> Result<Examined, Ailing> {
    let silent = |sentence: &str| Ailing::Otherwise(sentence.to_owned());
    let database = health.service.database().clone();
    let pinged =
        ping.within(PING, || tokio::spawn(async move { Ok(database.ping().await?) })).await;
    if !matches!(pinged, Some(Ok(()))) {
        // A pending examination describes an earlier state of the database: drop it.
        *examination = Errand::default();
    }
    pinged
        .ok_or_else(|| silent("no connection answers within a second"))?
        .map_err(|error| Ailing::of(&error))?;
    let (service, trial) = (health.service.clone(), trial.then(|| health.clock.now()));
    examination
        .within(EXAMINATION, || tokio::spawn(async move { service.examine(trial).await }))
        .await
        .ok_or_else(|| silent("it does not answer within two seconds"))?
        .map_err(|error| Ailing::of(&error))
}

/// The result of a check of the spool.
#[derive(Debug)]
struct Tried {
    trouble: Option<String>,
    /// Whether the check tried to write.
    is_written: bool,
}

/// Checks the spool. It tries a write if `trial` is set, or if the last check found a problem.
async fn look_at_spool(health: &Health, spool: &mut Errand<Tried>, trial: bool) -> Tried {
    let (audit, is_written) = (health.service.audit().clone(), trial || is_known_bad(health));
    let look = move || Tried { trouble: audit.spool_trouble(is_written), is_written };
    spool.within(PING, || spawn_blocking(look)).await.unwrap_or_else(|| Tried {
        trouble: Some("verdicts cannot be recorded: the spool's disk hangs".to_owned()),
        is_written: false,
    })
}

/// Whether the last check found a problem with the spool.
fn is_known_bad(health: &Health) -> bool {
    health.found.load().as_ref().is_some_and(|found| found.spool.is_some())
}

fn of_database(damaged: bool) -> Check {
    if damaged {
        return degraded("a request found damaged data since the start: see the log");
    }
    Check::Ok
}

/// Compares the schema with this release. A release also runs on the schema of the next release, so
/// that it can go on while another server migrates. It does not start on a schema that it does not
/// know.
fn of_schema(schema: &Schema) -> Check {
    if !schema.missing.is_empty() {
        return failed(format!("{} migrations pending", schema.missing.len()));
    }
    match schema.demand_known() {
        Ok(()) => Check::Ok,
        Err(newer) => degraded(newer.to_string()),
    }
}

fn of_seals(seals: &Seals) -> Check {
    match (seals.open, seals.closed.len()) {
        (_, 0) => Check::Ok,
        (0, _) => failed("it does not decrypt the secret of any store"),
        (_, closed) => degraded(format!("it does not decrypt the secrets of {closed} stores")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(check: &Check) -> &'static str {
        match check {
            Check::Ok => "ok",
            Check::Degraded { .. } => "degraded",
            Check::Failed { .. } => "failed",
        }
    }

    #[test]
    fn a_schema_may_be_one_step_ahead_of_a_running_server_and_never_behind() {
        let names = |count: usize| vec!["00000000000099".to_owned(); count];
        for (missing, unknown, expected) in
            [(0, 0, "ok"), (0, 1, "degraded"), (1, 0, "failed"), (1, 1, "failed")]
        {
            let schema = Schema { missing: names(missing), unknown: names(unknown) };
            assert_eq!(word(&of_schema(&schema)), expected, "{schema:?}");
        }
    }

    #[test]
    fn a_key_that_opens_nothing_is_the_wrong_one() {
        let names = |count: usize| vec!["main".to_owned(); count];
        for (open, closed, expected) in
            [(0, 0, "ok"), (2, 0, "ok"), (1, 1, "degraded"), (0, 1, "failed")]
        {
            let seals = Seals { open, closed: names(closed), foreign: None };
            assert_eq!(word(&of_seals(&seals)), expected, "{seals:?}");
        }
    }
}
