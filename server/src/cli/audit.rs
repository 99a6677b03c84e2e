//! `audit`: who asked for what, and how it ended.

use std::process::ExitCode;

use futures_util::TryStreamExt as _;
use sail_cargo_protocol::{AuditEvent, AuditQuery, Outcome};

use super::bootstrap::Fill;
use super::failure::Failure;
use super::format::{Output, instant, word, words};
use super::named::bucket;
use super::prune::{PruneArgs, prune};
use super::remote::Remote;
use super::time::PastTime;
use super::verify::{VerifyArgs, verify};
use crate::clock::Clock;

#[derive(Debug, clap::Subcommand)]
pub(super) enum AuditCommand {
    /// List audit events, newest first. An operator without --in-project sees what operators did
    /// and failed authentications
    #[command(after_help = "Example:\n  sail-cargo audit list --outcome deny --since 7d")]
    List(AuditArgs),
    /// Print audit events as they happen, until interrupted
    #[command(after_help = "Example:\n  sail-cargo audit tail --bucket photos -o ndjson")]
    Tail(AuditArgs),
    /// Delete old audit events and print how many: those of --in-project, else of all projects.
    /// Without --url in the local database. The change log stays as it is
    #[command(
        after_help = "Example:\n  sail-cargo audit prune --keep 400 --url https://cargo.example.com"
    )]
    Prune(PruneArgs),
    /// Verify the hash chain of the project's log of changes, and print its head. Exit code 1 if it
    /// is broken
    #[command(after_help = "Examples:\n  sail-cargo audit verify\n  \
        sail-cargo audit verify --head \"$(cat kept-head)\"")]
    Verify(VerifyArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// Only events of this actor, such as `user:ada`
    #[arg(long)]
    actor: Option<String>,
    /// Only events on this bucket
    #[arg(long, value_parser = bucket)]
    bucket: Option<String>,
    /// Only events of this action, such as `s3:PutObject`
    #[arg(long)]
    action: Option<String>,
    /// Only events of the request with this id (the server's own)
    #[arg(long)]
    request_id: Option<String>,
    /// Only events of requests sent with this X-Request-Id header
    #[arg(long)]
    caller_request_id: Option<String>,
    /// Only events with this outcome: allow, deny or malformed
    #[arg(long, value_parser = word::<Outcome>)]
    outcome: Option<Outcome>,
    /// Only events from this time on, in UTC: 2026-03-01, 2026-03-01T12:00:00Z, yesterday, or 30d
    /// for 30 days ago
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    since: Option<PastTime>,
    /// Only events before this time, in the forms of --since
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<PastTime>,
    /// The most events to print
    #[arg(long, default_value_t = 100)]
    limit: usize,
}

pub(super) async fn audit(command: AuditCommand, fill: Fill<'_>) -> Result<ExitCode, Failure> {
    let (args, live) = match command {
        AuditCommand::List(args) => (args, false),
        AuditCommand::Tail(args) => (args, true),
        AuditCommand::Prune(args) => return prune(args, fill).await.map(|()| ExitCode::SUCCESS),
        AuditCommand::Verify(args) => return verify(args).await,
    };
    let now = Clock::system().now();
    let query = AuditQuery {
        actor: args.actor,
        bucket: args.bucket,
        action: args.action,
        request_id: args.request_id,
        caller_request_id: args.caller_request_id,
        outcome: args.outcome,
        since: args.since.map(|at| at.at(now)).transpose()?,
        until: args.until.map(|at| at.at(now)).transpose()?,
        page_size: None,
        page_token: None,
    };
    let client = args.remote.client()?;
    if live {
        let mut events = std::pin::pin!(client.audit_events_live(&query));
        while let Some(event) = events.try_next().await? {
            args.output.one(&event, &row(&event).join("  "))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut events = std::pin::pin!(client.audit_events_stream(&query));
    let mut found = Vec::new();
    while found.len() < args.limit
        && let Some(event) = events.try_next().await?
    {
        found.push(event);
    }
    let head = ["TIME", "ACTOR", "ACTION", "RESOURCE", "OUTCOME", "REASON", "COUNT", "ADDRESS"];
    args.output.list(&found, head, row)?;
    Ok(ExitCode::SUCCESS)
}

fn row(event: &AuditEvent) -> [String; 8] {
    let parts: Vec<&str> =
        [event.bucket.as_deref(), event.key.as_deref()].into_iter().flatten().collect();
    [
        instant(Some(event.at)),
        event.actor.clone(),
        event.action.clone(),
        parts.join("/"),
        words([event.outcome]),
        event.reason.clone(),
        event.count.map(|count| count.to_string()).unwrap_or_default(),
        event.address.clone().unwrap_or_default(),
    ]
}
