//! `rm`: removes an object or a folder.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;

use super::clients::SignedClients;
use super::listed::Listed;
use super::location::S3Location;
use super::refusal::{explained, failed, is_refusal};
use super::removal::Removal;
use super::tree::listed;
use crate::cli::failure::Failure;
use crate::cli::output;
use crate::cli::remote::Remote;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  sail-cargo rm s3://photos/2026/cat.png\n  \
    sail-cargo rm -r --yes s3://photos/2025/")]
pub(in crate::cli) struct RmArgs {
    #[command(flatten)]
    remote: Remote,
    /// The object, as `s3://bucket/key`; with `-r` the folder
    place: S3Location,
    /// Remove everything in the folder
    #[arg(short, long)]
    recursive: bool,
    /// Do not ask for confirmation
    #[arg(short, long)]
    yes: bool,
}

pub(in crate::cli) async fn rm(args: RmArgs) -> Result<ExitCode, Failure> {
    let RmArgs { remote, place, recursive, yes } = args;
    if recursive && !yes && !std::io::stdin().is_terminal() {
        return Err("`rm -r` asks first, and there is no terminal to ask at: use --yes".into());
    }
    let clients = SignedClients::open(&remote).await?;
    if !recursive && place.is_folder() && !is_object(&clients, &place).await? {
        return Err(format!("{place} is a folder: `rm -r` removes what is in it").into());
    }
    let removed = if recursive {
        remove_folder(&clients, &place, yes).await
    } else {
        remove_one(&clients, &place).await
    };
    match removed {
        Ok(code) => Ok(code),
        Err(error) => Err(explained(&clients.cargo, &place.bucket, error).await),
    }
}

/// Whether an object has the folder's name. A caller without the permission to read it may still
/// have the one to remove it.
async fn is_object(clients: &SignedClients, place: &S3Location) -> Result<bool, Failure> {
    match Listed::marker(clients, place).await {
        Err(error) if is_refusal(&*error) => Ok(true),
        marker => Ok(marker?.is_some()),
    }
}

async fn remove_one(clients: &SignedClients, place: &S3Location) -> Result<ExitCode, Failure> {
    let delete = clients.s3.delete_object().bucket(&place.bucket).key(&place.key);
    delete.send().await.map_err(|error| failed(place, error))?;
    output::say(&format!("removed {place}"));
    Ok(ExitCode::SUCCESS)
}

async fn remove_folder(
    clients: &SignedClients,
    place: &S3Location,
    yes: bool,
) -> Result<ExitCode, Failure> {
    let keys = listed(&clients.s3, place).await?;
    if keys.is_empty() {
        output::say(&format!("there is nothing in {place}"));
        return Ok(ExitCode::SUCCESS);
    }
    if !yes && !agreed(&format!("remove {} objects in {place}?", keys.len()))? {
        output::say("nothing was removed");
        return Ok(ExitCode::FAILURE);
    }
    Ok(Removal::new(clients, &place.bucket).remove_all(&keys).await)
}
/// Asks for confirmation at the terminal.
fn agreed(question: &str) -> Result<bool, Failure> {
    write!(std::io::stderr(), "{question} [y/N] ")?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
