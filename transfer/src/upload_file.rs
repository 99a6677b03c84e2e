//! Uploads a file to an object.

use std::collections::HashMap;
use std::fs::Metadata;
use std::future::IntoFuture;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::UNIX_EPOCH;

use futures_util::{TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};

use crate::error::TransferError;
use crate::journal::{Earlier, Journal};
use crate::multipart::{Multipart, SentPart, Unfinished, digest_of};
use crate::node;
use crate::object::{Attributes, ObjectLocation, attribute_setters, watch_setters};
use crate::pieces::{Content, Piece};
use crate::plan::{Part, Plan};
use crate::progress::Watch;
use crate::refused::refused;
use crate::send::{self, Uploaded};
use crate::target::is_socket;
use crate::transfers::Transfers;
use crate::upload_stream::UploadStream;

/// An upload of a file, as a future. If it is dropped before its end, it is aborted in S3, unless
/// it can be resumed.
#[derive(Debug)]
#[must_use = "it starts when it is awaited"]
pub struct UploadFile {
    transfers: Transfers,
    path: PathBuf,
    location: ObjectLocation,
    attributes: Attributes,
    watch: Watch,
    journal: Option<PathBuf>,
}

/// The header of an upload's journal.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    upload: Identity,
    id: String,
    part_size: u64,
}

/// The identity of an upload. Another file, or a changed one, makes another upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    bucket: String,
    key: String,
    length: u64,
    /// Nanoseconds since 1970, if the file system reports it.
    modified: Option<u64>,
    /// Device and inode, which change if the file is replaced.
    file: Option<(u64, u64)>,
}

impl Transfers {
    /// Uploads a file: in one request up to the part size, otherwise in parts. If it is not a
    /// regular file, or reports no size like those in `/proc`, it is uploaded as [a
    /// stream](Self::upload_stream).
    pub fn upload_file(
        &self,
        path: impl Into<PathBuf>,
        bucket: impl Into<String>,
        key: impl Into<String>,
    ) -> UploadFile {
        UploadFile::new(self.clone(), path.into(), bucket.into(), key.into())
    }
}

impl UploadFile {
    fn new(transfers: Transfers, path: PathBuf, bucket: String, key: String) -> Self {
        Self {
            transfers,
            path,
            location: ObjectLocation { bucket, key },
            attributes: Attributes::default(),
            watch: Watch::default(),
            journal: None,
        }
    }

    attribute_setters!();
    watch_setters!();

    /// Keeps a journal of the received parts in the file at `path`. If the upload fails, is
    /// cancelled, or dies with the process, the same call resumes it. The journal is deleted when
    /// the upload is complete; a file that is not a journal is left alone.
    ///
    /// A resumed upload keeps the attributes with which it began. The parts sent earlier are
    /// compared with the file; if the file has changed, everything is uploaded again.
    ///
    /// An upload that is never resumed stays in S3, and is billed, until a lifecycle rule of the
    /// bucket removes it.
    pub fn resume_with(mut self, path: impl Into<PathBuf>) -> Self {
        self.journal = Some(path.into());
        self
    }

    async fn run(mut self) -> Result<Uploaded, TransferError> {
        let Some(identity) = self.identity().await? else { return self.streamed().await };
        let plan = Plan::new(identity.length, self.transfers.part_size)?;
        self.watch.expect(plan.length);
        if plan.count() <= 1 {
            self.give_up_earlier(&identity).await?;
            // Read one byte more than expected, to detect a file that grows.
            let whole = Part { number: 1, offset: 0, length: plan.length + 1 };
            let bytes = Content::slice(self.path.clone(), whole).read_up_to().await?;
            if self.identity().await?.as_ref() != Some(&identity) {
                return Err(self.changed());
            }
            // Nobody wrote to the file: its reported size is wrong, as in `/proc`.
            if bytes.len() as u64 != plan.length {
                return self.streamed().await;
            }
            let Self { transfers, location, attributes, watch, .. } = self;
            return send::at_once(&transfers, &location, &attributes, bytes, &watch).await;
        }
        match self.journal.take() {
            Some(journal) => self.resumable(journal, identity, plan).await,
            None => self.at_a_stretch(&identity, plan).await,
        }
    }

    /// Streams a file that is not regular or reports no size. It cannot be read twice.
    async fn streamed(mut self) -> Result<Uploaded, TransferError> {
        self.watch.expect_anything();
        let Self { transfers, path, location, attributes, watch, .. } = self;
        let source = Box::pin(node::read(path.clone()).map_err(Into::into));
        let uploaded = UploadStream { transfers, source, location, attributes, watch }.run().await;
        uploaded.map_err(|error| match error {
            TransferError::Stream(error) => match error.downcast() {
                Ok(error) => TransferError::file(&path)(*error),
                Err(error) => TransferError::Stream(error),
            },
            error => error,
        })
    }

    /// Aborts the upload in an existing journal, which began when the file was larger.
    async fn give_up_earlier(&self, identity: &Identity) -> Result<(), TransferError> {
        let Some(path) = self.journal.as_ref().filter(|path| path.exists()) else { return Ok(()) };
        let (journal, earlier) = Journal::open(path.clone()).await?;
        self.earlier(earlier, identity).await?;
        journal.remove().await;
        Ok(())
    }

    /// Uploads in parts, without a journal. Aborts the upload on failure.
    async fn at_a_stretch(
        &self,
        identity: &Identity,
        plan: Plan,
    ) -> Result<Uploaded, TransferError> {
        let upload = self.begin().await?;
        let unfinished = Unfinished::new(&upload);
        let done = self.finish(&upload, identity, plan, Vec::new(), None).await;
        match done {
            Ok(_) => unfinished.keep(),
            Err(_) => unfinished.abort().await,
        }
        done
    }

