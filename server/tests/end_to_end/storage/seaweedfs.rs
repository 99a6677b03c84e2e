//! SeaweedFS behind nginx, where it is safe.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::ChecksumAlgorithm;
use sail_cargo_client::protocol::PutStore;

use super::limits::{refused, tags};
use super::{Scheme, Storage, StorageRoute};
use crate::sdk_operations::Cast;
use crate::storages::{ACCESS_KEY_ID, GUEST_KEY_ID, Nginx, SECOND_KEY_ID, SECRET, SeaweedFs};
use crate::test_stack::{TestStack, store};

pub(crate) struct Proxied {
    nginx: Nginx,
    weed: SeaweedFs,
}

impl Proxied {
    pub(crate) async fn start() -> Self {
        let weed = SeaweedFs::start().await;
        Self { nginx: Nginx::before(&weed.url, weed.front).await, weed }
    }

    /// The same account with another of its access keys.
    pub(crate) fn by_second_key(&self) -> PutStore {
        store(&self.nginx.url, SECOND_KEY_ID, SECRET)
    }

    /// Another account on the same host and port.
    pub(crate) fn of_guest(&self) -> PutStore {
        store(&self.nginx.url, GUEST_KEY_ID, SECRET)
    }
}

impl Storage for Proxied {
    async fn move_in(&self, test: &TestStack, scheme: Scheme) -> StorageRoute {
        let (url, http) = match scheme {
            Scheme::Http => (&self.nginx.url, None),
            Scheme::Https => {
                (&self.nginx.https_url, Some(self.nginx.certificate.trusting_client()))
            }
        };
        match scheme {
            Scheme::Http => test.put_store(url, ACCESS_KEY_ID, SECRET).await,
            // The server does not trust the test's certificate.
            Scheme::Https => test.put_unproved_store(url, ACCESS_KEY_ID, SECRET).await,
        }
        StorageRoute { url: url.clone(), http, _front: None }
    }

    async fn served(&self, _: &TestStack) -> u64 {
        self.weed.requests().await
    }

    async fn show_limits(&self, cast: &Cast) {
        let (s3, bucket) = (&cast.ada, &cast.bucket);
        let put =
            |key: &str| s3.put_object().bucket(bucket).key(key).body(ByteStream::from_static(b"x"));
        // Keys that are distinct in S3 name the same object here.
        for key in ["/lead", "a//b", "back\\slash"] {
            put(key).send().await.unwrap();
        }
        let listed = s3.list_objects_v2().bucket(bucket).send().await.unwrap();
        let keys: Vec<_> = listed.contents().iter().filter_map(|object| object.key()).collect();
        assert_eq!(keys, ["a/b", "back/slash", "lead"]);
        let long = put(&"s".repeat(256)).send().await;
        assert_eq!(refused(long), (400, "KeyTooLongError".to_owned()));
        // The only checksum of the SDK that it does not know.
        let md5 = put("lead").checksum_algorithm(ChecksumAlgorithm::Md5).send().await;
        assert_eq!(refused(md5), (400, "InvalidRequest".to_owned()));
        // S3 answers the second abort with 404 `NoSuchUpload`.
        let upload = s3.create_multipart_upload().bucket(bucket).key("lead").send().await.unwrap();
        for _ in 0..2 {
            let abort = s3.abort_multipart_upload().bucket(bucket).key("lead");
            abort.set_upload_id(upload.upload_id.clone()).send().await.unwrap();
        }
        // It supports tags, unlike the embedded storage.
        let tag = s3.put_object_tagging().bucket(bucket).key("lead").tagging(tags());
        tag.send().await.unwrap();
        let tagged = s3.get_object_tagging().bucket(bucket).key("lead").send().await.unwrap();
        assert_eq!(tagged.tag_set(), tags().tag_set());
    }
}
