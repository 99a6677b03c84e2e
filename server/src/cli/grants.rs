//! `grants`: who may do what.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use indicatif::{ProgressBar, ProgressStyle};
use sail_cargo_client::{Client, Precondition};
use sail_cargo_protocol::{BulkQuery, Grant, GrantLine, GrantsChanged, GrantsQuery, PutGrant};

use super::buckets::{Permissions, permissions};
use super::doubts::{say_if_absent, say_if_over};
use super::format::{Output, instant, words};
use super::grants_file::{FileFormat, line};
use super::named::{bucket, name};
use super::remote::Remote;
use super::time::{Future, PastTime};
use super::whom::{Whom, Whose, called, one_of};
use super::{Failure, doubts, output};
use crate::clock::Clock;
use crate::{iam, text_file};

#[derive(Debug, clap::Subcommand)]
pub(super) enum GrantsCommand {
    /// Give a grant, or replace it: what is left out is reset
    #[command(after_help = "Examples:\n  sail-cargo grants put ada photos read,write\n  \
        sail-cargo grants put staff photos/2026/ read --group --reason 'on call' \\\n    \
        --expires-at 30d\n  \
        sail-cargo grants put /realm/staff photos read --token-group")]
    Put(PutArgs),
    /// List grants: of the project, of a bucket, of a user or group
    #[command(after_help = "Example:\n  sail-cargo grants list --bucket photos --at 2026-03-01")]
    List(ListArgs),
    /// Show one grant
    #[command(after_help = "Example:\n  sail-cargo grants get ada photos/2026/")]
    Get(GetArgs),
    /// Take a grant away; exit code 1 when there is none
    #[command(after_help = "Example:\n  sail-cargo grants delete ada photos/2026/")]
    Delete(DeleteArgs),
    /// Print grants in a form that `import` reads; or, for a user, as an IAM policy
    #[command(after_help = "Examples:\n  sail-cargo grants export -o grants.yaml\n  \
        sail-cargo grants export --iam --user ada -o policy.json")]
    Export(ExportArgs),
    /// Give the grants of a file, all or none; those it does not name stay
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
    /// What to allow: `read,write,delete,admin`
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
    /// Why
    #[arg(long)]
    reason: Option<String>,
    /// Only if there is none yet
    #[arg(long)]
    new: bool,
    /// Even if the bucket loses its last admin
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
    /// As they were at this time, in UTC: 2026-03-01, 2026-03-01T12:00:00Z, yesterday, or 30d for that
    /// long ago
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
    /// Even if the bucket loses its last admin
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
    /// How to write it [default: as the name of the file says; yaml without one]
    #[arg(long, value_enum)]
    format: Option<FileFormat>,
    /// Into this file, which is replaced; `-` for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-", hide_default_value = true)]
    output: PathBuf,
    /// The IAM policy that allows in S3 what the grants of a user or group do
    #[arg(long, conflicts_with = "format")]
    iam: bool,
}

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct ImportArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// The file; `-` for standard input
    file: PathBuf,
    /// How it is written [default: as its name says]
    #[arg(long, value_enum, conflicts_with = "iam")]
    format: Option<FileFormat>,
    /// It is an IAM policy, whose permissions `--user`, `--group` or `--token-group` shall have
    #[arg(long)]
    iam: bool,
    /// The user whom an IAM policy is for
    #[arg(long, requires = "iam", value_parser = name, conflicts_with_all = ["group", "token_group"])]
    user: Option<String>,
    /// The group that an IAM policy is for
    #[arg(long, requires = "iam", value_parser = name, conflicts_with = "token_group")]
    group: Option<String>,
    /// The token group that an IAM policy is for
    #[arg(long, requires = "iam", value_parser = name)]
    token_group: Option<String>,
    /// Give a permission also where it allows more than the IAM policy does
    #[arg(long, requires = "iam")]
    accept_wider: bool,
    /// Change nothing: say who would gain and lose what
    #[arg(long)]
    dry_run: bool,
    /// Even if a bucket loses its last admin
    #[arg(long)]
    force: bool,
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
    let grant = client.put_grant_if(bucket, &args.whom.subject, &query, precondition, &put).await?;
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
        Err(error) => Err(error.into()),
    }
}

