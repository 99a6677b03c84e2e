//! `cp`: copies files to objects, objects to files, objects to objects.

use std::process::ExitCode;

use sail_cargo_transfer::{CancellationToken, Transfers};

use super::clients::SignedClients;
use super::copier::Copier;
use super::interrupt;
use super::jobs::{self, LeftOut};
use super::location::Location;
use super::pair::{Obstacle, Pair};
use super::pairs::{Which, pairs};
use super::progress::Bars;
use crate::cli::failure::Failure;
use crate::cli::remote::Remote;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  sail-cargo cp cat.png s3://photos/2026/\n  \
    sail-cargo cp -r s3://photos/2026/ backup/\n  \
    tar cz notes | sail-cargo cp - s3://photos/notes.tgz\n\n\
    A large file whose copy was interrupted goes on where it was when it is copied again. What is no\n\
    regular file is read and written as it comes: `sail-cargo cp <(mysqldump shop) s3://photos/shop.sql`.\n\
    With -r nothing is left out in silence: what cannot be copied is named, and the exit code is 1.")]
pub(in crate::cli) struct CpArgs {
    #[command(flatten)]
    remote: Remote,
    /// A file, an object as `s3://bucket/key`, or `-` for standard input; with `-r` a directory or
    /// folder
    source: Location,
    /// A file, an object as `s3://bucket/key`, or `-` for standard output; a name that ends in `/`
    /// is a directory or folder to copy into
    target: Location,
    #[command(flatten)]
    which: Which,
    /// The media type of uploads [default: by the file's name]
    #[arg(long, value_name = "TYPE")]
    content_type: Option<String>,
    /// Print only errors
    #[arg(short, long)]
    quiet: bool,
}

/// Exit code 0 if everything was copied or left out by --skip-special, 3 if the only failures were
/// denials, 130 if interrupted, 1 otherwise.
pub(in crate::cli) async fn cp(args: CpArgs) -> Result<ExitCode, Failure> {
    let asked = args.remote.command_target();
    let (stop, bars) = (interrupt::listen(), Bars::new(args.quiet));
    let (quiet, skip_special) = (args.quiet, args.which.skip_special);
    let (copier, pairs) = tokio::select! {
        begun = begin(args, &bars, &stop) => begun?,
        () = stop.cancelled() => {
            if !quiet {
                bars.say("interrupted: nothing was copied");
            }
            return Ok(interrupt::code());
        }
    };
    let (special, pairs): (Vec<_>, Vec<_>) = pairs.into_iter().partition(is_special);
    let left_out = LeftOut { count: special.len(), is_fine: skip_special };
    if !(quiet && skip_special) {
        for pair in &special {
            say_why(&bars, pair);
        }
    }
    let copies = pairs.into_iter().map(|pair| copier.copy(pair));
    Ok(jobs::run(&bars, quiet, &stop, copies, left_out, &asked).await)
}

/// The copier, and the pairs to copy.
async fn begin(
    args: CpArgs,
    bars: &Bars,
    stop: &CancellationToken,
) -> Result<(Copier, Vec<Pair>), Failure> {
    let clients = SignedClients::open(&args.remote).await?;
    let pairs = pairs(&clients, args.source, args.target, &args.which).await?;
    let copier = Copier {
        transfers: Transfers::new(clients.s3.clone()),
        clients,
        bars: bars.clone(),
        content_type: args.content_type,
        recursive: args.which.recursive,
        stop: stop.clone(),
    };
    Ok((copier, pairs))
}

fn is_special(pair: &Pair) -> bool {
    matches!(pair.to, Err(Obstacle::Special(_)))
}

fn say_why(bars: &Bars, pair: &Pair) {
    if let Err(Obstacle::Special(why)) = &pair.to {
        bars.say(&format!("left out: {} {why}", pair.from));
    }
}
