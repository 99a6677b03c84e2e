//! `audit prune`: deletes old audit events, on a server or in the local database.

use std::time::Duration;

use chrono::{DateTime, Utc};
use sail_cargo_protocol::{PruneAudit, PrunedAudit};

use super::bootstrap::{Fill, context, open};
use super::failure::Failure;
use super::format::instant;
use super::output;
use super::remote::Remote;
use super::time::{PastTime, Span, days};
use crate::api::wire;
use crate::clock::Clock;
use crate::config::DatabaseSettings;
use crate::domain::ProjectId;
use crate::service::Service;

/// How long one step runs in the local database before the progress is printed.
const STEP: Duration = Duration::from_secs(5);

#[derive(Debug, clap::Args)]
pub(super) struct PruneArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    age: Age,
    /// Count the events without deleting any
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Age {
    /// Delete events from before this time, in UTC: 2026-03-01, 2026-03-01T12:00:00Z, yesterday, or
    /// 400d for 400 days ago
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    before: Option<PastTime>,
    /// Keep events of the last 400d, or another duration, and delete older ones; a number alone is
    /// days
    #[arg(long, value_name = "DURATION", value_parser = days)]
    keep: Option<Span>,
}

impl Age {
    fn before(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>, Failure> {
        if let Some(keep) = self.keep {
            return keep.before(now).ok_or("--keep: too long ago".into());
        }
        let before = self.before.map(|before| before.at(now)).transpose()?;
        before
            .filter(|before| *before <= now)
            .ok_or("--before: this time is in the future: give a past time".into())
    }
}

pub(super) async fn prune(args: PruneArgs, fill: Fill<'_>) -> Result<(), Failure> {
    let before = args.age.before(Clock::system().now())?;
    let wanted = PruneAudit { before, dry_run: args.dry_run, after: None };
    let pruned = if let Some(client) = args.remote.named()? {
        until_done(wanted, async |wanted| Ok(client.prune_audit(&wanted).await?)).await?
    } else {
        let service = open(args.database, fill).await?;
        let project = match args.remote.project() {
            Some(name) => Some(service.project_id(name).await?),
            None => None,
        };
        until_done(wanted, async |wanted| step(&service, project.clone(), wanted).await).await?
    };
    let what = if args.dry_run { "would be removed" } else { "are removed" };
    let least = if pruned.more { "at least " } else { "" };
    let (events, before) = (pruned.events, instant(Some(before)));
    output::say(&format!("{least}{events} audit events from before {before} {what}"));
    Ok(output::print(&events.to_string())?)
}

/// Prunes the local database for one [`STEP`].
async fn step(
    service: &Service,
    project: Option<ProjectId>,
    wanted: PruneAudit,
) -> Result<PrunedAudit, Failure> {
    let PruneAudit { before, dry_run, after } = wanted;
    if dry_run {
        return Ok(wire::pruned(service.audit().count_prunable(project, before, STEP).await?));
    }
    let context = context(project.clone());
    let pruned = service.audit().prune((project, after), before, STEP, &context).await?;
    Ok(wire::pruned(pruned))
}

/// Repeats `step` until no events are left to delete, and returns their total. A dry run takes one
/// step.
async fn until_done(
    mut wanted: PruneAudit,
    step: impl AsyncFn(PruneAudit) -> Result<PrunedAudit, Failure>,
) -> Result<PrunedAudit, Failure> {
    let mut events = 0;
    loop {
        let pruned = step(wanted.clone()).await?;
        events += pruned.events;
        if wanted.dry_run || !pruned.more {
            return Ok(PrunedAudit { events, ..pruned });
        }
        wanted.after = pruned.next;
        output::say(&format!("{events} so far"));
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn what_is_kept_is_counted_in_days_and_the_future_is_not_pruned() {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let age = |before: Option<&str>, keep: Option<&str>| {
            let before = before.and_then(|text| text.parse().ok());
            let keep = keep.and_then(|text| days(text).ok());
            Age { before, keep }.before(now).ok()
        };
        assert_eq!(age(None, Some("2")), Some(now - TimeDelta::days(2)));
        assert_eq!(age(None, Some("0")), Some(now));
        assert_eq!(age(Some("2d"), None), Some(now - TimeDelta::days(2)));
        assert_eq!(age(Some("in 2d"), None), None);
        assert_eq!(age(None, Some("4294967295")), None, "too long ago");
    }
}
