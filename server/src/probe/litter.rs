//! What a probe made, and its removal.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;

use super::error::ProbeError;
use super::scene::{AT_ONCE, Scene};
use crate::domain::BucketName;
use crate::storage::{Answer, Draft, encode};

/// What has to be removed.
#[derive(Debug, Default)]
pub(super) struct Litter {
    /// Buckets, the probe's own among them.
    pub(super) buckets: BTreeSet<BucketName>,
    /// Keys, with their versions where the bucket keeps any.
    pub(super) objects: BTreeMap<String, BTreeSet<String>>,
    /// Keys and upload ids.
    pub(super) uploads: Vec<(String, String)>,
}

impl Scene {
    /// Removes everything, and says in the log what could not be removed.
    pub(super) async fn clear(&self) {
        let litter = std::mem::take(&mut *self.litter());
        let uploads =
            litter.uploads.iter().map(|(name, id)| format!("{name}?uploadId={id}")).collect();
        let objects = litter.objects.iter().flat_map(|(name, versions)| {
            let all = || versions.iter().map(|id| format!("{name}?versionId={}", encode(id)));
            if versions.is_empty() { vec![name.clone()] } else { all().collect() }
        });
        let mut clean = self.remove(uploads).await;
        clean &= self.remove(objects.collect()).await;
        let mut emptied = true;
        for bucket in &litter.buckets {
            let answer = self.remove_bucket(bucket).await;
            let is_gone = answer.is_ok_and(|answer| answer.is_ok() || answer.is_missing());
            // With its bucket everything is gone, whatever was said of it: some storages know
            // nothing of an upload that they have finished, and call it forbidden.
            clean |= is_gone && *bucket == self.place.bucket;
            emptied &= is_gone;
        }
        let clean = clean && emptied;
        if !clean {
            let (bucket, key) = (&self.place.bucket, self.key(""));
            log::warn!("the probe could not remove all it made: see `{key}` in bucket `{bucket}`");
        }
    }

    /// Whether all of them are gone.
    async fn remove(&self, rests: Vec<String>) -> bool {
        let gone = futures_util::stream::iter(rests).map(|rest| async move {
            let answer = self.delete(&rest).await?;
            match version(&answer).filter(|_| !rest.contains('?')) {
                Some(marker) => self.delete(&format!("{rest}?versionId={}", encode(&marker))).await,
                None => Ok::<_, ProbeError>(answer),
            }
        });
        let is_gone = |answer: Answer| answer.is_ok() || answer.is_missing();
        let gone: Vec<_> = gone.buffer_unordered(AT_ONCE).collect().await;
        gone.into_iter().all(|answer| answer.is_ok_and(is_gone))
    }

    async fn delete(&self, rest: &str) -> Result<Answer, ProbeError> {
        Ok(self.line.send(&self.sign(self.draft("DELETE", rest))?).await?)
    }

    async fn remove_bucket(&self, bucket: &BucketName) -> Result<Answer, ProbeError> {
        let url = self.url(bucket, self.style, "");
        Ok(self.line.send(&self.sign(Draft { url, ..self.draft("DELETE", "") })?).await?)
    }
}

/// The version that a request made, in buckets that keep versions: of an object, or a marker that
/// stands for a deleted one.
pub(super) fn version(answer: &Answer) -> Option<String> {
    answer.header("x-amz-version-id").filter(|id| id != "null")
}
