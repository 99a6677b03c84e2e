//! Copies one object or file: up, down or within S3.

use std::path::{Path, PathBuf};

use mime_guess::Mime;
use sail_cargo_transfer::{CancellationToken, TransferError, Transfers, Verified};
use sha2::{Digest as _, Sha256};
use tokio_util::io::ReaderStream;

use super::clients::SignedClients;
use super::location::{Location, S3Location};
use super::pair::{Obstacle, Pair, To};
use super::progress::Bars;
use super::refusal::{about, explained};
use crate::cli::failure::Failure;
use crate::{config, private};

/// What all copies of a command share.
pub(super) struct Copier {
    pub(super) transfers: Transfers,
    pub(super) clients: SignedClients,
    pub(super) bars: Bars,
    pub(super) content_type: Option<String>,
    /// Whether the targets come from a recursive copy rather than from the command line.
    pub(super) recursive: bool,
    pub(super) stop: CancellationToken,
}

impl Copier {
    /// Copies one pair. An error names its source or target.
    pub(super) async fn copy(&self, pair: Pair) -> Result<String, Failure> {
        let from = pair.from.clone();
        let to = match &pair.to {
            Ok(To::Location(to)) => Some(to.clone()),
            _ => None,
        };
        self.copy_pair(pair).await.map_err(|error| about(&from, to.as_ref(), error))
    }

    async fn copy_pair(&self, pair: Pair) -> Result<String, Failure> {
        let to = match pair.to {
            Ok(To::Location(to)) => to,
            Ok(To::Directory(to)) => return make(&pair.from, &to).await,
            Err(Obstacle::Special(why) | Obstacle::Failed(why)) => {
                return Err(format!("{}: {why}", pair.from).into());
            }
        };
        match (pair.from, to) {
            (Location::File(from), Location::S3(to)) => {
                self.named(&to, self.upload(&from, &to).await).await?;
                Ok(format!("uploaded {} to {to}", from.display()))
            }
            (Location::Pipe, Location::S3(to)) => {
                self.named(&to, self.upload_input(&to).await).await?;
                Ok(format!("uploaded to {to}"))
            }
            (Location::S3(from), Location::File(to)) => {
                self.named(&from, self.download(&from, &to).await).await?;
                Ok(format!("downloaded {from} to {}", to.display()))
            }
            (Location::S3(from), Location::Pipe) => {
                let print = super::cat::print(&self.clients, &from);
                self.named(&from, self.unless_stopped(print).await).await?;
                Ok(format!("printed {from}"))
            }
            (Location::S3(from), Location::S3(to)) => {
                self.named(&to, self.copy_within(&from, &to).await).await?;
                Ok(format!("copied {from} to {to}"))
            }
            _ => Err("the source or the target must be in S3: `s3://bucket/key`".into()),
        }
    }

    async fn unless_stopped(
        &self,
        copy: impl Future<Output = Result<(), Failure>>,
    ) -> Result<(), Failure> {
        tokio::select! {
            done = copy => done,
            () = self.stop.cancelled() => Err("interrupted".into()),
        }
    }

    async fn named(&self, place: &S3Location, done: Result<(), Failure>) -> Result<(), Failure> {
        match done {
            Ok(()) => Ok(()),
            Err(error) => Err(explained(&self.clients.cargo, &place.bucket, error).await),
        }
    }

    async fn upload(&self, from: &Path, to: &S3Location) -> Result<(), Failure> {
        let (_bar, tell) = self.bars.bar(&to.to_string());
        let named = || mime_guess::from_path(from).first().or_else(|| of_name(&to.key));
        let kind = self.content_type.clone().or_else(|| Some(named()?.to_string()));
        let up = self.transfers.upload_file(from, &to.bucket, &to.key).on_progress(tell);
        let up = up.cancel_on(self.stop.clone());
        let up = if let Some(kind) = kind { up.content_type(kind) } else { up };
        let done = match journal(from, to)? {
            Some(journal) => up.resume_with(journal).await?,
            None => up.await?,
        };
        self.warn(to, done.verified);
        Ok(())
    }