/// The grants on the bucket that the subject has, or another of that name, for whoever named one
/// that is not there.
async fn others(client: &Client, whom: &Whom) -> Result<String, Failure> {
    let subject = Some(whom.subject.clone());
    let query = GrantsQuery { subject, page_size: Some(5), ..GrantsQuery::default() };
    let mut found = std::pin::pin!(client.grants_stream(&whom.place.bucket, &query));
    let mut there = Vec::new();
    while there.len() < 5
        && let Some(grant) = found.try_next().await?
    {
        let whom = called(grant.kind, &grant.subject);
        there.push(format!("{whom} on {}/{}", grant.bucket, grant.prefix));
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
    let grants = match bucket {
        Some(bucket) => client.grants_stream(&bucket, &query).try_collect().await,
        None => client.all_grants_stream(&query).try_collect().await,
    };
    Ok(grants?)
}

const NOBODYS: &str = "an IAM policy is somebody's: give --user, --group or --token-group";

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
    let lines: Vec<GrantLine> = grants.into_iter().map(line).collect();
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

/// The IAM policy. What it does not say is told.
fn policy(lines: &[GrantLine]) -> Result<String, Failure> {
    let policy = iam::write(lines);
    for lost in &policy.lost {
        output::say(&format!("not expressed: {lost}"));
    }
    Ok(serde_json::to_string_pretty(&policy.document)?)
}

async fn import(args: ImportArgs) -> Result<(), Failure> {
    let lines = read(&args)?;
    let how = BulkQuery { dry_run: args.dry_run, force: args.force };
    if lines.is_empty() {
        return Err(format!("{}: the file has no grants", args.file.display()).into());
    }
    doubts::say_if_some_are_over(&lines, Clock::system().now());
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{msg:8} [{bar:30}] {bytes}/{total_bytes} {elapsed}");
    bar.set_style(style?);
    bar.set_message("sending");
    let moving = bar.clone();
    let progress = move |sent, total| {
        moving.set_length(total);
        moving.set_position(sent);
        if sent == total {
            moving.set_message("applying");
            moving.enable_steady_tick(std::time::Duration::from_millis(100));
        }
    };
    let imported = args.remote.client()?.import_grants(&lines, &how, progress).await;
    bar.finish_and_clear();
    let imported = imported.map_err(|error| named(error, &args, &lines))?;
    changed(args.output, &imported)
}

/// The grants of the file.
fn read(args: &ImportArgs) -> Result<Vec<GrantLine>, Failure> {
    let name = args.file.display();
    let text = text_file::read(&args.file).map_err(|error| format!("{name}: {error}"))?;
    if args.iam {
        return read_policy(args, &text);
    }
    let format = args.format.map_or_else(|| FileFormat::of(&args.file), Ok)?;
    format.read(&text).map_err(|error| format!("{name}: {error}").into())
}

fn read_policy(args: &ImportArgs, text: &str) -> Result<Vec<GrantLine>, Failure> {
    let (user, group) = (args.user.as_deref(), args.group.as_deref());
    let (kind, subject) = one_of(user, group, args.token_group.as_deref()).ok_or(NOBODYS)?;
    let policy = iam::read(text, kind, subject, args.accept_wider)
        .map_err(|error| format!("{}: {error}", args.file.display()))?;
    for lost in &policy.lost {
        output::say(&format!("not expressed: {lost}"));
    }
    for wider in &policy.wider {
        let what = if args.accept_wider { "wider than the policy" } else { "left out" };
        output::say(&format!("{what}: {wider}"));
    }
    let hint = "--accept-wider gives the nearest grants, although they allow more than the policy";
    if policy.lines.is_empty() && policy.would_give_more {
        return Err(format!("no grant allows just what the policy does: {hint}").into());
    }
    if policy.would_give_more {
        output::say(&format!("{hint}: without it, what is left out above is not given"));
    }
    Ok(policy.lines)
}

/// The error with the entry it is about.
fn named(error: sail_cargo_client::Error, args: &ImportArgs, lines: &[GrantLine]) -> Failure {
    let pointer = error.problem().and_then(|problem| problem.errors.first());
    let index = pointer
        .and_then(|field| field.pointer.strip_prefix('/'))
        .and_then(|rest| rest.split('/').next()?.parse::<usize>().ok());
    if let Some((index, line)) = index.and_then(|index| Some((index, lines.get(index)?))) {
        let place = format!("{}/{}", line.bucket, line.prefix);
        let name = args.file.display();
        let whom = called(line.kind, &line.subject);
        output::say(&format!("{name}: grant {} ({whom} on {place})", index + 1));
    }
    error.into()
}

/// Prints grants.
pub(super) fn rows(output: Output, grants: &[Grant]) -> Result<(), Failure> {
    let heading = ["BUCKET", "PREFIX", "KIND", "SUBJECT", "PERMISSIONS", "EXPIRES", "REASON"];
    output.list(grants, heading, |grant| {
        [
            grant.bucket.clone(),
            grant.prefix.clone(),
            words([grant.kind]),
            grant.subject.clone(),
            words(&grant.permissions),
            instant(grant.expires_at),
            grant.reason.clone().unwrap_or_default(),
        ]
    })
}

/// Prints what a bulk change did, or would do.
pub(super) fn changed(output: Output, changed: &GrantsChanged) -> Result<(), Failure> {
    if !output.is_table() {
        return output.one(changed, "");
    }
    if !changed.effects.is_empty() {
        let heading = ["BUCKET", "PREFIX", "KIND", "SUBJECT", "GAINS", "LOSES"];
        output.list(&changed.effects, heading, |effect| {
            [
                effect.bucket.clone(),
                effect.prefix.clone(),
                words([effect.kind]),
                effect.subject.clone(),
                words(&effect.gains),
                words(&effect.loses),
            ]
        })?;
    }
    let verb = if changed.dry_run { "would be" } else { "were" };
    output::say(&format!(
        "{} grants {verb} created, {} changed, {} deleted; {} unchanged",
        changed.created, changed.updated, changed.deleted, changed.unchanged
    ));
    Ok(())
}