    async fn resumable(
        &self,
        journal: PathBuf,
        identity: Identity,
        plan: Plan,
    ) -> Result<Uploaded, TransferError> {
        let (mut journal, earlier) = Journal::open(journal).await?;
        let earlier = self.earlier(earlier, &identity).await?;
        let (upload, plan, sent) = if let Some(earlier) = earlier {
            earlier
        } else {
            let upload = match self.begin().await {
                Ok(upload) => upload,
                Err(error) => {
                    journal.remove().await; // Nothing was begun.
                    return Err(error);
                }
            };
            let id = upload.id().to_owned();
            let (upload_is, part_size) = (identity.clone(), plan.part_size);
            if let Err(error) = journal.begin(&Header { upload: upload_is, id, part_size }).await {
                upload.abort().await;
                journal.remove().await;
                return Err(error);
            }
            (upload, plan, Vec::new())
        };
        let done = self.finish(&upload, &identity, plan, sent, Some(&mut journal)).await;
        match &done {
            Ok(_) => journal.remove().await,
            // Corrupt or changed content is not worth resuming.
            Err(TransferError::Corrupt { .. } | TransferError::Changed { .. }) => {
                upload.abort().await;
                journal.remove().await;
            }
            Err(error) if error.is_hopeless() || self.is_gone() => {
                upload.abort().await;
                journal.remove().await;
            }
            Err(_) => {}
        }
        done
    }

    /// Whether the file does not exist any more.
    fn is_gone(&self) -> bool {
        self.path.metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
    }

    /// The identity of the file; `None` for a pipe or a device.
    async fn identity(&self) -> Result<Option<Identity>, TransferError> {
        let named = || TransferError::file(&self.path);
        let metadata = tokio::fs::metadata(&self.path).await.map_err(named())?;
        if metadata.is_dir() {
            return Err(named()(refused("is a directory")));
        }
        if is_socket(&metadata) {
            return Err(named()(refused("is a socket")));
        }
        if !metadata.is_file() {
            return Ok(None);
        }
        let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        Ok(Some(Identity {
            bucket: self.location.bucket.clone(),
            key: self.location.key.clone(),
            length: metadata.len(),
            modified: modified.and_then(|since| u64::try_from(since.as_nanos()).ok()),
            file: inode(&metadata),
        }))
    }

    fn changed(&self) -> TransferError {
        TransferError::Changed { what: self.path.display().to_string() }
    }

    async fn begin(&self) -> Result<Multipart, TransferError> {
        self.watch.demand()?;
        let s3 = self.transfers.s3.clone();
        Multipart::begin(s3, self.location.clone(), &self.attributes).await
    }

    /// The upload in the journal and its finished parts, if it is the same upload and S3 still has
    /// it.
    async fn earlier(
        &self,
        earlier: Earlier<Header, SentPart>,
        identity: &Identity,
    ) -> Result<Option<(Multipart, Plan, Vec<SentPart>)>, TransferError> {
        let Some((header, noted)) = earlier else { return Ok(None) };
        let (s3, location) = (self.transfers.s3.clone(), &header.upload);
        let location =
            ObjectLocation { bucket: location.bucket.clone(), key: location.key.clone() };
        let upload = Multipart::again(s3, location, header.id);
        if header.upload != *identity {
            upload.abort().await; // It cannot be resumed any more.
            return Ok(None);
        }
        let Some(there) = upload.parts().await? else { return Ok(None) };
        let there: HashMap<u32, u64> = there.into_iter().collect();
        let plan = Plan { length: identity.length, part_size: header.part_size };
        let mut sent = Vec::new();
        for part in plan.parts() {
            let noted = noted.iter().rev().find(|sent| sent.number == part.number);
            let Some(noted) = noted.filter(|_| there.get(&part.number) == Some(&part.length))
            else {
                continue;
            };
            self.watch.demand()?;
            let bytes = Content::slice(self.path.clone(), part).read().await?;
            if digest_of(bytes).await?.1 == noted.digest {
                sent.push(noted.clone());
            }
        }
        Ok(Some((upload, plan, sent)))
    }

    /// Sends the remaining parts, and completes the upload.
    async fn finish(
        &self,
        upload: &Multipart,
        identity: &Identity,
        plan: Plan,
        mut sent: Vec<SentPart>,
        journal: Option<&mut Journal>,
    ) -> Result<Uploaded, TransferError> {
        let resumed = u32::try_from(sent.len()).unwrap_or(u32::MAX);
        self.watch.add(sent.iter().map(|part| part.digest.length).sum());
        let left = plan.parts().filter(|part| sent.iter().all(|sent| sent.number != part.number));
        let left: Vec<_> = left.collect();
        let pieces = left.into_iter().map(|part| {
            let content = Content::slice(self.path.clone(), part);
            Ok(Piece { number: part.number, content })
        });
        let parallel = self.transfers.parallel;
        sent.extend(
            send::parts(upload, stream::iter(pieces), parallel, &self.watch, journal).await?,
        );
        sent.sort_by_key(|part| part.number);
        if self.identity().await?.as_ref() != Some(identity) {
            return Err(self.changed());
        }
        let (e_tag, verified) = upload.complete(&sent).await?;
        let parts = u32::try_from(sent.len()).unwrap_or(u32::MAX);
        Ok(Uploaded { bytes: plan.length, e_tag, parts, resumed, verified })
    }
}

#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere there is none")]
fn inode(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt as _;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> Option<(u64, u64)> {
    None
}

impl IntoFuture for UploadFile {
    type Output = Result<Uploaded, TransferError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
