//! `grants`: who may do what in which bucket.

mod import;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use sail_cargo_client::{Client, Precondition};
use sail_cargo_protocol::{Grant, GrantLine, GrantsQuery, PutGrant};

use self::import::{ImportArgs, import};
use super::buckets::{Permissions, permissions};
use super::doubts::{say_if_absent, say_if_over};
use super::failure::Failure;
use super::format::Output;
use super::grants_file::FileFormat;
use super::grants_shown::rows;
use super::named::bucket;
use super::output;
use super::remote::Remote;
use super::time::{Future, PastTime};
use super::unseen_bucket::UnseenBucket;
use super::whom::{NOBODYS, Whom, Whose, called, template};
use crate::clock::Clock;
use crate::domain::{GrantKey, GrantState, InvalidName, iam};

#[derive(Debug, clap::Subcommand)]
pub(super) enum GrantsCommand {
    /// Create a grant, or replace it; options left out are reset
    #[command(after_help = "Examples:\n  sail-cargo grants put ada photos read,write\n  \
        sail-cargo grants put staff photos/2026/ read --group --reason 'on call' \\\n    \
        --expires-at 30d\n  \
        sail-cargo grants put /realm/staff photos read --token-group\n  \
        sail-cargo grants put '*' 'photos/home/${user}/' read,write,delete --authenticated --template")]
    Put(PutArgs),
    /// List grants: all of the project, those on a bucket, those of a user or group
    #[command(after_help = "Example:\n  sail-cargo grants list --bucket photos --at 2026-03-01")]
    List(ListArgs),
    /// Show one grant
    #[command(after_help = "Example:\n  sail-cargo grants get ada photos/2026/")]
    Get(GetArgs),
    /// Delete a grant; exit code 1 if there is none
    #[command(after_help = "Example:\n  sail-cargo grants delete ada photos/2026/")]
    Delete(DeleteArgs),
    /// Print grants in a form that `import` reads, or as an IAM policy
    #[command(after_help = "Examples:\n  sail-cargo grants export -o grants.yaml\n  \
        sail-cargo grants export --iam --user ada -o policy.json")]
    Export(ExportArgs),
    /// Create the grants of a file, all or none; other grants stay
    #[command(after_help = "Examples:\n  sail-cargo grants import grants.yaml --dry-run\n  \
        sail-cargo grants import --iam policy.json --user ada")]
    Import(ImportArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct PutArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    whom: Whom,
    /// The permissions, separated by commas: read, write, delete, admin, list
    #[arg(value_parser = permissions)]
    permissions: Permissions,
    /// When the grant begins, in UTC: 2027-01-01, 2027-01-01T12:00:00Z, tomorrow, or 30d from now
    /// [default: now]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    not_before: Option<Future>,
    /// When the grant ends, in UTC: 2027-01-01, 2027-01-01T12:00:00Z, tomorrow, or 30d from now
    /// [default: never]
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    expires_at: Option<Future>,
    /// Why the grant is given; kept with it
    #[arg(long)]
    reason: Option<String>,
    /// Fail if the grant already exists
    #[arg(long)]
    new: bool,
    /// Go on even if the bucket loses its last admin
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// Only on this bucket
    #[arg(long, value_parser = bucket)]
    bucket: Option<String>,
    #[command(flatten)]
    whose: Whose,
    /// Show the grants at this time, in UTC: 2026-03-01, 2026-03-01T12:00:00Z, yesterday, or 30d
    /// for 30 days ago
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<PastTime>,
}

#[derive(Debug, clap::Args)]
pub(super) struct GetArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    whom: Whom,
}

#[derive(Debug, clap::Args)]
pub(super) struct DeleteArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    whom: Whom,
    /// Go on even if the bucket loses its last admin
    #[arg(long)]
    force: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ExportArgs {
    #[command(flatten)]
    remote: Remote,
    /// Only on this bucket
    #[arg(long, value_parser = bucket)]
    bucket: Option<String>,
    #[command(flatten)]
    whose: Whose,
    /// The file format [default: by the file name's extension; yaml for standard output]
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// The file to write, replaced if it exists; `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    output: PathBuf,
    /// Write an IAM policy that allows in S3 what the grants of a user or group allow
    #[arg(long, conflicts_with = "format")]
    iam: bool,
}

pub(super) async fn grants(command: GrantsCommand) -> Result<(), Failure> {
    match command {
        GrantsCommand::Put(args) => put(args).await,
        GrantsCommand::List(args) => {
            let client = args.remote.client()?;
            let at = args.at.map(|at| at.at(Clock::system().now())).transpose()?;
            let grants = find(&client, args.bucket, &args.whose, at).await?;
            rows(args.output, &grants)
        }
        GrantsCommand::Get(args) => {
            let Whom { subject, place, .. } = &args.whom;
            let client = args.remote.client()?;
            let grant = client.grant(&place.bucket, subject, &args.whom.which()).await?;
            rows(args.output, &[grant])
        }
        GrantsCommand::Delete(args) => delete(args).await,
        GrantsCommand::Export(args) => export(args).await,
        GrantsCommand::Import(args) => import(args).await,
    }
}

