//! A multipart upload in S3.

use aws_sdk_s3::Client;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumAlgorithm, ChecksumType, CompletedMultipartUpload, CompletedPart};
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::TransferError;
use crate::digest::{self, Digest};
use crate::object::{Attributes, ObjectLocation};
use crate::plan::Part;
use crate::verify::{Receipt, Verified, receipt};

/// A multipart upload that was begun.
#[derive(Debug, Clone)]
pub(crate) struct Multipart {
    s3: Client,
    location: ObjectLocation,
    id: String,
}

/// A part that S3 has received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SentPart {
    pub(crate) number: u32,
    pub(crate) e_tag: String,
    pub(crate) digest: Digest,
    /// Whether S3 stores the part's checksum: then the completion must repeat it.
    pub(crate) has_checksum: bool,
}

impl Multipart {
    /// Begins a multipart upload. Its checksum covers the whole object, so that a download can be
    /// verified without knowing the parts.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>
    pub(crate) async fn begin(
        s3: Client,
        location: ObjectLocation,
        attributes: &Attributes,
    ) -> Result<Self, TransferError> {
        let create = s3
            .create_multipart_upload()
            .bucket(&location.bucket)
            .key(&location.key)
            .checksum_algorithm(ChecksumAlgorithm::Crc64Nvme)
            .checksum_type(ChecksumType::FullObject)
            .set_content_type(attributes.content_type.clone())
            .set_cache_control(attributes.cache_control.clone());
        let create = attributes
            .metadata
            .iter()
            .fold(create, |create, (name, value)| create.metadata(name, value));
        let begun = create.send().await.map_err(TransferError::s3("CreateMultipartUpload"))?;
        Ok(Self { s3, location, id: begun.upload_id.unwrap_or_default() })
    }

