//! A storage on a file system that takes upper and lower case for the same, as those of other systems do.

use futures_util::future::BoxFuture;
use s3s::dto;
use s3s::{S3, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;

/// Keeps all keys in lower case.
pub(crate) struct Folding(pub(crate) FileSystem);

/// What names keys.
trait Fold {
    /// Puts them in lower case.
    fn fold(&mut self);
}

impl Fold for String {
    fn fold(&mut self) {
        *self = self.to_lowercase();
    }
}

impl Fold for dto::Delete {
    fn fold(&mut self) {
        self.objects.iter_mut().for_each(|object| object.key.fold());
    }
}

/// Delegates an operation to the file system, with keys in lower case where `$key` names them. The signatures are
/// those that `async_trait` gives the trait.
macro_rules! operations {
    ($($name:ident($input:ident) -> $output:ident $(, $key:ident)?;)*) => {
        impl S3 for Folding {
            $(fn $name<'files, 'answer>(
                &'files self,
                request: S3Request<dto::$input>,
            ) -> BoxFuture<'answer, S3Result<S3Response<dto::$output>>>
            where
                'files: 'answer,
                Self: 'answer,
            {
                Box::pin(async move {
                    #[allow(unused_mut, reason = "some operations have no key")]
                    let mut request = request;
                    $(request.input.$key.fold();)?
                    self.0.$name(request).await
                })
            })*
        }
    };
}

operations! {
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput, key;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput, key;
    copy_object(CopyObjectInput) -> CopyObjectOutput, key;
    create_bucket(CreateBucketInput) -> CreateBucketOutput;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput, key;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput, key;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput, delete;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput;
    get_object(GetObjectInput) -> GetObjectOutput, key;
    head_bucket(HeadBucketInput) -> HeadBucketOutput;
    head_object(HeadObjectInput) -> HeadObjectOutput, key;
    list_buckets(ListBucketsInput) -> ListBucketsOutput;
    list_objects(ListObjectsInput) -> ListObjectsOutput;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output;
    list_parts(ListPartsInput) -> ListPartsOutput, key;
    put_object(PutObjectInput) -> PutObjectOutput, key;
    upload_part(UploadPartInput) -> UploadPartOutput, key;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput, key;
}
