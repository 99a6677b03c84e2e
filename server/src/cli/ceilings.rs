//! `ceilings`: ceilings kept for bucket names that are not registered. For operators.

use futures_util::TryStreamExt as _;

use super::failure::Failure;
use super::format::{Output, words};
use super::named::{bucket, name};
use super::output;
use super::remote::Remote;

#[derive(Debug, clap::Subcommand)]
pub(super) enum CeilingsCommand {
    /// List the unregistered bucket names of a store that have a ceiling
    #[command(after_help = "Example:\n  sail-cargo ceilings list main")]
    List {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The store
        #[arg(value_parser = name)]
        store: String,
    },
    /// Remove the ceiling of an unregistered name, so that the bucket has none when it is
    /// registered
    #[command(after_help = "Example:\n  sail-cargo ceilings lift main photos")]
    Lift {
        #[command(flatten)]
        remote: Remote,
        /// The store
        #[arg(value_parser = name)]
        store: String,
        /// The bucket's name
        #[arg(value_parser = bucket)]
        bucket: String,
    },
}

pub(super) async fn ceilings(command: CeilingsCommand) -> Result<(), Failure> {
    match command {
        CeilingsCommand::List { remote, output, store } => {
            let kept: Vec<_> = remote.client()?.kept_ceilings_stream(&store).try_collect().await?;
            output.list(&kept, ["BUCKET", "CEILING"], |kept| {
                [kept.bucket.clone(), words(&kept.ceiling)]
            })
        }
        CeilingsCommand::Lift { remote, store, bucket } => {
            remote.client()?.lift_ceiling(&store, &bucket).await?;
            output::say(&format!("removed the ceiling that was kept for {bucket}"));
            Ok(())
        }
    }
}
