//! An object to a file.

use std::collections::BTreeSet;
use std::future::IntoFuture;
use std::path::{Path, PathBuf};
use std::pin::Pin;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::ChecksumMode;
use serde::{Deserialize, Serialize};
use tokio::fs::{File, OpenOptions};
use tokio::task::JoinSet;

use super::fetch::Fetch;
use super::journal::{Earlier, Journal, refuse_link};
use super::object::{Place, watch_setters};
use super::plan::{Part, Plan};
use super::progress::Watch;
use super::send::joined;
use super::verify::{Claim, Verified};
use super::{TransferError, Transfers};
use crate::private;

/// Behind the name of the target: what is there of it so far.
pub(super) const PARTIAL: &str = ".sail-part";
/// Behind the name of the target: which parts of it are there.
pub(super) const JOURNAL: &str = ".sail-part.journal";

/// A download to a file, to be awaited. Dropped before its end, it can be resumed.
#[derive(Debug)]
#[must_use = "it begins when it is awaited"]
pub struct DownloadFile {
    transfers: Transfers,
    place: Place,
    path: PathBuf,
    watch: Watch,
}

/// What was downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// The file's size in bytes.
    pub bytes: u64,
    /// The object's ETag, as S3 wrote it.
    pub e_tag: Option<String>,
    /// How many bytes an earlier call had fetched already. Where S3 says nothing by which they could
    /// be verified, they are fetched again.
    pub resumed: u64,
    /// What it was verified by.
    pub verified: Verified,
}

/// What a download is: the first line of its journal.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Header {
    bucket: String,
    key: String,
    e_tag: Option<String>,
    length: u64,
    part_size: u64,
}

impl DownloadFile {
    pub(super) fn new(transfers: Transfers, bucket: String, key: String, path: PathBuf) -> Self {
        Self { transfers, place: Place { bucket, key }, path, watch: Watch::default() }
    }

    watch_setters!();

    async fn run(mut self) -> Result<Downloaded, TransferError> {
        let head = self.head().await?;
        let length = head.content_length().and_then(|length| u64::try_from(length).ok());
        let no_size =
            || TransferError::Corrupt { what: format!("the size of {}", self.place.name()) };
        let plan = Plan::new(length.ok_or_else(no_size)?, self.transfers.part_size)?;
        self.watch.expect(plan.length);
        let header = Header {
            bucket: self.place.bucket.clone(),
            key: self.place.key.clone(),
            e_tag: head.e_tag.clone(),
            length: plan.length,
            part_size: plan.part_size,
        };
        let partial = beside(&self.path, PARTIAL);
        refuse_link(&partial).map_err(TransferError::file(&partial))?;
        let (mut journal, earlier) = Journal::open(beside(&self.path, JOURNAL)).await?;
        let mut done = known(&partial, &header, earlier).await;
        let ended = loop {
            if done.is_empty() {
                journal.begin(&header).await?;
                make(&partial, plan.length).await.map_err(TransferError::file(&partial))?;
            }
            let claim = Claim::of(&head);
            match self.attempt(&header, &partial, plan, &done, claim, &mut journal).await {
                // Only S3 can vouch for what was there already, and here it does not.
                Ok(Downloaded { resumed: 1.., verified: Verified::Length, .. }) => {
                    done.clear();
                    self.watch.restart();
                }
                ended => break ended,
            }
        };
        match &ended {
            Ok(_) => {
                let renamed = tokio::fs::rename(&partial, &self.path).await;
                renamed.map_err(TransferError::file(&self.path))?;
                journal.remove().await;
            }
            // There is nothing worth going on with.
            Err(TransferError::Corrupt { .. } | TransferError::Changed { .. }) => {
                drop(tokio::fs::remove_file(&partial).await);
                journal.remove().await;
            }
            Err(_) => {}
        }
        ended
    }

    async fn head(&self) -> Result<HeadObjectOutput, TransferError> {
        let head = self.transfers.s3.head_object().bucket(&self.place.bucket).key(&self.place.key);
        let head = head.checksum_mode(ChecksumMode::Enabled).send();
        tokio::select! {
            head = head => head.map_err(TransferError::s3("HeadObject")),
            () = self.watch.cancelled() => Err(TransferError::Cancelled),
        }
    }

    /// Fetches what is not `done`, and holds all of it against what S3 claims.
    async fn attempt(
        &self,
        header: &Header,
        partial: &Path,
        plan: Plan,
        done: &BTreeSet<u32>,
        claim: Claim,
        journal: &mut Journal,
    ) -> Result<Downloaded, TransferError> {
        let (there, left): (Vec<_>, Vec<_>) =
            plan.parts().partition(|part| done.contains(&part.number));
        let resumed = there.iter().map(|part| part.length).sum();
        self.watch.add(resumed);
        let mut running = JoinSet::new();
        let fetched = self.fetch(header, partial, left, journal, &mut running).await;
        // Nothing writes to the file any more when this returns.
        running.shutdown().await;
        fetched?;
        let verified = verify(claim, partial, plan, &self.place).await?;
        Ok(Downloaded { bytes: plan.length, e_tag: header.e_tag.clone(), resumed, verified })
    }

    /// Fetches `left`, so many at once, and notes each in the journal.
    async fn fetch(
        &self,
        header: &Header,
        partial: &Path,
        left: Vec<Part>,
        journal: &mut Journal,
        running: &mut JoinSet<Result<Part, TransferError>>,
    ) -> Result<(), TransferError> {
        let fetch = Fetch {
            s3: self.transfers.s3.clone(),
            place: self.place.clone(),
            e_tag: header.e_tag.clone(),
            length: header.length,
            path: partial.to_owned(),
            watch: self.watch.clone(),
        };
        let mut left = left.into_iter();
        loop {
            while running.len() < self.transfers.parallel
                && let Some(part) = left.next()
            {
                let fetch = fetch.clone();
                running.spawn(async move { fetch.part(part).await });
            }
            let done = tokio::select! {
                biased;
                () = self.watch.cancelled() => return Err(TransferError::Cancelled),
                done = running.join_next() => done,
            };
            let Some(done) = done else { return Ok(()) };
            journal.append(&joined(done)?.number).await?;
        }
    }
}

/// The parts that are in the partial file already: those the journal has, where it is of this
/// download. Without an ETag it could be another object by now.
async fn known(partial: &Path, header: &Header, earlier: Earlier<Header, u32>) -> BTreeSet<u32> {
    let there = tokio::fs::metadata(partial).await.is_ok_and(|file| file.len() == header.length);
    match earlier {
        Some((known, done)) if there && known == *header && header.e_tag.is_some() => {
            done.into_iter().collect()
        }
        _ => BTreeSet::new(),
    }
}

/// An empty file of that length.
async fn make(path: &Path, length: u64) -> std::io::Result<()> {
    let mut options = OpenOptions::from(private::no_link());
    let file: File = options.write(true).create(true).truncate(true).open(path).await?;
    file.set_len(length).await
}

async fn verify(
    claim: Claim,
    partial: &Path,
    plan: Plan,
    place: &Place,
) -> Result<Verified, TransferError> {
    let path = partial.to_owned();
    let checked = tokio::task::spawn_blocking(move || claim.check(&path, plan));
    let checked = checked.await.map_err(|_| TransferError::Cancelled)?;
    checked
        .map_err(TransferError::file(partial))?
        .ok_or_else(|| TransferError::Corrupt { what: place.name() })
}

/// `path` with `suffix` behind its name.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

impl IntoFuture for DownloadFile {
    type Output = Result<Downloaded, TransferError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
