//! Multipart uploads.

use std::path::Path;

use aws_sdk_s3::primitives::{ByteStream, Length};
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};

use super::Cast;
use super::bytes::{BYTES, MIB};
use super::objects::content;
use super::streams::Streamed;

/// The size of the first part: the least that S3 accepts.
const FIRST: usize = 5 * MIB;
/// The size of both parts.
const WHOLE: usize = 8 * MIB;

/// Uploads one part from bytes and one from the middle of a file.
pub(super) async fn are_put_together(cast: &Cast, file: &Path) {
    let (s3, bucket, key) = (&cast.ada, &cast.bucket, "parts/ü + 1.bin");
    let id = begin(cast, key).await;
    let part = |number| s3.upload_part().bucket(bucket).key(key).upload_id(&id).part_number(number);
    let first = part(1).body(BYTES[..FIRST].to_vec().into()).send().await.unwrap();
    let rest = ByteStream::read_from()
        .path(file)
        .offset(FIRST as u64)
        .length(Length::Exact((WHOLE - FIRST) as u64));
    let second = part(2).body(rest.build().await.unwrap()).customize().interceptor(Streamed);
    let second = second.send().await.unwrap();
    let listed = s3.list_parts().bucket(bucket).key(key).upload_id(&id).send().await.unwrap();
    let mut sizes: Vec<_> =
        listed.parts().iter().map(|part| (part.part_number, part.size)).collect();
    sizes.sort_unstable();
    let size = |bytes: usize| i64::try_from(bytes).ok();
    assert_eq!(sizes, [(Some(1), size(FIRST)), (Some(2), size(WHOLE - FIRST))]);
    let parts = [(1, first.e_tag), (2, second.e_tag)]
        .map(|(number, etag)| CompletedPart::builder().part_number(number).set_e_tag(etag).build());
    let all = CompletedMultipartUpload::builder().set_parts(Some(parts.into())).build();
    let complete = s3.complete_multipart_upload().bucket(bucket).key(key).upload_id(&id);
    complete.multipart_upload(all).send().await.unwrap();
    assert!(content(cast, key).await == BYTES[..WHOLE]);
}

/// An aborted upload accepts no more parts, and leaves nothing behind.
pub(super) async fn are_given_up(cast: &Cast) {
    let (s3, bucket, key) = (&cast.ada, &cast.bucket, "parts/given up");
    let id = begin(cast, key).await;
    let part = || {
        let part = s3.upload_part().bucket(bucket).key(key).upload_id(&id).part_number(1);
        part.body(ByteStream::from_static(b"x")).send()
    };
    part().await.unwrap();
    let abort = s3.abort_multipart_upload().bucket(bucket).key(key).upload_id(&id);
    abort.send().await.unwrap();
    part().await.unwrap_err();
    let missing = s3.head_object().bucket(bucket).key(key).send().await.unwrap_err();
    assert!(missing.as_service_error().unwrap().is_not_found());
}

async fn begin(cast: &Cast, key: &str) -> String {
    let upload = cast.ada.create_multipart_upload().bucket(&cast.bucket).key(key).send().await;
    upload.unwrap().upload_id.unwrap()
}