async fn put(args: PutArgs) -> Result<(), Failure> {
    let now = Clock::system().now();
    let (query, bucket) = (args.whom.query(args.force), &args.whom.place.bucket);
    let put = PutGrant {
        permissions: args.permissions.0,
        not_before: args.not_before.map(|at| at.at(now)).transpose()?,
        expires_at: args.expires_at.map(|at| at.at(now)).transpose()?,
        reason: args.reason,
    };
    let precondition = if args.new { Precondition::Absent } else { Precondition::None };
    let client = args.remote.client()?;
    let grant = client.put_grant_if(bucket, &args.whom.subject, &query, precondition, &put).await;
    let grant = grant.map_err(UnseenBucket::or_other)?;
    say_if_over("the grant", grant.expires_at, now);
    rows(args.output, &[grant])?;
    say_if_absent(&client, bucket).await;
    Ok(())
}

async fn delete(args: DeleteArgs) -> Result<(), Failure> {
    let Whom { subject, place, .. } = &args.whom;
    let (query, client) = (args.whom.query(args.force), args.remote.client()?);
    let deleted =
        client.delete_grant_if(&place.bucket, subject, &query, Precondition::Present).await;
    match deleted {
        Ok(()) => {
            output::say(&format!("deleted the grant of {} on {place}", args.whom.called()));
            Ok(())
        }
        Err(error) if error.code() == Some("precondition_failed") => {
            let others = others(&client, &args.whom).await.unwrap_or_default();
            let called = args.whom.called();
            Err(format!("{called} has no grant on {place}: nothing was deleted{others}").into())
        }
        Err(error) => Err(UnseenBucket::or_other(error)),
    }
}

/// Up to five grants on the bucket for a subject of this name, of any kind: a hint for a caller
/// whose grant was not found.
async fn others(client: &Client, whom: &Whom) -> Result<String, Failure> {
    let subject = Some(whom.subject.clone());
    let query = GrantsQuery { subject, page_size: Some(5), ..GrantsQuery::default() };
    let mut found = std::pin::pin!(client.grants_stream(&whom.place.bucket, &query));
    let mut there = Vec::new();
    while there.len() < 5
        && let Some(grant) = found.try_next().await?
    {
        let whom = called(grant.kind, &grant.subject);
        let kind = template(grant.prefix_kind);
        there.push(format!("{whom} on {}/{}{kind}", grant.bucket, grant.prefix));
    }
    Ok(if there.is_empty() { String::new() } else { format!("; there is {}", there.join(", ")) })
}

async fn find(
    client: &Client,
    bucket: Option<String>,
    whose: &Whose,
    at: Option<DateTime<Utc>>,
) -> Result<Vec<Grant>, Failure> {
    let (kind, subject) = whose.named().unzip();
    let subject = subject.map(ToOwned::to_owned);
    let query = GrantsQuery { kind, subject, at, page_size: Some(1000), page_token: None };
    match bucket {
        Some(bucket) => {
            let grants = client.grants_stream(&bucket, &query).try_collect().await;
            grants.map_err(UnseenBucket::or_other)
        }
        None => Ok(client.all_grants_stream(&query).try_collect().await?),
    }
}

async fn export(args: ExportArgs) -> Result<(), Failure> {
    if args.iam && args.whose.named().is_none() {
        return Err(NOBODYS.into());
    }
    let into_file = args.output.as_os_str() != "-";
    let format = match args.format {
        Some(format) => format,
        None if args.iam || !into_file => FileFormat::Yaml,
        None => FileFormat::of(&args.output)?,
    };
    let client = args.remote.client()?;
    let grants = find(&client, args.bucket, &args.whose, None).await?;
    let lines: Vec<GrantLine> = grants.into_iter().map(GrantLine::from).collect();
    let text = if args.iam { policy(&lines)? } else { format.write(&lines)? };
    if !into_file {
        return Ok(output::print(&text)?);
    }
    let name = args.output.display();
    let text = format!("{}\n", text.trim_end_matches('\n'));
    std::fs::write(&args.output, text).map_err(|error| format!("{name}: {error}"))?;
    let what = if args.iam { "the policy of" } else { "wrote" };
    output::say(&format!("{name}: {what} {} grants", lines.len()));
    Ok(())
}

/// The grants as an IAM policy. Prints what the policy cannot express.
fn policy(lines: &[GrantLine]) -> Result<String, Failure> {
    let stored = |line: &GrantLine| {
        let key = GrantKey::stored(
            &line.bucket,
            (line.prefix_kind, &line.prefix),
            line.kind,
            &line.subject,
        )?;
        Ok((key, GrantState::stored(line.clone().into())))
    };
    let grants = lines.iter().map(stored).collect::<Result<Vec<_>, InvalidName>>()?;
    let policy = iam::write(&grants);
    for lost in &policy.lost {
        output::say(&format!("not expressed: {lost}"));
    }
    Ok(serde_json::to_string_pretty(&policy.document)?)
}
