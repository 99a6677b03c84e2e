//! `check`: asks the server whether a user may perform an action.

use std::process::ExitCode;

use sail_cargo_protocol::CheckRequest;

use super::failure::{DENIED, Failure};
use super::format::{Output, instant};
use super::named::Spot;
use super::remote::Remote;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  sail-cargo check ada read photos/2026/cat.png\n  \
    sail-cargo check ada s3:PutObject photos/2026/cat.png --token-group staff || echo denied\n\n\
    Exit code 0 when allowed, 3 when not.")]
pub(super) struct CheckArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// The user's id; `-` for yourself
    user: String,
    /// `read`, `write`, `delete`, `admin`, `list`, or an S3 operation such as `s3:GetObject`
    action: String,
    /// The bucket, or an object as `bucket/key`
    place: Spot,
    /// A group in the user's token; may be repeated
    #[arg(long = "token-group", alias = "group", value_name = "GROUP")]
    groups: Vec<String>,
    /// Treat the place as a prefix and ask about every key below it
    #[arg(long)]
    below: bool,
}

/// Exit code 0 if allowed, 3 if not.
pub(super) async fn check(args: CheckArgs) -> Result<ExitCode, Failure> {
    let Spot { bucket, rest } = args.place;
    let question = CheckRequest {
        action: args.action,
        bucket,
        key: (!args.below && !rest.is_empty()).then(|| rest.clone()),
        prefix: if args.below { rest } else { String::new() },
        user: (args.user != "-").then_some(args.user),
        groups: args.groups,
    };
    let answer = args.remote.client()?.check(&question).await?;
    let words = match (answer.decision, answer.expires_at) {
        (true, None) => "allowed".to_owned(),
        (true, until) => format!("allowed until {}", instant(until)),
        (false, _) => format!("denied ({})", answer.code),
    };
    args.output.one(&answer, &words)?;
    Ok(if answer.decision { ExitCode::SUCCESS } else { ExitCode::from(DENIED) })
}
