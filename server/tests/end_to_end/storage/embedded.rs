//! The storage of `sail-cargo dev`: s3s behind a guard.

use aws_sdk_s3::primitives::ByteStream;

use super::limits::{once, refused, tags};
use super::tls_front::TlsFront;
use super::{Scheme, Storage, StorageRoute};
use crate::sdk_operations::Cast;
use crate::storages::Certificate;
use crate::test_stack::TestStack;

/// The access key id that `dev` gives it.
const ACCESS_KEY_ID: &str = "DEVSTORAGEACCESSKEY";

pub(crate) struct Embedded;

impl Storage for Embedded {
    /// The project uses this storage already; over https it gets the address of the TLS front.
    async fn move_in(&self, test: &TestStack, scheme: Scheme) -> StorageRoute {
        let url = test.stack.storage_url.clone();
        if scheme == Scheme::Http {
            return StorageRoute { url, http: None, _front: None };
        }
        let certificate = Certificate::new();
        let front = TlsFront::before(url.trim_start_matches("http://"), &certificate).await;
        let secret = test.secret("storage.secret");
        // The server does not trust the test's certificate.
        test.put_unproved_store(&front.url, ACCESS_KEY_ID, &secret).await;
        StorageRoute {
            url: front.url.clone(),
            http: Some(certificate.trusting_client()),
            _front: Some(front),
        }
    }

    async fn served(&self, test: &TestStack) -> u64 {
        test.stack.storage_requests()
    }

    async fn show_limits(&self, cast: &Cast) {
        objects_are_files(cast).await;
        some_operations_are_missing(cast).await;
        let (s3, bucket) = (&cast.ada, &cast.bucket);
        // The condition of a download is ignored; S3 answers 304.
        let etag = s3.head_object().bucket(bucket).key("file").send().await.unwrap().e_tag.unwrap();
        let get = s3.get_object().bucket(bucket).key("file").if_none_match(etag);
        assert_eq!(get.send().await.unwrap().content_length, Some(1));
        // S3 answers 404 `NoSuchUpload`.
        let id = "6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21";
        let abort = s3.abort_multipart_upload().bucket(bucket).key("parts").upload_id(id);
        assert_eq!(refused(abort.send().await), (403, "AccessDenied".to_owned()));
    }
}

/// Keys are paths of the file system.
async fn objects_are_files(cast: &Cast) {
    let put = |key: &str| {
        let put = cast.ada.put_object().bucket(&cast.bucket).key(key);
        put.body(ByteStream::from_static(b"x"))
    };
    put("file").send().await.unwrap();
    for (key, said) in [
        ("file/below it", (500, "InternalError")),
        (&"s".repeat(256), (500, "InternalError")),
        ("a//b", (400, "InvalidURI")),
        ("/lead", (400, "InvalidURI")),
        ("folder/", (400, "UnexpectedContent")),
    ] {
        let (status, code) = refused(put(key).customize().config_override(once()).send().await);
        assert_eq!((status, code.as_str()), said, "{key}");
    }
}

async fn some_operations_are_missing(cast: &Cast) {
    let (s3, bucket) = (&cast.ada, &cast.bucket);
    let tag = s3.put_object_tagging().bucket(bucket).key("file").tagging(tags());
    let attributes = s3.get_object_attributes().bucket(bucket).key("file");
    let told = [
        refused(tag.send().await),
        refused(s3.get_object_tagging().bucket(bucket).key("file").send().await),
        refused(attributes.object_attributes("ETag".into()).send().await),
        refused(s3.list_multipart_uploads().bucket(bucket).send().await),
        refused(s3.list_object_versions().bucket(bucket).send().await),
        refused(cast.root.get_bucket_versioning().bucket(bucket).send().await),
        refused(cast.root.get_bucket_cors().bucket(bucket).send().await),
    ];
    for (status, code) in told {
        assert_eq!((status, code.as_str()), (501, "NotImplemented"));
    }
}
