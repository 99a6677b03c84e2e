//! What is in a storage, asked directly with the storage's own key.

use aws_credential_types::Credentials;
use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Region};

use crate::storages::{ACCESS_KEY_ID, REGION, SECRET, Storage};

/// A client of the storage that nobody else judges.
pub(super) struct Witness(pub(super) S3);

impl Witness {
    pub(super) fn of(storage: &Storage) -> Self {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(&storage.url)
            .force_path_style(true)
            .credentials_provider(Credentials::new(ACCESS_KEY_ID, SECRET, None, None, "test"))
            .build();
        Self(S3::from_conf(config))
    }

    /// The content of an object, if it is there.
    pub(super) async fn content(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        let got = self.0.get_object().bucket(bucket).key(key).send().await;
        match got {
            Ok(got) => Some(got.body.collect().await.unwrap().to_vec()),
            Err(error) => {
                let status = error.raw_response().map(|raw| raw.status().as_u16());
                assert_eq!(status, Some(404), "{error:?}");
                None
            }
        }
    }

    /// Whether an object is there.
    pub(super) async fn has(&self, bucket: &str, key: &str) -> bool {
        match self.0.head_object().bucket(bucket).key(key).send().await {
            Ok(_) => true,
            Err(error) => {
                let status = error.raw_response().map(|raw| raw.status().as_u16());
                assert_eq!(status, Some(404), "{error:?}");
                false
            }
        }
    }

    pub(super) async fn put(&self, bucket: &str, key: &str, content: &[u8]) {
        let put = self.0.put_object().bucket(bucket).key(key).body(content.to_vec().into());
        put.send().await.unwrap();
    }

    /// The numbers of the parts of an upload that are in the storage.
    pub(super) async fn parts(&self, bucket: &str, key: &str, upload: &str) -> Vec<i32> {
        let listed = self.0.list_parts().bucket(bucket).key(key).upload_id(upload);
        let listed = listed.send().await.unwrap();
        listed.parts().iter().filter_map(aws_sdk_s3::types::Part::part_number).collect()
    }

    /// Every bucket and every object, with its ETag.
    pub(super) async fn everything(&self) -> Vec<String> {
        let mut all = Vec::new();
        let buckets = self.0.list_buckets().send().await.unwrap();
        for bucket in buckets.buckets().iter().filter_map(|bucket| bucket.name()) {
            all.push(bucket.to_owned());
            let listed = self.0.list_objects_v2().bucket(bucket).send().await.unwrap();
            assert_eq!(listed.is_truncated(), Some(false));
            let object = |object: &aws_sdk_s3::types::Object| {
                let (key, tag) = (object.key().unwrap_or_default(), object.e_tag());
                format!("{bucket}/{key} {} {:?}", tag.unwrap_or_default(), object.size())
            };
            all.extend(listed.contents().iter().map(object));
        }
        all.sort();
        all
    }
}
