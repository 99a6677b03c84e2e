//! Checks that S3 makes and the file system does not. They run after the signature is verified.

use std::{
    io,
    path::{Path, PathBuf},
};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD;
use futures_util::future::BoxFuture;
use s3s::{
    S3Error, S3ErrorCode, S3Request, S3Result,
    access::{S3Access, S3AccessContext},
    dto::{CompleteMultipartUploadInput, DeleteObjectsInput, ListObjectsInput, ListObjectsV2Input},
    path::S3Path,
    s3_error,
};

use super::super::guard::check_key;

/// The rules for the buckets in one directory.
pub(super) struct Rules {
    root: PathBuf,
}

impl Rules {
    /// The rules for the buckets in the directory `root`.
    pub(super) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The file in which `s3s-fs` keeps an object's checksums.
    fn note(&self, bucket: &str, key: &str) -> PathBuf {
        let [bucket, key] = [bucket, key].map(|name| URL_SAFE_NO_PAD.encode(name));
        self.root.join(format!(".bucket-{bucket}.object-{key}.internal.json"))
    }

    /// Checks that a bucket exists before it is used, and is empty before it is deleted.
    async fn check_bucket(&self, operation: &str, bucket: &str) -> S3Result<()> {
        let directory = self.root.join(bucket);
        if operation == "CreateBucket" {
            return Ok(());
        }
        if !tokio::fs::try_exists(&directory).await.map_err(S3Error::internal_error)? {
            return Err(s3_error!(NoSuchBucket, "the bucket does not exist"));
        }
        if operation == "DeleteBucket"
            && holds_files(&directory).await.map_err(S3Error::internal_error)?
        {
            return Err(s3_error!(BucketNotEmpty, "the bucket is not empty"));
        }
        Ok(())
    }
}

/// The signatures are those `async_trait` gives the trait.
impl S3Access for Rules {
    fn check<'rules, 'context, 'request, 'verdict>(
        &'rules self,
        context: &'context mut S3AccessContext<'request>,
    ) -> BoxFuture<'verdict, S3Result<()>>
    where
        'rules: 'verdict,
        'context: 'verdict,
        'request: 'verdict,
        Self: 'verdict,
    {
        Box::pin(async move {
            if context.credentials().is_none() {
                return Err(s3_error!(AccessDenied, "a signature is required"));
            }
            match context.s3_path() {
                S3Path::Root => Ok(()),
                S3Path::Bucket { bucket } | S3Path::Object { bucket, .. } => {
                    self.check_bucket(context.s3_op().name(), bucket).await
                }
            }
        })
    }

    /// Removes the checksums of the previous object. Otherwise the storage would return them for
    /// the new one.
    fn complete_multipart_upload<'rules, 'request, 'verdict>(
        &'rules self,
        request: &'request mut S3Request<CompleteMultipartUploadInput>,
    ) -> BoxFuture<'verdict, S3Result<()>>
    where
        'rules: 'verdict,
        'request: 'verdict,
        Self: 'verdict,
    {
        let note = self.note(&request.input.bucket, &request.input.key);
        Box::pin(async move {
            match tokio::fs::remove_file(note).await {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(S3Error::internal_error(error))
                }
                _ => Ok(()),
            }
        })
    }

    /// Checks the keys in the body, which the guard in front does not see.
    fn delete_objects<'rules, 'request, 'verdict>(
        &'rules self,
        request: &'request mut S3Request<DeleteObjectsInput>,
    ) -> BoxFuture<'verdict, S3Result<()>>
    where
        'rules: 'verdict,
        'request: 'verdict,
        Self: 'verdict,
    {
        let refused = request.input.delete.objects.iter().find_map(|o| check_key(&o.key).err());
        let verdict = match refused {
            Some(violation) => {
                Err(S3Error::with_message(S3ErrorCode::InvalidURI, violation.message().to_owned()))
            }
            None => Ok(()),
        };
        Box::pin(async move { verdict })
    }

    /// An empty delimiter is none, as in S3: minio-go sends it with every whole listing.
    fn list_objects<'rules, 'request, 'verdict>(
        &'rules self,
        request: &'request mut S3Request<ListObjectsInput>,
    ) -> BoxFuture<'verdict, S3Result<()>>
    where
        'rules: 'verdict,
        'request: 'verdict,
        Self: 'verdict,
    {
        request.input.delimiter.take_if(|delimiter| delimiter.is_empty());
        Box::pin(async { Ok(()) })
    }

    /// An empty delimiter is none, as in S3: minio-go sends it with every whole listing.
    fn list_objects_v2<'rules, 'request, 'verdict>(
        &'rules self,
        request: &'request mut S3Request<ListObjectsV2Input>,
    ) -> BoxFuture<'verdict, S3Result<()>>
    where
        'rules: 'verdict,
        'request: 'verdict,
        Self: 'verdict,
    {
        request.input.delimiter.take_if(|delimiter| delimiter.is_empty());
        Box::pin(async { Ok(()) })
    }
}

/// Whether there is a file anywhere below `directory`. Deleted keys and folder markers leave empty
/// directories behind.
async fn holds_files(directory: &Path) -> io::Result<bool> {
    let mut directories = vec![directory.to_owned()];
    while let Some(directory) = directories.pop() {
        let mut entries = tokio::fs::read_dir(directory).await?;
        while let Some(entry) = entries.next_entry().await? {
            if !entry.file_type().await?.is_dir() {
                return Ok(true);
            }
            directories.push(entry.path());
        }
    }
    Ok(false)
}
