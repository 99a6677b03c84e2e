//! Which requests are retried, and that every attempt gets its own signature.

use std::collections::BTreeSet;

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use http_body_util::StreamBody;
use hyper::body::Frame;
use sail_cargo_client::StaticToken;
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError};

use crate::harness::{TOKEN, client, dead_url, reason, signed_by, start};

/// A body that can be read only once.
fn once() -> ByteStream {
    let frames = [Ok::<_, std::io::Error>(Frame::data(Bytes::from_static(b"0123456789")))];
    ByteStream::from_body_1_x(StreamBody::new(futures_util::stream::iter(frames)))
}

#[tokio::test]
async fn each_attempt_has_a_signature_of_its_own() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let path = storage.file(&vec![7; 300_000]);
    let bodies = [ByteStream::from_static(b"x"), ByteStream::from_path(path).await.unwrap()];
    for (done, body) in bodies.into_iter().enumerate() {
        storage.fail_once(503);
        storage.fail_once(503);
        s3.put_object().bucket("bkt").key("k").body(body).send().await.unwrap();
        let seen = storage.seen().split_off(3 * done);
        let distinct = |name: &str| {
            seen.iter().map(|seen| seen.header(name).to_owned()).collect::<BTreeSet<_>>().len()
        };
        assert_eq!(authority.asked().len(), 3 * (done + 1));
        assert_eq!((seen.len(), distinct("x-amz-date"), distinct("authorization")), (3, 3, 3));
    }
}

#[tokio::test]
async fn an_authority_that_fails_twice_is_asked_a_third_time() {
    for status in [500, 503, 429] {
        let (storage, authority) = start().await;
        authority.fail(2, status);
        client(&storage, &authority).list_objects_v2().bucket("bkt").send().await.unwrap();
        assert_eq!((authority.asked().len(), storage.seen().len()), (3, 1));
    }
}

#[tokio::test]
async fn an_authority_that_keeps_failing_is_unavailable() {
    let (storage, authority) = start().await;
    let unavailable = |it: &_| matches!(it, RemoteSigningError::Unavailable { status: 503, .. });
    let throttled = |it: &_| matches!(it, RemoteSigningError::Throttled);
    for (status, is_expected) in
        [(503, unavailable as fn(&RemoteSigningError) -> bool), (429, throttled)]
    {
        let before = authority.asked().len();
        authority.fail(usize::MAX, status);
        let s3 = client(&storage, &authority);
        let error = s3.list_objects_v2().bucket("bkt").send().await.unwrap_err();
        assert!(is_expected(&reason(&error)), "{error:?}");
        assert_eq!(authority.asked().len() - before, 3);
    }
    assert!(storage.seen().is_empty());
}

#[tokio::test]
async fn an_authority_that_is_down_is_unreachable() {
    let (storage, _) = start().await;
    let s3 = signed_by(&storage, RemoteSigner::user(dead_url(), StaticToken::new(TOKEN)).unwrap());
    let error = s3.get_object().bucket("bkt").key("secret-name").send().await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_io()));
    let reason = reason(&error);
    assert!(matches!(reason, RemoteSigningError::Unreachable { .. }));
    // The error may name the host, but no part of the request.
    let said = reason.to_string();
    assert!(!["secret-name", "bkt", "/v1"].iter().any(|part| said.contains(part)), "{said}");
    assert!(storage.seen().is_empty());
}

#[tokio::test]
async fn an_authority_that_does_not_answer_is_a_timeout() {
    let (storage, authority) = start().await;
    authority.fall_silent();
    let s3 = signed_by(&storage, authority.impatient());
    let error = s3.list_objects_v2().bucket("bkt").send().await.unwrap_err();
    assert!(matches!(&error, SdkError::DispatchFailure(failure) if failure.is_timeout()));
    assert_eq!(reason(&error), RemoteSigningError::Timeout);
    assert_eq!((authority.asked().len(), storage.seen().len()), (3, 0));
}

#[tokio::test]
async fn for_a_body_that_can_be_read_once_the_signer_itself_asks_again() {
    let (storage, authority) = start().await;
    let s3 = signed_by(&storage, authority.impatient());
    let put = || s3.put_object().bucket("bkt").key("k").content_length(10).body(once()).send();

    authority.fail(2, 503);
    put().await.unwrap();
    assert_eq!((authority.asked().len(), storage.seen().len()), (3, 1));

    authority.fail(2, 429);
    put().await.unwrap();
    assert_eq!((authority.asked().len(), storage.seen().len()), (6, 2));

    authority.fail(usize::MAX, 503);
    let error = put().await.unwrap_err();
    assert!(matches!(reason(&error), RemoteSigningError::Unavailable { status: 503, .. }));
    assert_eq!(authority.asked().len(), 9);

    authority.fail(0, 503);
    authority.fall_silent();
    assert_eq!(reason(&put().await.unwrap_err()), RemoteSigningError::Timeout);
    assert_eq!((authority.asked().len(), storage.seen().len()), (10, 2));
}
