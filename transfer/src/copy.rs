//! Copies objects within S3.

use std::future::IntoFuture;
use std::pin::Pin;

use aws_sdk_s3::types::CompletedPart;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::copied_from::CopiedFrom;
use crate::error::TransferError;
use crate::multipart::{Multipart, Unfinished};
use crate::object::{ObjectLocation, watch_setters};
use crate::plan::{MAX_REQUEST, Plan};
use crate::progress::Watch;
use crate::transfers::Transfers;

/// Minimum part size of a copy. The parts can be large, because S3 has the bytes already.
const PART: u64 = 256 << 20;

/// A copy within S3, as a future. If it is dropped before its end, it leaves nothing behind.
#[derive(Debug)]
#[must_use = "it starts when it is awaited"]
pub struct CopyObject {
    transfers: Transfers,
    from: ObjectLocation,
    to: ObjectLocation,
    watch: Watch,
}

/// The result of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// The object's size in bytes.
    pub bytes: u64,
    /// The ETag of the copy, as S3 wrote it.
    pub e_tag: Option<String>,
    /// The number of parts; 1 for a single request.
    pub parts: u32,
}

impl Transfers {
    /// Copies an object within S3, with its media type, metadata and tags. No content passes
    /// through this process. The copy takes one request up to 5 GiB, and several parts for larger
    /// objects.
    pub fn copy_object(
        &self,
        from_bucket: impl Into<String>,
        from_key: impl Into<String>,
        bucket: impl Into<String>,
        key: impl Into<String>,
    ) -> CopyObject {
        let from = ObjectLocation { bucket: from_bucket.into(), key: from_key.into() };
        CopyObject::new(
            self.clone(),
            from,
            ObjectLocation { bucket: bucket.into(), key: key.into() },
        )
    }
}

impl CopyObject {
    fn new(transfers: Transfers, from: ObjectLocation, to: ObjectLocation) -> Self {
        Self { transfers, from, to, watch: Watch::default() }
    }

    watch_setters!();

    async fn run(mut self) -> Result<Copied, TransferError> {
        let watch = self.watch.clone();
        tokio::select! {
            biased;
            () = watch.cancelled() => Err(TransferError::Cancelled),
            copied = self.copy() => copied,
        }
    }

    async fn copy(&mut self) -> Result<Copied, TransferError> {
        let from = CopiedFrom::look(&self.transfers.s3, &self.from).await?;
        let length = from.length()?;
        self.watch.expect(length);
        if length > MAX_REQUEST {
            let plan = Plan::new(length, self.transfers.part_size.max(PART))?;
            return self.in_parts(&from, plan).await;
        }
        let copy = self.transfers.s3.copy_object().bucket(&self.to.bucket).key(&self.to.key);
        let copied = copy.copy_source(from.source()).send().await;
        let copied = copied.map_err(TransferError::s3("CopyObject"))?;
        self.watch.add(length);
        let e_tag = copied.copy_object_result.and_then(|result| result.e_tag);
        Ok(Copied { bytes: length, e_tag, parts: 1 })
    }

    /// Copies in parts. Aborts the multipart upload on failure.
    async fn in_parts(&self, from: &CopiedFrom, plan: Plan) -> Result<Copied, TransferError> {
        let upload = self.begin(from).await?;
        let unfinished = Unfinished::new(&upload);
        let done = self.finish(&upload, from, plan).await;
        match done {
            Ok(_) => unfinished.keep(),
            Err(_) => unfinished.abort().await,
        }
        done
    }

    async fn begin(&self, from: &CopiedFrom) -> Result<Multipart, TransferError> {
        let s3 = &self.transfers.s3;
        let create = s3.create_multipart_upload().bucket(&self.to.bucket).key(&self.to.key);
        let begun = from.describe(create).await?.send().await;
        let begun = begun.map_err(TransferError::s3("CreateMultipartUpload"))?;
        Ok(Multipart::again(s3.clone(), self.to.clone(), begun.upload_id.unwrap_or_default()))
    }

    async fn finish(
        &self,
        upload: &Multipart,
        from: &CopiedFrom,
        plan: Plan,
    ) -> Result<Copied, TransferError> {
        let source = from.source();
        let copies = plan.parts().map(|part| {
            let copy = upload.copy(&source, from.e_tag(), part);
            async move {
                let copied = copy
                    .await
                    .map_err(|error| if error.is_precondition() { from.changed() } else { error });
                copied.inspect(|_| self.watch.add(part.length))
            }
        });
        let copies = stream::iter(copies).buffered(self.transfers.parallel);
        let parts: Vec<CompletedPart> = copies.try_collect().await?;
        from.check_unchanged().await?;
        let count = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        let e_tag = upload.complete_copy(parts, plan.length).await?;
        Ok(Copied { bytes: plan.length, e_tag, parts: count })
    }
}

impl IntoFuture for CopyObject {
    type Output = Result<Copied, TransferError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}
