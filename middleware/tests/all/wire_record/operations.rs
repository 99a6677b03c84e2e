//! Operations without an upload.

use aws_sdk_s3::types::{
    CompletedMultipartUpload, CompletedPart, Delete, ObjectAttributes, ObjectIdentifier, Tag,
    Tagging,
};

use super::transcript::Transcript;

/// A key with characters that must be encoded in paths, queries or XML, or must not be normalised.
pub(super) const KEY: &str = "a b+%/../日本//?x=1&y#<~'";
const UPLOAD: &str = "u+/=";

pub(super) async fn send(to: &mut Transcript) {
    objects(to).await;
    tags(to).await;
    multipart(to).await;
    lists(to).await;
    buckets(to).await;
}

async fn objects(to: &mut Transcript) {
    let (s3, bucket) = (to.s3.clone(), to.bucket);
    let get = s3.get_object().bucket(bucket).key(KEY).range("bytes=0-1").if_match("\"x\"");
    to.note("get_object", get.response_content_type("text/plain; a=b").send()).await;
    to.note("head_object", s3.head_object().bucket(bucket).key(KEY).send()).await;
    let delete = s3.delete_object().bucket(bucket).key(KEY).version_id("v +/=1");
    to.note("delete_object", delete.send()).await;
    let copy = s3.copy_object().bucket(bucket).key(KEY).copy_source("from/a%20b%2B%C3%BC");
    to.note("copy_object", copy.send()).await;
    let attributes = s3.get_object_attributes().bucket(bucket).key(KEY);
    let attributes = attributes.object_attributes(ObjectAttributes::Etag);
    let attributes = attributes.object_attributes(ObjectAttributes::ObjectSize);
    to.note("get_object_attributes", attributes.send()).await;
    let objects = [KEY, "plain"].map(|key| ObjectIdentifier::builder().key(key).build().unwrap());
    let delete = Delete::builder().set_objects(Some(objects.into())).build().unwrap();
    to.note("delete_objects", s3.delete_objects().bucket(bucket).delete(delete).send()).await;
}

async fn tags(to: &mut Transcript) {
    let (s3, bucket) = (to.s3.clone(), to.bucket);
    let tag = Tag::builder().key("a").value("b & c").build().unwrap();
    let tagging = Tagging::builder().tag_set(tag).build().unwrap();
    let put = s3.put_object_tagging().bucket(bucket).key(KEY).tagging(tagging);
    to.note("put_object_tagging", put.send()).await;
    to.note("get_object_tagging", s3.get_object_tagging().bucket(bucket).key(KEY).send()).await;
}

async fn multipart(to: &mut Transcript) {
    let (s3, bucket) = (to.s3.clone(), to.bucket);
    let create = s3.create_multipart_upload().bucket(bucket).key(KEY).metadata("m", "a  b");
    to.note("create_multipart_upload", create.send()).await;
    let part = CompletedPart::builder().part_number(1).e_tag("\"x\"").build();
    let complete = s3.complete_multipart_upload().bucket(bucket).key(KEY).upload_id(UPLOAD);
    let complete =
        complete.multipart_upload(CompletedMultipartUpload::builder().parts(part).build());
    to.note("complete_multipart_upload", complete.send()).await;
    let abort = s3.abort_multipart_upload().bucket(bucket).key(KEY).upload_id(UPLOAD);
    to.note("abort_multipart_upload", abort.send()).await;
    let list = s3.list_parts().bucket(bucket).key(KEY).upload_id(UPLOAD).max_parts(2);
    to.note("list_parts", list.send()).await;
}

async fn lists(to: &mut Transcript) {
    let (s3, bucket) = (to.s3.clone(), to.bucket);
    let list = s3.list_objects().bucket(bucket).prefix(KEY).marker("é &");
    to.note("list_objects", list.send()).await;
    let list = s3.list_objects_v2().bucket(bucket).prefix(KEY).delimiter("/");
    let list = list.continuation_token("a+b/c==").start_after("é ");
    to.note("list_objects_v2", list.send()).await;
    let list = s3.list_multipart_uploads().bucket(bucket).prefix(KEY).delimiter("/");
    to.note("list_multipart_uploads", list.send()).await;
}

async fn buckets(to: &mut Transcript) {
    let (s3, bucket) = (to.s3.clone(), to.bucket);
    to.note("head_bucket", s3.head_bucket().bucket(bucket).send()).await;
    to.note("create_bucket", s3.create_bucket().bucket(bucket).send()).await;
    to.note("delete_bucket", s3.delete_bucket().bucket(bucket).send()).await;
    to.note("get_bucket_location", s3.get_bucket_location().bucket(bucket).send()).await;
    to.note("list_buckets", s3.list_buckets().send()).await;
}
