//! Buckets created and deleted through the root interceptor: Cargo learns the results.

use sail_cargo_client::protocol::{BucketState, Permission, SignRequest};
use sail_cargo_middleware::RemoteSigningError;

use crate::test_stack::{BUCKET, TestStack};

#[tokio::test]
async fn a_bucket_is_the_projects_when_it_is_there_and_forgotten_when_it_is_gone() {
    let test = TestStack::start().await;
    let (root, s3) = (test.root(), test.root_s3());
    assert_eq!(root.bucket(BUCKET).await.unwrap().state, BucketState::Active, "confirmed");
    test.grant("ada", "", &[Permission::Read]).await;

    // S3 refuses to delete a bucket with objects: Cargo keeps its grants.
    let put = s3.put_object().bucket(BUCKET).key("x").body(b"x".to_vec().into());
    put.send().await.unwrap();
    let refused = s3.delete_bucket().bucket(BUCKET).send().await.unwrap_err();
    assert!(RemoteSigningError::find(&refused).is_none(), "S3's refusal, not Cargo's");
    assert_eq!(root.bucket(BUCKET).await.unwrap().state, BucketState::Active);
    test.s3("ada").get_object().bucket(BUCKET).key("x").send().await.unwrap();

    s3.delete_object().bucket(BUCKET).key("x").send().await.unwrap();
    s3.delete_bucket().bucket(BUCKET).send().await.unwrap();
    assert!(root.bucket(BUCKET).await.unwrap_err().is_not_found());

    s3.create_bucket().bucket(BUCKET).send().await.unwrap();
    let denied = test.s3("ada").get_object().bucket(BUCKET).key("x").send().await.unwrap_err();
    assert!(RemoteSigningError::find(&denied).is_some(), "no grant came back to life");
}

#[tokio::test]
async fn a_bucket_nobody_confirmed_is_found_in_a_storage_that_verifies() {
    let test = TestStack::start().await;
    let root = test.root();
    // The application gets the signature, and dies before it reports the result.
    let (make, lose) = ("made-and-lost", "never-made");
    for name in [make, lose] {
        let request = SignRequest {
            method: "PUT".to_owned(),
            url: format!("{}/{name}", test.stack.storage_url),
            headers: Vec::new(),
            payload: None,
            body: Some(String::new()),
        };
        let signed = root.sign(&request).await.unwrap();
        assert_eq!(signed.claim.as_ref().unwrap().bucket, name);
        if name == make {
            let mut put = reqwest::Client::new().put(&signed.url).header("content-length", "0");
            for (name, value) in &signed.headers {
                put = put.header(name, value);
            }
            assert!(put.send().await.unwrap().status().is_success());
        }
    }
    assert_eq!(root.bucket(make).await.unwrap().state, BucketState::Claimed);
    assert_eq!(root.reconcile_bucket(make).await.unwrap().state, Some(BucketState::Active));
    let still = root.reconcile_bucket(lose).await.unwrap();
    assert_eq!(still.state, Some(BucketState::Claimed), "the signature could still be used");
}
