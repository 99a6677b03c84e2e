//! Listings: of buckets, of objects, and of the way down to what a user holds.

use aws_sdk_s3::primitives::ByteStream;
use reqwest::Method;
use sail_cargo_client::protocol::{GrantQuery, Permission, PrefixKind, PutGrant, SubjectKind};

use super::gateway_stack::{BUCKET, GatewayStack, code};
use super::plain_http::PlainHttp;

#[tokio::test]
async fn g12_each_caller_sees_the_buckets_they_can_use() {
    let test = GatewayStack::start().await;
    let root = test.root_s3().await;
    root.create_bucket().bucket("second").send().await.unwrap();
    test.grant("ada", "ada/", &[Permission::Read]).await;
    let names = |listed: aws_sdk_s3::operation::list_buckets::ListBucketsOutput| {
        let names = listed.buckets().iter().map(|bucket| bucket.name().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let all = root.list_buckets().send().await.unwrap();
    assert!(all.buckets()[0].creation_date().unwrap().secs() > 1_700_000_000);
    assert_eq!(names(all), [BUCKET, "second"]);
    let ada = test.s3_of("ada").await;
    assert_eq!(names(ada.list_buckets().send().await.unwrap()), [BUCKET]);
    let bob = test.s3_of("bob").await;
    assert_eq!(names(bob.list_buckets().send().await.unwrap()), [""; 0]);
    let first = root.list_buckets().max_buckets(1).send().await.unwrap();
    let token = first.continuation_token().unwrap().to_owned();
    assert_eq!(names(first), [BUCKET]);
    let rest = root.list_buckets().continuation_token(token).send().await.unwrap();
    assert_eq!(names(rest), ["second"]);
}

#[tokio::test]
async fn g12_the_location_is_the_gateways() {
    let test = GatewayStack::start().await;
    let root = test.root_s3().await;
    let location = root.get_bucket_location().bucket(BUCKET).send().await.unwrap();
    assert!(location.location_constraint().is_none_or(|it| it.as_str().is_empty()));
    let head = root.head_bucket().bucket(BUCKET).send().await.unwrap();
    assert_eq!(head.bucket_region(), Some("us-east-1"));
}

#[tokio::test]
async fn g15_a_listing_leads_down_to_what_a_user_holds() {
    let test = GatewayStack::start().await;
    let root = test.root_s3().await;
    for key in ["home/ada/x", "home/bob/y", "other/z"] {
        let body = ByteStream::from_static(b"x");
        root.put_object().bucket(BUCKET).key(key).body(body).send().await.unwrap();
    }
    test.grant("ada", "home/ada/", &[Permission::Read]).await;
    let ada = test.s3_of("ada").await;
    let below = |prefix: &'static str| {
        ada.list_objects_v2().bucket(BUCKET).prefix(prefix).delimiter("/").send()
    };
    let seen = |listed: aws_sdk_s3::operation::list_objects_v2::ListObjectsV2Output| {
        let prefixes = listed.common_prefixes().iter().map(|it| it.prefix().unwrap().to_owned());
        let keys = listed.contents().iter().map(|it| it.key().unwrap().to_owned());
        prefixes.chain(keys).collect::<Vec<_>>()
    };
    assert_eq!(seen(below("").await.unwrap()), ["home/"]);
    assert_eq!(seen(below("home/").await.unwrap()), ["home/ada/"]);
    assert_eq!(seen(below("home/ada/").await.unwrap()), ["home/ada/x"]);
    assert_eq!(code(below("other/").await), "AccessDenied");
    // The way leads to a home by a template as well.
    test.grant("ada", "home/ada/", &[Permission::Write]).await;
    assert_eq!(code(below("home/ada/").await), "AccessDenied");
    let query = GrantQuery {
        prefix: "home/${user}/".to_owned(),
        prefix_kind: PrefixKind::Template,
        kind: SubjectKind::Authenticated,
    };
    let list = PutGrant { permissions: [Permission::List].into(), ..PutGrant::default() };
    test.root().put_grant(BUCKET, "*", &query, &list).await.unwrap();
    let bob = test.s3_of("bob").await;
    let below_of_bob = |prefix: &'static str| {
        bob.list_objects_v2().bucket(BUCKET).prefix(prefix).delimiter("/").send()
    };
    assert_eq!(seen(below("home/").await.unwrap()), ["home/ada/"]);
    assert_eq!(seen(below("home/ada/").await.unwrap()), ["home/ada/x"]);
    assert_eq!(seen(below_of_bob("home/").await.unwrap()), ["home/bob/"]);
    assert_eq!(seen(below_of_bob("home/bob/").await.unwrap()), ["home/bob/y"]);
    assert_eq!(code(below_of_bob("home/ada/").await), "AccessDenied");
    let flat = ada.list_objects_v2().bucket(BUCKET).send().await;
    assert_eq!(code(flat), "AccessDenied");
}

