//! A request that bypasses the signer fails before it is sent.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_runtime::auth::sigv4::SigV4AuthScheme;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::{Client, Config};
use sail_cargo_middleware::{RemoteSigningError, RemoteSigningExt};

use crate::harness::{ACCESS_KEY, Authority, Recorder, SECRET_KEY, client, plain, reason, start};

/// With these credentials, a bypass would succeed.
fn credentials() -> Credentials {
    Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test")
}

#[tokio::test]
async fn presigning_is_refused() {
    let (storage, authority) = start().await;
    let s3 = client(&storage, &authority);
    let an_hour = PresigningConfig::expires_in(Duration::from_hours(1)).unwrap();
    let error = s3.get_object().bucket("bkt").key("k").presigned(an_hour).await.unwrap_err();
    let reason = reason(&error);
    assert_eq!(reason, RemoteSigningError::PresignNotWrapped);
    let said = "this request is presigned only by Cargo: await \
                `signer.presign(operation.presigned(config))` instead";
    assert_eq!(reason.to_string(), said);
    assert!(authority.asked().is_empty());
}

#[tokio::test]
async fn the_stock_scheme_pushed_afterwards() {
    let (storage, authority) = start().await;
    let config = plain(&storage.url).credentials_provider(credentials());
    let config = config.remote_signing(authority.user()).push_auth_scheme(SigV4AuthScheme::new());
    let s3 = Client::from_conf(config.build());
    let error = s3.list_objects_v2().bucket("bkt").send().await.unwrap_err();
    assert_eq!(reason(&error), RemoteSigningError::Bypassed);
    assert_eq!((authority.asked().len(), storage.seen().len()), (0, 0));
}

#[tokio::test]
async fn another_http_client_set_afterwards() {
    let (storage, authority) = start().await;
    let recorder = Recorder::default();
    let signed = plain(&storage.url).remote_signing(authority.user());
    let s3 = Client::from_conf(signed.http_client(recorder.http_client()).build());
    let error = s3.list_objects_v2().bucket("bkt").send().await.unwrap_err();
    assert_eq!(reason(&error), RemoteSigningError::Bypassed);
    assert!(recorder.recorded().is_empty());
}

#[tokio::test]
async fn another_http_client_or_scheme_for_one_operation() {
    let (storage, authority) = start().await;
    let (s3, recorder) = (client(&storage, &authority), Recorder::default());
    let stock = Config::builder().push_auth_scheme(SigV4AuthScheme::new());
    for overriding in [
        Config::builder().http_client(recorder.http_client()),
        stock.credentials_provider(credentials()),
    ] {
        let list = s3.list_objects_v2().bucket("bkt").customize().config_override(overriding);
        assert_eq!(reason(&list.send().await.unwrap_err()), RemoteSigningError::Bypassed);
    }
    assert!(recorder.recorded().is_empty());
    assert_eq!((authority.asked().len(), storage.seen().len()), (0, 0));
}

#[tokio::test]
async fn of_two_signers_the_last_signs() {
    let (storage, first) = start().await;
    let second = Authority::start().await;
    let twice = plain(&storage.url).remote_signing(first.user()).remote_signing(second.user());
    let s3 = Client::from_conf(twice.build());
    s3.list_objects_v2().bucket("bkt").send().await.unwrap();
    let put = s3.put_object().bucket("bkt").key("k");
    let body = aws_sdk_s3::primitives::ByteStream::from_path(storage.file(b"x")).await.unwrap();
    put.body(body).send().await.unwrap();
    assert_eq!((first.asked().len(), second.asked().len(), storage.seen().len()), (0, 2, 2));
}

#[tokio::test]
async fn a_signer_for_one_operation() {
    let (storage, first) = start().await;
    let second = Authority::start().await;
    let s3 = client(&storage, &first);
    let overriding = Config::builder().remote_signing(second.user());
    let list = s3.list_objects_v2().bucket("bkt").customize().config_override(overriding);
    list.send().await.unwrap();
    assert_eq!((first.asked().len(), second.asked().len(), storage.seen().len()), (0, 1, 1));
}