    /// Warns if the storage has no checksum to compare the copy with.
    fn warn(&self, place: &S3Location, verified: Verified) {
        if verified == Verified::Length {
            let told = "was checked by its length only: the storage has no checksum of it";
            self.bars.say(&format!("{place} {told}"));
        }
    }

    async fn upload_input(&self, to: &S3Location) -> Result<(), Failure> {
        let (_bar, tell) = self.bars.bar(&to.to_string());
        let input = ReaderStream::new(tokio::io::stdin());
        // The length of standard input is unknown: large parts keep within the limit on their
        // number.
        let transfers = self.transfers.clone().part_size(64 << 20).parallel(2);
        let up = transfers.upload_stream(input, &to.bucket, &to.key).on_progress(tell);
        let up = up.cancel_on(self.stop.clone());
        let kind = self.content_type.clone().or_else(|| Some(of_name(&to.key)?.to_string()));
        if let Some(kind) = kind {
            up.content_type(kind).await?
        } else {
            up.await?
        };
        Ok(())
    }

    async fn download(&self, from: &S3Location, to: &Path) -> Result<(), Failure> {
        let named = |path: &Path, error| format!("{from}: {}: {error}", path.display());
        if self.recursive && is_special(to) {
            return Err(format!("{from}: {} is not a regular file", to.display()).into());
        }
        if let Some(parent) = to.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            let made = tokio::fs::create_dir_all(parent).await;
            made.map_err(|error| named(parent, error))?;
        }
        let (_bar, tell) = self.bars.bar(&from.to_string());
        let down = self.transfers.download_file(&from.bucket, &from.key, to).on_progress(tell);
        let done = match down.cancel_on(self.stop.clone()).await {
            Err(TransferError::File { path, source }) => return Err(named(&path, source).into()),
            done => done?,
        };
        self.warn(from, done.verified);
        Ok(())
    }

    /// Copies inside S3, without a byte through this process.
    async fn copy_within(&self, from: &S3Location, to: &S3Location) -> Result<(), Failure> {
        let (_bar, tell) = self.bars.bar(&to.to_string());
        let copy = self.transfers.copy_object(&from.bucket, &from.key, &to.bucket, &to.key);
        copy.on_progress(tell).cancel_on(self.stop.clone()).await?;
        Ok(())
    }
}

/// Creates the directory that an object whose key ends in `/` stands for.
async fn make(from: &Location, directory: &Path) -> Result<String, Failure> {
    match tokio::fs::create_dir_all(directory).await {
        Ok(()) => Ok(format!("made {} for {from}", directory.display())),
        Err(error) => Err(format!("{from}: {}: {error}", directory.display()).into()),
    }
}

/// The media type by a key's extension.
fn of_name(key: &str) -> Option<Mime> {
    mime_guess::from_path(key).first()
}

/// Whether the path is a pipe, socket or device.
fn is_special(path: &Path) -> bool {
    path.metadata().is_ok_and(|there| !there.is_file() && !there.is_dir())
}

/// The path of an upload's resume journal. It depends on source and target, so that a repeated
/// command finds it. None without a state directory, and for a source that cannot be read twice.
fn journal(from: &Path, to: &S3Location) -> Result<Option<PathBuf>, Failure> {
    if !from.metadata().is_ok_and(|there| there.is_file()) {
        return Ok(None);
    }
    // An open file that has been unlinked has no canonical path.
    let Ok(from) = from.canonicalize() else { return Ok(None) };
    let Some(directory) = config::state_directory() else { return Ok(None) };
    let directory = directory.join("uploads");
    private::directory(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    let mut name = Sha256::new();
    name.update(from.as_os_str().as_encoded_bytes());
    name.update([0]);
    name.update(format!("s3://{}/{}", to.bucket, to.key));
    Ok(Some(directory.join(format!("{}.journal", hex::encode(name.finalize())))))
}
