//! Removes what a probe created.

use futures_util::StreamExt as _;

use super::created::version;
use super::environment::{AT_ONCE, ProbeEnvironment};
use super::error::ProbeError;
use crate::domain::BucketName;
use crate::domain::s3::percent;
use crate::storage_client::{StorageResponse, UnsignedRequest};

impl ProbeEnvironment {
    /// Removes everything, and logs what could not be removed.
    pub(super) async fn cleanup(&self) {
        let created = std::mem::take(&mut *self.created());
        let uploads =
            created.uploads.iter().map(|(name, id)| format!("{name}?uploadId={id}")).collect();
        let objects = created.objects.iter().flat_map(|(name, versions)| {
            let all =
                || versions.iter().map(|id| format!("{name}?versionId={}", percent::encode(id)));
            if versions.is_empty() { vec![name.clone()] } else { all().collect() }
        });
        let mut clean = self.remove(uploads).await;
        clean &= self.remove(objects.collect()).await;
        let mut emptied = true;
        for bucket in &created.buckets {
            let answer = self.remove_bucket(bucket).await;
            let is_gone = answer.is_ok_and(|answer| answer.is_ok() || answer.is_missing());
            // If the bucket is gone, everything in it is gone. Some storages answer 403 when a
            // completed upload is removed.
            clean |= is_gone && *bucket == self.workspace.bucket;
            emptied &= is_gone;
        }
        let clean = clean && emptied;
        if !clean {
            let (bucket, key) = (&self.workspace.bucket, self.key(""));
            log::warn!(
                "the probe could not remove all its objects: see `{key}` in bucket `{bucket}`"
            );
        }
    }

    /// Removes objects or uploads. Returns whether all of them are gone.
    async fn remove(&self, rests: Vec<String>) -> bool {
        let gone = futures_util::stream::iter(rests).map(|rest| async move {
            let answer = self.delete(&rest).await?;
            match version(&answer).filter(|_| !rest.contains('?')) {
                Some(marker) => {
                    self.delete(&format!("{rest}?versionId={}", percent::encode(&marker))).await
                }
                None => Ok::<_, ProbeError>(answer),
            }
        });
        let is_gone = |answer: StorageResponse| answer.is_ok() || answer.is_missing();
        let gone: Vec<_> = gone.buffer_unordered(AT_ONCE).collect().await;
        gone.into_iter().all(|answer| answer.is_ok_and(is_gone))
    }

    async fn delete(&self, rest: &str) -> Result<StorageResponse, ProbeError> {
        Ok(self.client.send(&self.sign(self.unsigned("DELETE", rest))?).await?)
    }

    async fn remove_bucket(&self, bucket: &BucketName) -> Result<StorageResponse, ProbeError> {
        let url = self.url(bucket, self.style, "");
        Ok(self
            .client
            .send(&self.sign(UnsignedRequest { url, ..self.unsigned("DELETE", "") })?)
            .await?)
    }
}