    /// A multipart upload that was begun earlier.
    pub(crate) fn again(s3: Client, location: ObjectLocation, id: String) -> Self {
        Self { s3, location, id }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// The numbers and sizes of the parts in S3; `None` if the upload cannot be continued.
    pub(crate) async fn parts(&self) -> Result<Option<Vec<(u32, u64)>>, TransferError> {
        let (mut parts, mut marker) = (Vec::new(), None);
        loop {
            let list = self.s3.list_parts().bucket(&self.location.bucket).key(&self.location.key);
            let list = list.upload_id(&self.id).set_part_number_marker(marker);
            let page = match list.send().await.map_err(TransferError::s3("ListParts")) {
                Err(error) if error.is_hopeless() => return Ok(None),
                answer => answer?,
            };
            parts.extend(page.parts().iter().filter_map(|part| {
                let number = u32::try_from(part.part_number()?).ok()?;
                Some((number, u64::try_from(part.size()?).ok()?))
            }));
            marker = page.next_part_number_marker.filter(|_| page.is_truncated == Some(true));
            if marker.is_none() {
                return Ok(Some(parts));
            }
        }
    }

    /// Sends one part, and compares S3's response with it.
    pub(crate) async fn send(&self, number: u32, bytes: Bytes) -> Result<SentPart, TransferError> {
        let (bytes, digest) = digest_of(bytes).await?;
        let sent = self
            .s3
            .upload_part()
            .bucket(&self.location.bucket)
            .key(&self.location.key)
            .upload_id(&self.id)
            .part_number(number.cast_signed())
            .checksum_crc64_nvme(digest.crc_text())
            .body(ByteStream::from(bytes))
            .send()
            .await
            .map_err(TransferError::s3("UploadPart"))?;
        let told = Receipt {
            e_tag: sent.e_tag(),
            crc: sent.checksum_crc64_nvme(),
            // Keys of customers are not supported here.
            encryption: sent.server_side_encryption(),
        };
        if receipt(&told, &digest).is_none() {
            let what = format!("part {number} of {}", self.location.name());
            return Err(TransferError::Corrupt { what });
        }
        let has_checksum = sent.checksum_crc64_nvme().is_some();
        Ok(SentPart { number, e_tag: sent.e_tag.unwrap_or_default(), digest, has_checksum })
    }

    /// Completes the object from all parts, in order.
    pub(crate) async fn complete(
        &self,
        parts: &[SentPart],
    ) -> Result<(Option<String>, Verified), TransferError> {
        let named = parts.iter().map(|part| {
            CompletedPart::builder()
                .part_number(part.number.cast_signed())
                .e_tag(&part.e_tag)
                .set_checksum_crc64_nvme(part.has_checksum.then(|| part.digest.crc_text()))
                .build()
        });
        let all = CompletedMultipartUpload::builder().set_parts(Some(named.collect())).build();
        let whole = digest::crc_of_all(parts.iter().map(|part| &part.digest));
        let length: u64 = parts.iter().map(|part| part.digest.length).sum();
        let done = self
            .s3
            .complete_multipart_upload()
            .bucket(&self.location.bucket)
            .key(&self.location.key)
            .upload_id(&self.id)
            .multipart_upload(all)
            .checksum_crc64_nvme(&whole)
            .checksum_type(ChecksumType::FullObject)
            .mpu_object_size(length.cast_signed())
            .send()
            .await
            .map_err(TransferError::s3("CompleteMultipartUpload"))?;
        let verified = match done.checksum_crc64_nvme() {
            Some(crc) if crc == whole => Verified::Checksum,
            // A checksum of checksums has a `-`, and cannot be compared.
            Some(crc) if !crc.contains('-') => {
                return Err(TransferError::Corrupt { what: self.location.name() });
            }
            _ => by_etag(done.e_tag(), parts),
        };
        Ok((done.e_tag, verified))
    }

    /// Copies a range of an object to a part, and returns the part's ETag. Fails if the object does
    /// not have the ETag `e_tag` any more.
    pub(crate) async fn copy(
        &self,
        source: &str,
        e_tag: Option<&str>,
        part: Part,
    ) -> Result<CompletedPart, TransferError> {
        let last = part.offset + part.length - 1;
        let copy = self.s3.upload_part_copy().bucket(&self.location.bucket).key(&self.location.key);
        let copy = copy.upload_id(&self.id).part_number(part.number.cast_signed());
        let copy = copy.copy_source(source).set_copy_source_if_match(e_tag.map(str::to_owned));
        let copied = copy.copy_source_range(format!("bytes={}-{last}", part.offset)).send().await;
        let result = copied.map_err(TransferError::s3("UploadPartCopy"))?.copy_part_result;
        let result = result.filter(|result| result.e_tag().is_some_and(|tag| !tag.is_empty()));
        let what = || format!("part {} of {}", part.number, self.location.name());
        let result = result.ok_or_else(|| TransferError::Corrupt { what: what() })?;
        Ok(CompletedPart::builder()
            .part_number(part.number.cast_signed())
            .set_e_tag(result.e_tag)
            .set_checksum_crc32(result.checksum_crc32)
            .set_checksum_crc32_c(result.checksum_crc32_c)
            .set_checksum_crc64_nvme(result.checksum_crc64_nvme)
            .set_checksum_sha1(result.checksum_sha1)
            .set_checksum_sha256(result.checksum_sha256)
            .build())
    }

    /// Completes the object from all copied parts, in order, and returns its ETag.
    pub(crate) async fn complete_copy(
        &self,
        parts: Vec<CompletedPart>,
        length: u64,
    ) -> Result<Option<String>, TransferError> {
        let all = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = self.s3.complete_multipart_upload().bucket(&self.location.bucket);
        let complete = complete.key(&self.location.key).upload_id(&self.id).multipart_upload(all);
        let done = complete.mpu_object_size(length.cast_signed()).send().await;
        Ok(done.map_err(TransferError::s3("CompleteMultipartUpload"))?.e_tag)
    }

    /// Aborts the upload: S3 deletes its parts.
    pub(crate) async fn abort(&self) {
        let abort = self.s3.abort_multipart_upload().bucket(&self.location.bucket);
        // If the caller may not abort any more, the bucket's lifecycle rules must remove the parts.
        drop(abort.key(&self.location.key).upload_id(&self.id).send().await);
    }
}

fn by_etag(e_tag: Option<&str>, parts: &[SentPart]) -> Verified {
    let expected = digest::etag_of_all(parts.iter().map(|part| &part.digest.md5));
    let same = e_tag.is_some_and(|e_tag| digest::bare(e_tag) == expected);
    if same { Verified::ETag } else { Verified::Length }
}

/// Computes the digest in another thread, because a part has megabytes.
pub(crate) async fn digest_of(bytes: Bytes) -> Result<(Bytes, Digest), TransferError> {
    let digested = tokio::task::spawn_blocking(move || {
        let digest = Digest::of(&bytes);
        (bytes, digest)
    });
    digested.await.map_err(|_| TransferError::Cancelled)
}

/// Aborts an upload when it is dropped, unless it was kept. Also covers transfers whose future is
/// dropped.
#[derive(Debug)]
pub(crate) struct Unfinished(Option<Multipart>);

impl Unfinished {
    pub(crate) fn new(upload: &Multipart) -> Self {
        Self(Some(upload.clone()))
    }

    /// Keeps the upload.
    pub(crate) fn keep(mut self) {
        self.0 = None;
    }

    /// Aborts the upload now.
    pub(crate) async fn abort(mut self) {
        if let Some(upload) = self.0.take() {
            upload.abort().await;
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let (Some(upload), Ok(runtime)) = (self.0.take(), tokio::runtime::Handle::try_current())
        {
            runtime.spawn(async move { upload.abort().await });
        }
    }
}
