//! Buckets: created first, emptied and deleted last.

use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::{Cast, KEYS};

pub(super) async fn are_made(cast: &Cast) {
    cast.root.create_bucket().bucket(&cast.bucket).send().await.unwrap();
    assert!(all(cast).await.contains(&cast.bucket));
    cast.root.head_bucket().bucket(&cast.bucket).send().await.unwrap();
}

/// Deletes all awkward keys in one request, and the other objects one by one.
pub(super) async fn are_emptied(cast: &Cast) {
    let (s3, bucket) = (&cast.ada, &cast.bucket);
    let objects = KEYS.map(|key| ObjectIdentifier::builder().key(key).build().unwrap()).to_vec();
    let delete = Delete::builder().set_objects(Some(objects)).build().unwrap();
    let answer = s3.delete_objects().bucket(bucket).delete(delete).send().await.unwrap();
    assert_eq!((answer.deleted().len(), answer.errors()), (KEYS.len(), [].as_slice()));
    let left = s3.list_objects_v2().bucket(bucket).send().await.unwrap();
    for key in left.contents().iter().filter_map(|object| object.key()) {
        assert!(!KEYS.contains(&key), "{key} was deleted");
        s3.delete_object().bucket(bucket).key(key).send().await.unwrap();
    }
    let left = s3.list_objects_v2().bucket(bucket).send().await.unwrap();
    assert_eq!(left.contents(), []);
}

pub(super) async fn are_removed(cast: &Cast) {
    cast.root.delete_bucket().bucket(&cast.bucket).send().await.unwrap();
    assert!(!all(cast).await.contains(&cast.bucket));
}

async fn all(cast: &Cast) -> Vec<String> {
    let listed = cast.root.list_buckets().send().await.unwrap();
    listed.buckets().iter().filter_map(|bucket| bucket.name().map(ToOwned::to_owned)).collect()
}
