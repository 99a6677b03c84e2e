//! `cat`: prints an object to standard output.

use std::io;

use tokio::io::AsyncWriteExt as _;

use super::clients::SignedClients;
use super::location::S3Location;
use super::refusal::{explained, failed};
use crate::cli::failure::Failure;
use crate::cli::remote::Remote;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  sail-cargo cat s3://photos/2026/notes.txt | less")]
pub(in crate::cli) struct CatArgs {
    #[command(flatten)]
    remote: Remote,
    /// The object, as `s3://bucket/key`
    object: S3Location,
}

pub(in crate::cli) async fn cat(args: CatArgs) -> Result<(), Failure> {
    let clients = SignedClients::open(&args.remote).await?;
    match print(&clients, &args.object).await {
        Err(error) => Err(explained(&clients.cargo, &args.object.bucket, error).await),
        done => done,
    }
}

/// Streams the object to standard output. A closed pipe is no error.
pub(super) async fn print(clients: &SignedClients, object: &S3Location) -> Result<(), Failure> {
    let get = clients.s3.get_object().bucket(&object.bucket).key(&object.key);
    let mut body = get.send().await.map_err(|error| failed(object, error))?.body;
    let mut out = tokio::io::stdout();
    let broken = |error| format!("{object}: the answer was cut off: {error}");
    while let Some(bytes) = body.try_next().await.map_err(broken)? {
        match out.write_all(&bytes).await {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            written => written?,
        }
    }
    match out.flush().await {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        flushed => Ok(flushed?),
    }
}
