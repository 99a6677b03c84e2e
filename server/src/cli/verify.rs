//! `audit verify`: whether the log of changes is as it was written.

use std::process::ExitCode;

use sail_cargo_protocol::{ChainBreak, ChainCheck, ChainFault};

use super::failure::{BROKEN, Failure};
use super::format::{Output, instant};
use super::remote::Remote;
use crate::domain::ChainHead;

#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// A head that an earlier run printed and that was kept elsewhere: a log without it was
    /// rewritten
    #[arg(long, value_name = "REVISION:HASH", value_parser = ChainHead::parse)]
    head: Option<ChainHead>,
}

/// Exit code 0 if the log is unbroken, [`BROKEN`] if not.
pub(super) async fn verify(args: VerifyArgs) -> Result<ExitCode, Failure> {
    let head = args.head.map(|head| head.to_string());
    let check = args.remote.client()?.verify_changes(head.as_deref()).await?;
    args.output.one(&check, &words(&check))?;
    Ok(if check.holds { ExitCode::SUCCESS } else { ExitCode::from(BROKEN) })
}

fn words(check: &ChainCheck) -> String {
    let until = format!("revision {}, {}", check.verified_revision, instant(check.verified_at));
    match &check.broken {
        None => format!(
            "The log of changes is unbroken until {until}.\n\
             Keep this head elsewhere, and compare it by --head next time:\n{}\n",
            check.next
        ),
        Some(broken) => format!(
            "The log of changes is broken at revision {}: {}.\nIt holds until {until}:\n{}\n",
            broken.revision,
            reason(broken),
            check.next
        ),
    }
}

fn reason(broken: &ChainBreak) -> String {
    let words = match broken.reason {
        ChainFault::Missing => "there is no such change",
        ChainFault::PreviousHash => "it does not follow the change before it",
        ChainFault::Hash => "what is stored of it is not what was hashed",
        ChainFault::Body => "it is not written as Cargo writes",
        ChainFault::Column => {
            let column = broken.column.as_deref().unwrap_or("?");
            return format!("the column {column} says something else than what was hashed");
        }
        ChainFault::Head => "the project's head names another change as the last one",
        ChainFault::Unexpected => "it is behind the project's head",
        ChainFault::KeptHead => "it is not the change of the head that was kept",
    };
    words.to_owned()
}
