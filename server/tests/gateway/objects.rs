//! Objects by the stock SDK, which signs with an access key and knows nothing else.

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use sail_cargo_client::protocol::{AccessKeySecret, CreateAccessKey, Permission};

use super::gateway_stack::{BUCKET, GatewayStack, code};

#[tokio::test]
async fn a_stock_client_writes_reads_copies_and_deletes() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write, Permission::Delete]).await;
    let s3 = test.s3_of("ada").await;
    let key = "reports/2026 überblick+50%.txt";
    let body = ByteStream::from_static(b"hello");
    let put = s3.put_object().bucket(BUCKET).key(key).content_type("text/plain");
    put.metadata("colour", "blue").body(body).send().await.unwrap();

    let got = s3.get_object().bucket(BUCKET).key(key).send().await.unwrap();
    assert_eq!(got.content_type(), Some("text/plain"));
    assert_eq!(got.metadata().unwrap()["colour"], "blue");
    assert_eq!(got.body.collect().await.unwrap().into_bytes(), "hello");

    let part = s3.get_object().bucket(BUCKET).key(key).range("bytes=1-3").send().await.unwrap();
    assert_eq!(part.content_range(), Some("bytes 1-3/5"));
    assert_eq!(part.body.collect().await.unwrap().into_bytes(), "ell");

    let source = "photos/reports/2026%20%C3%BCberblick%2B50%25.txt";
    s3.copy_object().bucket(BUCKET).key("copy").copy_source(source).send().await.unwrap();
    let head = s3.head_object().bucket(BUCKET).key("copy").send().await.unwrap();
    assert_eq!(head.content_length(), Some(5));
    s3.delete_object().bucket(BUCKET).key("copy").send().await.unwrap();
    let gone = s3.get_object().bucket(BUCKET).key("copy").send().await;
    assert_eq!(code(gone), "NoSuchKey");
}

#[tokio::test]
async fn what_no_grant_allows_is_denied_and_never_reaches_the_storage() {
    let test = GatewayStack::start().await;
    test.grant("ada", "ada/", &[Permission::Read]).await;
    let s3 = test.s3_of("ada").await;
    let before = test.stack.storage_requests();
    let put = s3.put_object().bucket(BUCKET).key("ada/x").body(ByteStream::default()).send().await;
    assert_eq!(code(put), "AccessDenied");
    let get = s3.get_object().bucket(BUCKET).key("bob/x").send().await;
    assert_eq!(code(get), "AccessDenied");
    let other = s3.get_object().bucket("elsewhere").key("x").send().await;
    assert_eq!(code(other), "AccessDenied");
    assert_eq!(test.stack.storage_requests(), before);
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_key_are_told_apart() {
    let test = GatewayStack::start().await;
    let mut key = test.key(None).await;
    let mut secret = key.secret.expose().to_owned();
    let last = secret.pop().unwrap();
    secret.push(if last == 'a' { 'b' } else { 'a' });
    key.secret = AccessKeySecret::SecretAccessKey(secret);
    let wrong = test.s3(&key).list_buckets().send().await;
    assert_eq!(code(wrong), "SignatureDoesNotMatch");
    key.stored.access_key_id = "CGAKAAAAAAAAAAAAAAAA".to_owned();
    let unknown = test.s3(&key).list_buckets().send().await;
    assert_eq!(code(unknown), "InvalidAccessKeyId");
}

#[tokio::test]
async fn a_key_never_has_more_than_its_limits() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let writer = test.s3_of("ada").await;
    let put = |key: &'static str| writer.put_object().bucket(BUCKET).key(key);
    put("a/x").body(ByteStream::from_static(b"x")).send().await.unwrap();
    put("b/x").body(ByteStream::from_static(b"x")).send().await.unwrap();
    let limits = CreateAccessKey {
        user: Some("ada".to_owned()),
        name: "narrow".to_owned(),
        prefixes: Some(["a/".to_owned()].into()),
        permissions: Some([Permission::Read].into_iter().collect()),
        ..CreateAccessKey::default()
    };
    let narrow = test.s3(&test.limited_key(&limits).await);
    let get = |key: &'static str| narrow.get_object().bucket(BUCKET).key(key).send();
    assert_eq!(code(get("a/x").await), "ok");
    assert_eq!(code(get("b/x").await), "AccessDenied");
    let put = narrow.put_object().bucket(BUCKET).key("a/y").body(ByteStream::default()).send();
    assert_eq!(code(put.await), "AccessDenied");
}

#[tokio::test]
async fn g2_a_presigned_url_works_in_any_client_and_ends_with_its_key() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let key = test.key(Some("ada")).await;
    let s3 = test.s3(&key);
    let hour = || PresigningConfig::expires_in(std::time::Duration::from_hours(1)).unwrap();
    let put = s3.put_object().bucket(BUCKET).key("p").presigned(hour()).await.unwrap();
    let http = reqwest::Client::new();
    let answer = http.put(put.uri()).body("presigned").send().await.unwrap();
    assert_eq!(answer.status(), 200, "{}", answer.text().await.unwrap());
    let get = s3.get_object().bucket(BUCKET).key("p").presigned(hour()).await.unwrap();
    let answer = http.get(get.uri()).send().await.unwrap();
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    assert_eq!(answer.headers()["content-security-policy"], "sandbox");
    assert_eq!(answer.text().await.unwrap(), "presigned");
    test.root().delete_access_key(&key.stored.access_key_id).await.unwrap();
    super::gateway_stack::eventually("the URL ends with its key", || async {
        http.get(get.uri()).send().await.unwrap().status() == 403
    })
    .await;
}
