//! DeleteObjects: each key by itself.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Digest as _;
use sail_cargo_client::protocol::Permission;

use super::gateway_stack::{BUCKET, GatewayStack};
use super::plain_http::{PlainHttp, refusal, refused};

fn list(keys: &[&str], quiet: bool) -> Delete {
    let object = |key: &&str| ObjectIdentifier::builder().key(*key).build().unwrap();
    let objects = keys.iter().map(object).collect();
    Delete::builder().set_objects(Some(objects)).quiet(quiet).build().unwrap()
}

#[tokio::test]
async fn g14_what_may_be_deleted_is_and_the_rest_is_an_error_of_its_own() {
    let test = GatewayStack::start().await;
    let root = test.root_s3().await;
    for key in ["a/1", "a/2", "b/1"] {
        let body = ByteStream::from_static(b"x");
        root.put_object().bucket(BUCKET).key(key).body(body).send().await.unwrap();
    }
    test.grant("ada", "a/", &[Permission::Delete]).await;
    let ada = test.s3_of("ada").await;
    let keys = list(&["a/1", "b/1", "../evil", "a/2"], false);
    let result = ada.delete_objects().bucket(BUCKET).delete(keys).send().await.unwrap();
    let deleted: Vec<_> = result.deleted().iter().map(|it| it.key().unwrap()).collect();
    assert_eq!(deleted, ["a/1", "a/2"]);
    let errors: Vec<_> =
        result.errors().iter().map(|it| (it.key().unwrap(), it.code().unwrap())).collect();
    assert_eq!(errors, [("b/1", "AccessDenied"), ("../evil", "InvalidURI")]);
    let left = root.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    let left: Vec<_> = left.contents().iter().map(|it| it.key().unwrap()).collect();
    assert_eq!(left, ["b/1"]);
}

#[tokio::test]
async fn g14_if_nothing_is_left_nothing_is_sent_and_quiet_names_failures_only() {
    let test = GatewayStack::start().await;
    test.grant("ada", "a/", &[Permission::Delete]).await;
    let ada = test.s3_of("ada").await;
    let before = test.stack.storage_requests();
    let none = ada.delete_objects().bucket(BUCKET).delete(list(&["b/1"], false)).send().await;
    assert_eq!(none.unwrap().errors().len(), 1);
    assert_eq!(test.stack.storage_requests(), before);
    let quiet = ada.delete_objects().bucket(BUCKET).delete(list(&["a/1", "b/1"], true));
    let quiet = quiet.send().await.unwrap();
    assert_eq!((quiet.deleted().len(), quiet.errors().len()), (0, 1));
}

/// Sends a list as it is, with the digest that it is said to have.
async fn post(client: &PlainHttp, list: &str, md5: Option<&str>) -> reqwest::Response {
    let mut asked = client.ask(reqwest::Method::POST, "/photos?delete").body(list.to_owned());
    if let Some(md5) = md5 {
        asked = asked.header("content-md5", md5);
    }
    asked.send().await.unwrap()
}

fn md5(list: &str) -> String {
    STANDARD.encode(md5::Md5::digest(list.as_bytes()))
}

#[tokio::test]
async fn g14_only_the_shape_of_the_list_refuses_the_whole() {
    let test = GatewayStack::start().await;
    let root = PlainHttp::root(&test).await;
    let before = test.stack.storage_requests();
    let object = "<Object><Key>a</Key></Object>";
    for list in [
        "<Delete></Delete>".to_owned(),
        format!("<Delete>{object}"),
        format!("<Delete>{}</Delete>", object.repeat(1001)),
        "<Delete><Object><VersionId>v</VersionId></Object></Delete>".to_owned(),
    ] {
        let answer = post(&root, &list, Some(&md5(&list))).await;
        assert_eq!(refusal(answer).await, refused(400, "MalformedXML"), "{list:.60}");
    }
    let list = format!("<Delete>{object}</Delete>");
    let answer = post(&root, &list, None).await;
    assert_eq!(refusal(answer).await, refused(400, "InvalidRequest"));
    let answer = post(&root, &list, Some(&md5("another"))).await;
    assert_eq!(refusal(answer).await, refused(400, "BadDigest"));
    assert_eq!(test.stack.storage_requests(), before);
    assert_eq!(post(&root, &list, Some(&md5(&list))).await.status(), 200);
}
