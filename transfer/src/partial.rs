//! An unfinished download: its file, its journal, and its completion.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tokio::fs::{File, OpenOptions};

use crate::journal::{Earlier, Journal};
use crate::names::{JOURNAL, PARTIAL, beside};
use crate::plan::Plan;
use crate::private;
use crate::refused::refused;
use crate::target::refuse_special;
use crate::verify::{ExpectedDigest, Verified};
use crate::{TransferError, keep};

/// The identity of a download: the first line of its journal.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Header {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) e_tag: Option<String>,
    pub(crate) length: u64,
    pub(crate) part_size: u64,
}

/// An unfinished download.
#[derive(Debug)]
pub(crate) struct Partial {
    pub(crate) path: PathBuf,
    pub(crate) header: Header,
    pub(crate) plan: Plan,
    /// The numbers of the parts in the file.
    pub(crate) done: BTreeSet<u32>,
    target: PathBuf,
    /// Whether it replaces an existing file.
    replaces: bool,
    /// Whether the file at `path` belongs to this download or an earlier one.
    was_begun: bool,
    journal: Journal,
}

impl Partial {
    /// Opens what an earlier call left beside `target`, if it was the same download.
    pub(crate) async fn open(
        target: PathBuf,
        replaces: bool,
        header: Header,
        plan: Plan,
    ) -> Result<Self, TransferError> {
        let path = beside(&target, PARTIAL);
        refuse_special(&path).map_err(TransferError::file(&path))?;
        let (journal, earlier) = Journal::open(beside(&target, JOURNAL)).await?;
        let was_begun = earlier.is_some();
        let there = tokio::fs::symlink_metadata(&path).await;
        let there = there.is_ok_and(|file| file.len() == header.length && keep::is_ours(&file));
        let done = if there { known(&header, earlier) } else { BTreeSet::new() };
        Ok(Self { path, header, plan, done, target, replaces, was_begun, journal })
    }

    /// Creates the file with its final length, or continues with the existing one.
    ///
    /// # Errors
    /// [`TransferError::File`] if the existing file does not belong to a download. It stays.
    pub(crate) async fn prepare(&mut self) -> Result<(), TransferError> {
        let anew = self.done.is_empty();
        if anew {
            self.clear().await.map_err(TransferError::file(&self.path))?;
            self.was_begun = true;
            self.journal.begin(&self.header).await?;
        }
        self.ready(anew).await.map_err(TransferError::file(&self.path))
    }

    /// Deletes the file of an earlier download. A download creates its journal first, so that a
    /// file without a journal belongs to another program.
    async fn clear(&self) -> io::Result<()> {
        match tokio::fs::symlink_metadata(&self.path).await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Ok(_) if self.was_begun => tokio::fs::remove_file(&self.path).await,
            Ok(_) => Err(refused("is not an unfinished download of this program: move it away")),
            Err(error) => Err(error),
        }
    }

    async fn ready(&self, anew: bool) -> io::Result<()> {
        // The file that is replaced may be private to its owner.
        let options = if self.replaces { private::options() } else { private::no_link() };
        let mut options = OpenOptions::from(options);
        let file: File = options.write(true).create_new(anew).open(&self.path).await?;
        if !anew && !keep::is_ours(&file.metadata().await?) {
            return Err(refused("belongs to another user, or has a second name (hard link)"));
        }
        if self.replaces {
            let file = file.try_clone().await?.into_std().await;
            keep::shelter(&file)?;
        }
        file.set_len(self.header.length).await
    }

    /// Records that a part is in the file.
    pub(crate) async fn note(&mut self, part: u32) -> Result<(), TransferError> {
        self.journal.append(&part).await?;
        self.done.insert(part);
        Ok(())
    }

    /// Verifies the file against S3's digest.
    pub(crate) async fn verify(
        &self,
        claim: ExpectedDigest,
    ) -> Result<Option<Verified>, TransferError> {
        let (path, plan) = (self.path.clone(), self.plan);
        let checked = tokio::task::spawn_blocking(move || claim.check(&path, plan)).await;
        checked.map_err(|_| TransferError::Cancelled)?.map_err(TransferError::file(&self.path))
    }

    /// Moves the complete file into place.
    pub(crate) async fn settle(mut self) -> Result<(), TransferError> {
        let put = match self.put(keep::replace).await {
            Ok(true) => Ok(()),
            Ok(false) => match self.put(|_, path| keep::to_write(path)).await {
                // Keep the source: a failure would leave the target half overwritten.
                Ok(to) => return self.write_over(to).await,
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        if let Err(error) = put {
            self.done.clear();
            self.close(&error).await;
            return Err(error);
        }
        self.journal.remove().await;
        Ok(())
    }

    async fn write_over(self, to: std::fs::File) -> Result<(), TransferError> {
        self.put(move |new, _| keep::write_over(new, to)).await?;
        self.journal.remove().await;
        Ok(())
    }

    async fn put<T: Send + 'static>(
        &self,
        put: impl FnOnce(&Path, &Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, TransferError> {
        let (path, target) = (self.path.clone(), self.target.clone());
        let put = tokio::task::spawn_blocking(move || put(&path, &target)).await;
        put.map_err(|_| TransferError::Cancelled)?.map_err(TransferError::file(&self.target))
    }

    /// Keeps the files if the next call can continue with them; otherwise deletes them.
    pub(crate) async fn close(self, error: &TransferError) {
        let hopeless = match error {
            TransferError::Corrupt { .. } | TransferError::Changed { .. } => true,
            error => error.is_not_found(),
        };
        if hopeless || self.done.is_empty() {
            if self.was_begun {
                drop(tokio::fs::remove_file(&self.path).await);
            }
            self.journal.remove().await;
        }
    }
}

/// The parts in the journal, if it belongs to this download. Without an ETag, the object may have
/// changed.
fn known(header: &Header, earlier: Earlier<Header, u32>) -> BTreeSet<u32> {
    match earlier {
        Some((known, done)) if known == *header && header.e_tag.is_some() => {
            done.into_iter().collect()
        }
        _ => BTreeSet::new(),
    }
}
