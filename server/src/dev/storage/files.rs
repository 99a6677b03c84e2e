//! Corrects the file system's answers. With `encoding-type`, s3s-fs claims to escape keys and does not; its lists of
//! parts have no `ETag`, without which no upload can be resumed.

use std::path::PathBuf;

use futures_util::future::BoxFuture;
use md5::{Digest as _, Md5};
use s3s::dto::{
    self, CommonPrefix, ETag, ListObjectsOutput, ListObjectsV2Output, ListPartsOutput, Object,
};
use s3s::{S3, S3Error, S3Request, S3Response, S3Result};
use s3s_fs::FileSystem;

/// A file system with buckets as directories and objects as files.
pub(super) struct Files {
    pub(super) files: FileSystem,
    /// The directory of `files`.
    pub(super) root: PathBuf,
}

/// Delegates an operation to the file system and passes its answer through `$finish`, or through the
/// method `$correct`. The signatures are those that `async_trait` gives the trait.
macro_rules! operations {
    ($($name:ident($input:ident) -> $output:ident $(, $finish:ident)? $(=> $correct:ident)?;)*) => {
        impl S3 for Files {
            $(fn $name<'files, 'answer>(
                &'files self,
                request: S3Request<dto::$input>,
            ) -> BoxFuture<'answer, S3Result<S3Response<dto::$output>>>
            where
                'files: 'answer,
                Self: 'answer,
            {
                Box::pin(async move {
                    let answer = self.files.$name(request).await;
                    $(let answer = answer.map(|answer| answer.map_output($finish));)?
                    $(let answer = self.$correct(answer?).await;)?
                    answer
                })
            })*
        }
    };
}

operations! {
    abort_multipart_upload(AbortMultipartUploadInput) -> AbortMultipartUploadOutput;
    complete_multipart_upload(CompleteMultipartUploadInput) -> CompleteMultipartUploadOutput;
    copy_object(CopyObjectInput) -> CopyObjectOutput;
    create_bucket(CreateBucketInput) -> CreateBucketOutput;
    create_multipart_upload(CreateMultipartUploadInput) -> CreateMultipartUploadOutput;
    delete_bucket(DeleteBucketInput) -> DeleteBucketOutput;
    delete_object(DeleteObjectInput) -> DeleteObjectOutput;
    delete_objects(DeleteObjectsInput) -> DeleteObjectsOutput;
    get_bucket_location(GetBucketLocationInput) -> GetBucketLocationOutput;
    get_object(GetObjectInput) -> GetObjectOutput;
    head_bucket(HeadBucketInput) -> HeadBucketOutput;
    head_object(HeadObjectInput) -> HeadObjectOutput;
    list_buckets(ListBucketsInput) -> ListBucketsOutput;
    list_objects(ListObjectsInput) -> ListObjectsOutput, escape_first;
    list_objects_v2(ListObjectsV2Input) -> ListObjectsV2Output, escape_second;
    list_parts(ListPartsInput) -> ListPartsOutput => tag;
    put_object(PutObjectInput) -> PutObjectOutput;
    upload_part(UploadPartInput) -> UploadPartOutput;
    upload_part_copy(UploadPartCopyInput) -> UploadPartCopyOutput;
}

impl Files {
    /// Adds the `ETag` of each part: the MD5 of its content, as in the answer to its upload.
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Part.html>
    async fn tag(
        &self,
        mut answer: S3Response<ListPartsOutput>,
    ) -> S3Result<S3Response<ListPartsOutput>> {
        let id = answer.output.upload_id.clone().unwrap_or_default();
        for part in answer.output.parts.iter_mut().flatten() {
            let Some(number) = part.part_number else { continue };
            let file = self.root.join(format!(".upload_id-{id}.part-{number}"));
            let content = tokio::fs::read(file).await.map_err(S3Error::internal_error)?;
            part.e_tag = Some(ETag::Strong(hex::encode(Md5::digest(content))));
        }
        Ok(answer)
    }
}

/// Escapes a listing of version 1.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html>
fn escape_first(mut page: ListObjectsOutput) -> ListObjectsOutput {
    if page.encoding_type.is_some() {
        let own = [&mut page.prefix, &mut page.delimiter, &mut page.marker, &mut page.next_marker];
        escape(&mut page.contents, &mut page.common_prefixes, own);
    }
    page
}

/// Escapes a listing of version 2. Its continuation tokens are not escaped.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html>
fn escape_second(mut page: ListObjectsV2Output) -> ListObjectsV2Output {
    if page.encoding_type.is_some() {
        let own = [&mut page.prefix, &mut page.delimiter, &mut page.start_after];
        escape(&mut page.contents, &mut page.common_prefixes, own);
    }
    page
}

fn escape<const N: usize>(
    objects: &mut Option<Vec<Object>>,
    folders: &mut Option<Vec<CommonPrefix>>,
    own: [&mut Option<String>; N],
) {
    let keys = objects.iter_mut().flatten().map(|object| &mut object.key);
    let folders = folders.iter_mut().flatten().map(|folder| &mut folder.prefix);
    for text in keys.chain(folders).chain(own).flatten() {
        *text = escaped(text);
    }
}

/// Escapes a key as S3 does: as in a form, except for slashes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' | b'/' => {
                escaped.push(char::from(byte));
            }
            b' ' => escaped.push('+'),
            other => escaped.extend(['%', digit(other >> 4), digit(other & 0xf)]),
        }
    }
    escaped
}

fn digit(value: u8) -> char {
    char::from(b"0123456789ABCDEF"[usize::from(value)])
}
