//! Accounts and deletions on real storages: what they show of an account, and a deletion that was
//! reported but not sent.

use sail_cargo_client::protocol::{
    BucketState, PatchBucket, Permission, PutBucket, PutStore, PutStoreQuery, SettleBucket,
    SettleOutcome, SignRequest,
};

use crate::storage::{Proxied, Scheme, Storage as _};
use crate::storages::Kind;
use crate::test_stack::{BUCKET, TestStack, store};

/// The result of an operator's attempt to put a store.
async fn put(test: &TestStack, store: &PutStore) -> Result<(), String> {
    let unproved = PutStoreQuery { no_probe: true, ..PutStoreQuery::default() };
    match test.operator().put_store("other", store, &unproved).await {
        Ok(_) => Ok(()),
        Err(error) => Err(error.code().unwrap().to_owned()),
    }
}

#[tokio::test]
async fn the_embedded_storage_under_another_name_is_the_same_account() {
    let test = TestStack::start().await;
    let elsewhere = test.stack.storage_url.replace("127.0.0.1", "localhost");
    assert_ne!(elsewhere, test.stack.storage_url);
    let secret = test.secret("storage.secret");
    // `dev` knows its storage under both names. The test needs only one.
    test.put_store(&test.stack.storage_url, "DEVSTORAGEACCESSKEY", &secret).await;
    let twin = store(&elsewhere, "DEVSTORAGEACCESSKEY", &secret);
    assert_eq!(put(&test, &twin).await, Err("store_alias".to_owned()));
    let locked_out = store(&elsewhere, "DEVSTORAGEACCESSKEY", "not-its-secret");
    assert_eq!(put(&test, &locked_out).await, Ok(()), "a storage that refuses shows nothing");
}

#[tokio::test]
async fn seaweedfs_tells_identities_apart_and_not_their_keys() {
    if !Kind::Proxied.is_here() {
        return;
    }
    let weed = Proxied::start().await;
    let test = TestStack::bare().await;
    let line = weed.move_in(&test, Scheme::Http).await;
    let root = line.sdk(test.root());
    root.create_bucket().bucket("ours").send().await.unwrap();
    assert_eq!(put(&test, &weed.by_second_key()).await, Err("store_alias".to_owned()));
    assert_eq!(put(&test, &weed.of_guest()).await, Ok(()), "an account of its own");
    // The guest's bucket is visible to both accounts: it could be registered twice.
    root.create_bucket().bucket("guests").send().await.unwrap();
    assert_eq!(put(&test, &weed.of_guest()).await, Err("store_alias".to_owned()));
}

#[tokio::test]
async fn a_deletion_that_was_not_sent_is_not_believed() {
    let test = TestStack::start().await;
    let root = test.root();
    let low = PatchBucket {
        ceiling: Some([Permission::Read, Permission::Delete].into()),
        ..PatchBucket::default()
    };
    let lowered = root.patch_bucket(BUCKET, &low).await.unwrap();
    let request = SignRequest {
        method: "DELETE".to_owned(),
        url: format!("{}/{BUCKET}", test.stack.storage_url),
        headers: Vec::new(),
        payload: Some("UNSIGNED-PAYLOAD".to_owned()),
        body: None,
    };
    let settle = async || {
        let claim = root.sign(&request).await.unwrap().claim.unwrap().id;
        root.settle_bucket(BUCKET, &SettleBucket { claim, outcome: SettleOutcome::Done }).await
    };
    assert_eq!(settle().await.unwrap().state, Some(BucketState::Active));
    assert_eq!(root.bucket(BUCKET).await.unwrap(), lowered);
    test.root_s3().delete_bucket().bucket(BUCKET).send().await.unwrap();
    assert!(root.bucket(BUCKET).await.unwrap_err().is_not_found());
    let next = root.put_bucket(BUCKET, &PutBucket::default()).await.unwrap();
    assert_eq!(next.ceiling, lowered.ceiling, "it is kept for the name");
}
