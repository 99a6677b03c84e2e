//! Creation of buckets, and buckets that are not one's own.

use aws_credential_types::Credentials;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use reqwest::Method;
use sail_cargo_client::protocol::Permission;

use super::gateway_stack::{BUCKET, GatewayStack, code};
use super::plain_http::{PlainHttp, header, refusal, refused};
use crate::storages::{ACCESS_KEY_ID, Kind, REGION, SECRET, Storage};

#[tokio::test]
async fn g13_a_user_who_creates_a_bucket_they_hold_something_in_is_told_that_it_is_there() {
    let test = GatewayStack::start().await;
    test.grant("ada", "ada/", &[Permission::Read]).await;
    let ada = test.s3_of("ada").await;
    let before = test.stack.storage_requests();
    let create = |bucket: &'static str| ada.create_bucket().bucket(bucket).send();
    assert_eq!(code(create(BUCKET).await), "BucketAlreadyOwnedByYou");
    assert_eq!(code(create("another").await), "AccessDenied");
    let bob = test.s3_of("bob").await;
    assert_eq!(code(bob.create_bucket().bucket(BUCKET).send().await), "AccessDenied");
    assert_eq!(test.stack.storage_requests(), before, "nothing is sent");
}

#[tokio::test]
async fn g13_the_application_may_create_its_own_bucket_again_in_us_east_1() {
    let test = GatewayStack::start().await;
    let root = test.root_s3().await;
    let constraint = aws_sdk_s3::types::BucketLocationConstraint::EuWest1;
    let constraint = aws_sdk_s3::types::CreateBucketConfiguration::builder()
        .location_constraint(constraint)
        .build();
    let second = root.create_bucket().bucket("second").create_bucket_configuration(constraint);
    assert_eq!(code(second.send().await), "ok");
    for bucket in [BUCKET, "second"] {
        assert_eq!(code(root.create_bucket().bucket(bucket).send().await), "ok", "{bucket}");
    }
    let listed = root.list_buckets().send().await.unwrap();
    assert_eq!(listed.buckets().len(), 2);
    root.delete_bucket().bucket("second").send().await.unwrap();
    assert_eq!(code(root.head_bucket().bucket("second").send().await), "NotFound");
}

#[tokio::test]
async fn g13_a_bucket_that_is_there_in_an_account_of_ones_own_is_ones_own() {
    let Some(storage) = Storage::start(Kind::SeaweedFs).await else { return };
    let test = GatewayStack::before(&storage).await;
    let operators = Credentials::new(ACCESS_KEY_ID, SECRET, None, None, "test");
    let direct = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(&storage.url)
        .force_path_style(true)
        .credentials_provider(operators)
        .build();
    let direct = aws_sdk_s3::Client::from_conf(direct);
    direct.create_bucket().bucket("taken").send().await.unwrap();
    let root = test.root_s3().await;
    let create = root.create_bucket().bucket("taken").send().await;
    assert_eq!(code(create), "ok");
    let names = root.list_buckets().send().await.unwrap();
    let names: Vec<_> = names.buckets().iter().map(|bucket| bucket.name().unwrap()).collect();
    assert_eq!(names, [BUCKET, "taken"]);
    assert_eq!(code(root.list_objects_v2().bucket("taken").send().await), "ok");
}

#[tokio::test]
async fn g15_users_are_not_told_which_buckets_there_are_and_the_application_is() {
    let test = GatewayStack::start().await;
    test.grant("ada", "ada/", &[Permission::Read]).await;
    let ada = PlainHttp::user(&test, "ada");
    let root = PlainHttp::root(&test).await;
    let before = test.stack.storage_requests();
    for target in ["/unknown-bucket?list-type=2", "/unknown-bucket/key"] {
        assert_eq!(refusal(ada.get(target).await).await, refused(403, "AccessDenied"), "{target}");
        assert_eq!(refusal(root.get(target).await).await, refused(404, "NoSuchBucket"), "{target}");
        let head = |client: &PlainHttp| client.ask(Method::HEAD, target).send();
        if !target.contains('?') {
            assert_eq!(head(&ada).await.unwrap().status(), 403);
            assert_eq!(head(&root).await.unwrap().status(), 404);
        }
    }
    let head = |client: &PlainHttp| client.ask(Method::HEAD, "/unknown-bucket").send();
    for (client, status) in [(&ada, 403), (&root, 404)] {
        let answer = head(client).await.unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(header(&answer, "x-amz-bucket-region"), "us-east-1");
    }
    assert_eq!(test.stack.storage_requests(), before);
}
