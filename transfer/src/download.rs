//! Downloads an object to a file, a pipe or a device.

use std::future::IntoFuture;
use std::path::PathBuf;
use std::pin::Pin;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::ChecksumMode;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::error::TransferError;
use crate::fetch::{Fetch, Sink};
use crate::node::Writer;
use crate::object::{ObjectLocation, watch_setters};
use crate::partial::{Header, Partial};
use crate::plan::{Part, Plan};
use crate::progress::Watch;
use crate::send::joined;
use crate::target::Target;
use crate::transfers::Transfers;
use crate::verify::{ExpectedDigest, Verified};

/// A download to a file, as a future. If it is dropped before its end, it can be resumed.
#[derive(Debug)]
#[must_use = "it starts when it is awaited"]
pub struct DownloadFile {
    transfers: Transfers,
    location: ObjectLocation,
    path: PathBuf,
    watch: Watch,
}

/// The result of a download.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Downloaded {
    /// The file's size in bytes.
    pub bytes: u64,
    /// The object's ETag, as S3 wrote it.
    pub e_tag: Option<String>,
    /// The number of bytes that an earlier call fetched. If S3 offers nothing to verify them with,
    /// they are fetched again.
    pub resumed: u64,
    /// How the content was verified.
    pub verified: Verified,
}

impl Transfers {
    /// Downloads an object. A file appears, or replaces an older one, only when it is complete. A
    /// pipe or a device is written directly. [More](super#pipes-devices-and-existing-files).
    pub fn download_file(
        &self,
        bucket: impl Into<String>,
        key: impl Into<String>,
        path: impl Into<PathBuf>,
    ) -> DownloadFile {
        DownloadFile::new(self.clone(), bucket.into(), key.into(), path.into())
    }
}

impl DownloadFile {
    fn new(transfers: Transfers, bucket: String, key: String, path: PathBuf) -> Self {
        Self { transfers, location: ObjectLocation { bucket, key }, path, watch: Watch::default() }
    }

    watch_setters!();

    async fn run(mut self) -> Result<Downloaded, TransferError> {
        let target = Target::of(&self.path).map_err(TransferError::file(&self.path))?;
        let head = self.head().await?;
        let length = head.content_length().and_then(|length| u64::try_from(length).ok());
        let no_size =
            || TransferError::Corrupt { what: format!("the size of {}", self.location.name()) };
        let plan = Plan::new(length.ok_or_else(no_size)?, self.transfers.part_size)?;
        self.watch.expect(plan.length);
        match target {
            Target::File { path, is_there } => {
                let header = self.header(&head, plan);
                let partial = Partial::open(path, is_there, header, plan).await?;
                self.whole(&head, partial).await
            }
            Target::Node(path) => self.as_it_comes(&head, plan, path).await,
        }
    }

    fn header(&self, head: &HeadObjectOutput, plan: Plan) -> Header {
        Header {
            bucket: self.location.bucket.clone(),
            key: self.location.key.clone(),
            e_tag: head.e_tag.clone(),
            length: plan.length,
            part_size: plan.part_size,
        }
    }

    async fn head(&self) -> Result<HeadObjectOutput, TransferError> {
        let head =
            self.transfers.s3.head_object().bucket(&self.location.bucket).key(&self.location.key);
        let head = head.checksum_mode(ChecksumMode::Enabled).send();
        tokio::select! {
            head = head => head.map_err(TransferError::s3("HeadObject")),
            () = self.watch.cancelled() => Err(TransferError::Cancelled),
        }
    }

    /// Fetches everything, then moves the file into place.
    async fn whole(
        &self,
        head: &HeadObjectOutput,
        mut partial: Partial,
    ) -> Result<Downloaded, TransferError> {
        let ended = loop {
            match self.attempt(head, &mut partial).await {
                // Only S3 can verify content from an earlier call. Here it cannot: start again.
                Ok(Downloaded { resumed: 1.., verified: Verified::Length, .. }) => {
                    partial.done.clear();
                    self.watch.restart();
                }
                ended => break ended,
            }
        };
        match &ended {
            Ok(_) => partial.settle().await?,
            Err(error) => partial.close(error).await,
        }
        ended
    }

