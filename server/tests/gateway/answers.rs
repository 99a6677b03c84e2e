//! What answers say, and what they do not.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use reqwest::Method;
use sail_cargo_client::protocol::{AuditQuery, Permission};

use super::gateway_stack::{BUCKET, GatewayStack, code, eventually};
use super::plain_http::{PlainHttp, header, refusal, refused};
use crate::storages::{Kind, Storage};

#[tokio::test]
async fn g21_the_owner_that_a_client_expects_is_the_project() {
    let test = GatewayStack::start().await;
    let root = test.root_s3().await;
    let owner = root.list_buckets().send().await.unwrap().owner().unwrap().id().unwrap().to_owned();
    let put = |owner: &str| {
        let body = ByteStream::from_static(b"x");
        let put = root.put_object().bucket(BUCKET).key("x").body(body);
        put.expected_bucket_owner(owner).send()
    };
    assert_eq!(code(put(&owner).await), "ok");
    assert_eq!(code(put("111122223333").await), "AccessDenied");
    let copy = |owner: &str| {
        let copy = root.copy_object().bucket(BUCKET).key("y").copy_source("photos/x");
        copy.expected_source_bucket_owner(owner).send()
    };
    assert_eq!(code(copy(&owner).await), "ok");
    assert_eq!(code(copy("111122223333").await), "AccessDenied");
}

#[tokio::test]
async fn g21_a_presigned_url_sets_no_type_that_a_browser_runs() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let s3 = test.s3_of("ada").await;
    s3.put_object()
        .bucket(BUCKET)
        .key("x")
        .body(ByteStream::from_static(b"x"))
        .send()
        .await
        .unwrap();
    let url = async |kind: &str| {
        let hour = PresigningConfig::expires_in(Duration::from_hours(1)).unwrap();
        let get = s3.get_object().bucket(BUCKET).key("x").response_content_type(kind);
        get.presigned(hour).await.unwrap().uri().to_owned()
    };
    let html = reqwest::get(url("text/html").await).await.unwrap();
    assert_eq!(refusal(html).await, refused(400, "InvalidArgument"));
    let plain = reqwest::get(url("text/plain").await).await.unwrap();
    assert_eq!(plain.status(), 200);
    assert_eq!(header(&plain, "content-type"), "text/plain");
    let query = AuditQuery { action: Some("s3:GetObject".to_owned()), ..AuditQuery::default() };
    eventually("the audit says that it was presigned", || async {
        let events = test.root().audit_events(&query).await.unwrap().items;
        events.iter().any(|event| event.detail.contains("presigned with an access key"))
    })
    .await;
}

#[tokio::test]
async fn g22_the_location_of_a_completed_upload_is_the_gateways() {
    let Some(storage) = Storage::start(Kind::SeaweedFs).await else { return };
    let test = GatewayStack::before(&storage).await;
    let s3 = test.root_s3().await;
    let begun = s3.create_multipart_upload().bucket(BUCKET).key("a b/c").send().await.unwrap();
    let id = begun.upload_id().unwrap();
    let part = s3.upload_part().bucket(BUCKET).key("a b/c").upload_id(id).part_number(1);
    let part = part.body(ByteStream::from_static(b"x")).send().await.unwrap();
    let part = CompletedPart::builder().part_number(1).e_tag(part.e_tag().unwrap()).build();
    let parts = CompletedMultipartUpload::builder().parts(part).build();
    let complete = s3.complete_multipart_upload().bucket(BUCKET).key("a b/c").upload_id(id);
    let done = complete.multipart_upload(parts).send().await.unwrap();
    let expected = format!("{}/photos/a%20b/c", test.stack.gateway_url);
    assert_eq!(done.location(), Some(expected.as_str()));
    assert!(done.e_tag().is_some());
}

#[tokio::test]
async fn g22_answers_name_cargos_request_and_nothing_of_the_storage() {
    let test = GatewayStack::start().await;
    let root = PlainHttp::root(&test).await;
    let put = root.put("/photos/x", "x").await;
    let get = root.get("/photos/x").await;
    for answer in [&put, &get] {
        assert_eq!(header(answer, "x-amz-request-id").len(), 32);
        for name in ["server", "x-amz-id-2", "access-control-allow-origin", "set-cookie"] {
            assert_eq!(header(answer, name), "", "{name}");
        }
    }
    assert!(!header(&get, "etag").is_empty() && !header(&get, "last-modified").is_empty());
}

#[tokio::test]
async fn g12_an_acl_is_that_of_what_is_there() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let ada = PlainHttp::user(&test, "ada");
    ada.put("/photos/x", "x").await;
    assert_eq!(ada.get("/photos/x?acl").await.status(), 200);
    assert_eq!(refusal(ada.get("/photos/none?acl").await).await, refused(404, "NoSuchKey"));
    let private =
        |target: &'static str| ada.ask(Method::PUT, target).header("x-amz-acl", "private").send();
    assert_eq!(private("/photos/x?acl").await.unwrap().status(), 200);
    let none = private("/photos/none?acl").await.unwrap();
    assert_eq!(refusal(none).await, refused(404, "NoSuchKey"));
    assert_eq!(ada.get("/photos?acl").await.status(), 200);
}

#[tokio::test]
async fn g12_a_page_of_buckets_has_a_prefix_a_size_and_a_token_of_its_own() {
    let test = GatewayStack::start().await;
    let root = test.root_s3().await;
    for bucket in ["logs-1", "logs-2", "logs-3"] {
        root.create_bucket().bucket(bucket).send().await.unwrap();
    }
    let names = |listed: &aws_sdk_s3::operation::list_buckets::ListBucketsOutput| {
        let names = listed.buckets().iter().map(|bucket| bucket.name().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let first = root.list_buckets().prefix("logs-").max_buckets(2).send().await.unwrap();
    assert_eq!(
        (names(&first), first.prefix()),
        (vec!["logs-1".into(), "logs-2".into()], Some("logs-"))
    );
    let token = first.continuation_token().unwrap();
    let rest = root.list_buckets().prefix("logs-").continuation_token(token).send().await.unwrap();
    assert_eq!((names(&rest), rest.continuation_token()), (vec!["logs-3".to_owned()], None));
    for (prefix, token) in [("photos", token), ("logs-", "bG9ncy0y"), ("logs-", "?")] {
        let other = root.list_buckets().prefix(prefix).continuation_token(token).send().await;
        assert_eq!(code(other), "InvalidArgument", "{prefix} {token}");
    }
    for max in [0, 10_001] {
        assert_eq!(
            code(root.list_buckets().max_buckets(max).send().await),
            "InvalidArgument",
            "{max}"
        );
    }
    let here = root.list_buckets().bucket_region("us-east-1").send().await.unwrap();
    let there = root.list_buckets().bucket_region("eu-west-1").send().await.unwrap();
    assert_eq!((here.buckets().len(), there.buckets().len()), (4, 0));
    test.grant("ada", "ada/", &[Permission::Read]).await;
    let ada = test.s3_of("ada").await;
    assert_eq!(names(&ada.list_buckets().prefix("ph").send().await.unwrap()), [BUCKET]);
}
