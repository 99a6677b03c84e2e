//! A denial is final: requested once, typed, and nothing is sent to S3.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use sail_cargo_middleware::{RemoteSigningError, RemoteSigningExt as _, Unanswered, explain};
use serde_json::{Value, json};

use crate::harness::{client, dead_url, plain, reason, start};

#[tokio::test]
async fn a_denial_is_final() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let error = s3.get_object().bucket("bkt").key("forbidden").send().await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_user()));
    let denied = reason(&error);
    let (code, message) = (Some("denied".to_owned()), "No: denied.".to_owned());
    assert_eq!(denied, RemoteSigningError::Denied { code, message });
    assert_eq!(denied.to_string(), "Cargo denies this request: No: denied.");
    assert_eq!((authority.asked().len(), storage.seen().len()), (1, 0));
}

#[tokio::test]
async fn a_denial_of_a_streamed_upload_reads_nothing() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let body = ByteStream::from_path(storage.file(&vec![7; 300_000])).await.unwrap();
    let put = s3.put_object().bucket("bkt").key("forbidden").body(body);
    let denied = reason(&put.send().await.unwrap_err());
    assert!(matches!(denied, RemoteSigningError::Denied { .. }));
    assert_eq!((authority.asked().len(), storage.seen().len()), (1, 0));
}

#[tokio::test]
async fn a_key_in_the_body_can_be_denied() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let object = ObjectIdentifier::builder().key("forbidden/x").build().unwrap();
    let delete = Delete::builder().objects(object).build().unwrap();
    let error = s3.delete_objects().bucket("bkt").delete(delete).send().await.unwrap_err();
    assert!(matches!(reason(&error), RemoteSigningError::Denied { .. }));
    assert_eq!((authority.asked().len(), storage.seen().len()), (1, 0));
}

#[tokio::test]
async fn what_nobody_may_have_signed_is_invalid() {
    for status in [400, 404, 409, 413, 415, 422] {
        let (storage, authority) = start().await;
        authority.fail(1, status);
        let s3 = client(&storage, &authority);
        let error = s3.list_objects_v2().bucket("bkt").send().await.unwrap_err();
        let (code, message) = (Some("as_told".to_owned()), "No: as_told.".to_owned());
        assert_eq!(reason(&error), RemoteSigningError::Invalid { code, message });
        assert_eq!((authority.asked().len(), storage.seen().len()), (1, 0));
    }
}

/// An unusable response: a change that makes it unusable, and a part of the error message.
type Distorted = (fn(&mut Value), &'static str);

#[tokio::test]
async fn an_answer_that_is_not_for_this_request_is_not_used() {
    let table: [Distorted; 11] = [
        (|a| a["headers"]["authorization"].take().as_null().unwrap_or(()), "cannot be read"),
        (|a| drop(a["headers"].as_object_mut().unwrap().remove("authorization")), "no authoriz"),
        (|a| a["headers"]["x-amz-acl"] = json!("public-read"), "sets the header `x-amz-acl`"),
        (|a| a["headers"]["Host"] = json!("evil"), "sets the header `host`"),
        (|a| a["headers"]["x-amz-content-sha256"] = json!("UNSIGNED-PAYLOAD"), "another payload"),
        (|a| a["headers"]["authorization"] = json!("a\r\nb: c"), "cannot be sent"),
        (|a| a["url"] = json!("https://evil.example.com/b/k"), "another URL"),
        (|a| a["url"] = other(&a["url"], "/bkt/k", "/bkt/other"), "another URL"),
        (|a| a["url"] = other(&a["url"], "http:", "https:"), "another URL"),
        (|a| a["url"] = other(&a["url"], "x-id=GetObject", "acl"), "another URL"),
        (|a| a["url"] = other(&a["url"], "http://", "http://ada@"), "another URL"),
    ];
    for (distortion, said) in table {
        let (storage, authority) = start().await;
        authority.distort(distortion);
        let s3 = client(&storage, &authority);
        let error = s3.get_object().bucket("bkt").key("k").send().await.unwrap_err();
        let RemoteSigningError::Protocol { message } = reason(&error) else { panic!("{error:?}") };
        assert!(message.contains(said), "{message}");
        assert_eq!((authority.asked().len(), storage.seen().len()), (1, 0));
    }
}

fn other(url: &Value, from: &str, to: &str) -> Value {
    let url = url.as_str().unwrap();
    assert!(url.contains(from), "{url}");
    json!(url.replacen(from, to, 1))
}

#[tokio::test]
async fn whatever_fails_is_said_in_words_with_its_address() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let error = s3.get_object().bucket("bkt").key("forbidden").send().await.unwrap_err();
    assert_eq!(explain(&error), "Cargo denies this request: No: denied.");
    let error = s3.get_object().bucket("bkt").key("nothing").send().await.unwrap_err();
    assert!(explain(&error).starts_with("NoSuchKey"), "{}", explain(&error));
    let error = s3.head_object().bucket("bkt").key("nothing").send().await.unwrap_err();
    assert_eq!(explain(&error), "NotFound");
    storage.fail_once_with(403, "");
    let error = s3.head_bucket().bucket("bkt").send().await.unwrap_err();
    assert_eq!(explain(&error), "the storage answers 403 Forbidden");

    let away = dead_url();
    let config = plain(&away).remote_signing(authority.user()).build();
    let error = Client::from_conf(config).head_bucket().bucket("bkt").send().await.unwrap_err();
    let found = Unanswered::find(&error).unwrap();
    assert!(found.is_of_all());
    assert_eq!(found.endpoint(), away);
    let said = format!("the storage at {away} cannot be reached: Connection refused");
    assert!(explain(&error).starts_with(&said), "{}", explain(&error));

    authority.fail(usize::MAX, 503);
    let error = s3.head_bucket().bucket("bkt").send().await.unwrap_err();
    let said = explain(&error);
    let what = said.strip_prefix("Cargo is unavailable (status 503): ");
    assert!(what.is_some_and(|what| !what.is_empty()), "{said}");
    assert!(reason(&error).is_of_all());
}