    /// Fetches the missing parts, and verifies the whole against S3's digest.
    async fn attempt(
        &self,
        head: &HeadObjectOutput,
        partial: &mut Partial,
    ) -> Result<Downloaded, TransferError> {
        partial.prepare().await?;
        let (there, left): (Vec<_>, Vec<_>) =
            partial.plan.parts().partition(|part| partial.done.contains(&part.number));
        let resumed = there.iter().map(|part| part.length).sum();
        self.watch.add(resumed);
        let (mut running, stop) = (JoinSet::new(), CancellationToken::new());
        let fetched = self.fetch(partial, left, &mut running, &stop).await;
        // Not aborted: an aborted task leaves a write under way. Nothing writes to the file after this.
        stop.cancel();
        while running.join_next().await.is_some() {}
        fetched?;
        let verified = partial.verify(ExpectedDigest::of(head)).await?;
        self.done(head, partial.plan, resumed, verified)
    }

    /// Fetches the parts in `left`, a limited number at a time, and records each.
    async fn fetch(
        &self,
        partial: &mut Partial,
        left: Vec<Part>,
        running: &mut JoinSet<Result<Part, TransferError>>,
        stop: &CancellationToken,
    ) -> Result<(), TransferError> {
        let fetch = self.fetcher(partial.header.e_tag.clone(), partial.plan, partial.path.clone());
        let mut left = left.into_iter();
        loop {
            while running.len() < self.transfers.parallel
                && let Some(part) = left.next()
            {
                let (fetch, stop) = (fetch.clone(), stop.clone());
                running.spawn(async move { fetch.part(part, &stop).await });
            }
            let done = tokio::select! {
                biased;
                () = self.watch.cancelled() => return Err(TransferError::Cancelled),
                done = running.join_next() => done,
            };
            let Some(done) = done else { return Ok(()) };
            partial.note(joined(done)?.number).await?;
        }
    }

    /// Writes the content as it arrives, and computes its digest on the way. Damage is detected
    /// only after the content was written.
    async fn as_it_comes(
        &self,
        head: &HeadObjectOutput,
        plan: Plan,
        path: PathBuf,
    ) -> Result<Downloaded, TransferError> {
        let writer = Writer::open(&path).map_err(TransferError::file(&path))?;
        let mut sink = Sink::Node(writer, Box::new(ExpectedDigest::of(head).sum(plan)));
        let fetch = self.fetcher(head.e_tag.clone(), plan, path.clone());
        let written = async {
            fetch.fill(Part { number: 1, offset: 0, length: plan.length }, &mut sink).await?;
            let verified = sink.finish().await.map_err(TransferError::file(&path))?;
            self.done(head, plan, 0, verified)
        };
        tokio::select! {
            written = written => written,
            () = self.watch.cancelled() => Err(TransferError::Cancelled),
        }
    }

    fn fetcher(&self, e_tag: Option<String>, plan: Plan, path: PathBuf) -> Fetch {
        Fetch {
            s3: self.transfers.s3.clone(),
            location: self.location.clone(),
            e_tag,
            length: plan.length,
            path,
            watch: self.watch.clone(),
        }
    }

    fn done(
        &self,
        head: &HeadObjectOutput,
        plan: Plan,
        resumed: u64,
        verified: Option<Verified>,
    ) -> Result<Downloaded, TransferError> {
        let damaged = || TransferError::Corrupt { what: self.location.name() };
        let verified = verified.ok_or_else(damaged)?;
        Ok(Downloaded { bytes: plan.length, e_tag: head.e_tag.clone(), resumed, verified })
    }
}

impl IntoFuture for DownloadFile {
    type Output = Result<Downloaded, TransferError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