#[tokio::test]
async fn g12_an_acl_says_that_the_project_owns_everything() {
    let test = GatewayStack::start().await;
    test.grant("ada", "ada/", &[Permission::Read, Permission::Write]).await;
    let ada = test.s3_of("ada").await;
    let body = ByteStream::from_static(b"x");
    ada.put_object().bucket(BUCKET).key("ada/x").body(body).send().await.unwrap();
    let acl = ada.get_object_acl().bucket(BUCKET).key("ada/x").send().await.unwrap();
    assert_eq!(acl.grants()[0].permission().unwrap().as_str(), "FULL_CONTROL");
    let private = aws_sdk_s3::types::ObjectCannedAcl::Private;
    let put = ada.put_object_acl().bucket(BUCKET).key("ada/x").acl(private).send().await;
    assert_eq!(code(put), "ok");
    let public = aws_sdk_s3::types::ObjectCannedAcl::PublicRead;
    let put = ada.put_object_acl().bucket(BUCKET).key("ada/x").acl(public).send().await;
    assert_eq!(code(put), "AccessDenied");
    let other = ada.get_object_acl().bucket(BUCKET).key("bob/x").send().await;
    assert_eq!(code(other), "AccessDenied");
}

#[tokio::test]
async fn m1_who_may_list_sees_everything_and_opens_nothing() {
    let test = GatewayStack::start().await;
    let root = test.root_s3().await;
    let body = ByteStream::from_static(b"content");
    root.put_object().bucket(BUCKET).key("a/x").body(body).send().await.unwrap();
    let upload = root.create_multipart_upload().bucket(BUCKET).key("a/big").send().await.unwrap();
    test.grant("bob", "", &[Permission::List]).await;
    let bob = test.s3_of("bob").await;
    assert_eq!(bob.list_buckets().send().await.unwrap().buckets().len(), 1);
    let listed = bob.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    assert_eq!((listed.contents()[0].key(), listed.contents()[0].size()), (Some("a/x"), Some(7)));
    let parts = bob.list_parts().bucket(BUCKET).key("a/big");
    assert_eq!(code(parts.upload_id(upload.upload_id().unwrap()).send().await), "ok");
    assert_eq!(code(bob.head_bucket().bucket(BUCKET).send().await), "ok");
    assert_eq!(code(bob.get_object().bucket(BUCKET).key("a/x").send().await), "AccessDenied");
    let put = bob.put_object().bucket(BUCKET).key("a/y").body(ByteStream::default()).send().await;
    assert_eq!(code(put), "AccessDenied");
    let plain = PlainHttp::user(&test, "bob");
    let listing = plain.with("accept", "application/json");
    assert_eq!(listing.get("/photos?prefix=a/").await.status(), 200);
    assert_eq!(listing.get("/photos/a/x").await.status(), 403);
    assert_eq!(listing.ask(Method::HEAD, "/photos/a/x").send().await.unwrap().status(), 403);
}
