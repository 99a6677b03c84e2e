//! `grants import`: creates the grants of a file.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use sail_cargo_protocol::{BulkQuery, GrantLine};

use crate::cli::doubts::say_if_some_are_over;
use crate::cli::failure::Failure;
use crate::cli::format::Output;
use crate::cli::grants_file::FileFormat;
use crate::cli::grants_shown::changed;
use crate::cli::named::name;
use crate::cli::output;
use crate::cli::remote::Remote;
use crate::cli::whom::{NOBODYS, called, one_of};
use crate::clock::Clock;
use crate::domain::account::{AccountId, Username};
use crate::domain::{Subject, iam};
use crate::text_file;

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(in crate::cli) struct ImportArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// The file; `-` for standard input
    file: PathBuf,
    /// The file format [default: by the file name's extension]
    #[arg(long, value_enum, conflicts_with = "iam")]
    format: Option<FileFormat>,
    /// Read the file as an IAM policy and give its permissions to `--user`, `--group` or
    /// `--token-group`
    #[arg(long)]
    iam: bool,
    /// The user to give an IAM policy's permissions to
    #[arg(long, requires = "iam", value_parser = name, conflicts_with_all = ["group", "token_group"])]
    user: Option<String>,
    /// The group to give an IAM policy's permissions to
    #[arg(long, requires = "iam", value_parser = name, conflicts_with = "token_group")]
    group: Option<String>,
    /// The token group to give an IAM policy's permissions to
    #[arg(long, requires = "iam", value_parser = name)]
    token_group: Option<String>,
    /// Give the nearest grant even where it allows more than the IAM policy
    #[arg(long, requires = "iam")]
    accept_wider: bool,
    /// Change nothing; print who would gain and lose what
    #[arg(long)]
    dry_run: bool,
    /// Go on even if a bucket loses its last admin
    #[arg(long)]
    force: bool,
}

pub(super) async fn import(args: ImportArgs) -> Result<(), Failure> {
    let lines = read(&args).await?;
    let how = BulkQuery { dry_run: args.dry_run, force: args.force };
    if lines.is_empty() {
        return Err(format!("{}: the file has no grants", args.file.display()).into());
    }
    say_if_some_are_over(&lines, Clock::system().now());
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

/// Reads the grants of the file.
async fn read(args: &ImportArgs) -> Result<Vec<GrantLine>, Failure> {
    let name = args.file.display();
    let text = text_file::read(&args.file).map_err(|error| format!("{name}: {error}"))?;
    if args.iam {
        return read_policy(args, &text).await;
    }
    let format = args.format.map_or_else(|| FileFormat::of(&args.file), Ok)?;
    format.read(&text).map_err(|error| format!("{name}: {error}").into())
}

async fn read_policy(args: &ImportArgs, text: &str) -> Result<Vec<GrantLine>, Failure> {
    let (user, group) = (args.user.as_deref(), args.group.as_deref());
    let (kind, subject) = one_of(user, group, args.token_group.as_deref()).ok_or(NOBODYS)?;
    let subject = Subject::parse(kind, subject)?;
    let username = username(args, &subject, text).await?;
    let policy = iam::read(text, &subject, username.as_ref(), args.accept_wider)
        .map_err(|error| format!("{}: {error}", args.file.display()))?;
    for lost in &policy.lost {
        output::say(&format!("not expressed: {lost}"));
    }
    for wider in &policy.wider {
        let what = if args.accept_wider { "wider than the policy" } else { "left out" };
        output::say(&format!("{what}: {wider}"));
    }
    let hint = "--accept-wider gives the nearest grants, although they allow more than the policy";
    if policy.grants.is_empty() && policy.would_give_more {
        return Err(format!("no grant allows exactly what the policy does: {hint}").into());
    }
    if policy.would_give_more {
        output::say(&format!("{hint}: without it, the permissions left out above are not given"));
    }
    if policy.grants.iter().any(|(key, _)| key.prefix.is_by_username()) {
        output::say(
            "${aws:username} is read as ${username}, the name of an account of this server: users of \
             other auth services have none. ${aws:userid} is read as ${user}, the id of any user",
        );
    }
    Ok(policy.grants.into_iter().map(|(key, state)| key.line(state)).collect())
}

/// What the account of `subject` is called, if it is a user who has one and the policy asks for it.
async fn username(
    args: &ImportArgs,
    subject: &Subject,
    text: &str,
) -> Result<Option<Username>, Failure> {
    // No other id is an account's.
    let account = subject.user().filter(|_| iam::asks_for_names(text));
    let Some(id) = account.and_then(|user| AccountId::parse(user.as_str()).ok()) else {
        return Ok(None);
    };
    match args.remote.client()?.account(id.as_str()).await {
        Ok(account) => Ok(Some(Username::parse(&account.username)?)),
        // A server without accounts names nobody.
        Err(error) if error.is_not_found() || error.code() == Some("accounts_off") => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The error, after a line that names the entry it is about.
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
