//! Connections to Cargo: kept open, over TCP or a socket, and subject to the operation's timeout.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::SdkError;
use sail_cargo_client::{Credentials, StaticToken};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt};

use crate::harness::{Gate, KEY, TOKEN, plain, signed_by, socket_before, start};

#[tokio::test]
async fn one_connection_serves_request_after_request() {
    let (storage, authority) = start().await;
    let gate = Gate::before(&authority.url).await;
    let signer = RemoteSigner::user(&gate.url, StaticToken::new(TOKEN)).unwrap();
    let s3 = signed_by(&storage, signer);
    for _ in 0..20 {
        s3.list_objects_v2().bucket("bkt").send().await.unwrap();
        let denied = s3.get_object().bucket("bkt").key("forbidden").send().await;
        denied.unwrap_err();
    }
    assert_eq!((authority.asked().len(), gate.taken()), (40, 1));
}

#[tokio::test]
async fn a_socket_of_this_machine_will_do() {
    let (storage, authority) = start().await;
    let path = storage.file(b"").with_extension("sock");
    socket_before(&authority.url, &path);
    let client = sail_cargo_client::Client::builder(format!("unix:{}", path.display()))
        .credentials(Credentials::api_key(KEY))
        .build()
        .unwrap();
    let s3 = signed_by(&storage, RemoteSigner::new(client));
    s3.put_object().bucket("bkt").key("k").body(b"x".to_vec().into()).send().await.unwrap();
    s3.get_object().bucket("bkt").key("k").send().await.unwrap();
    assert_eq!((authority.asked().len(), storage.seen().len()), (2, 2));
}

#[tokio::test]
async fn the_time_cargo_takes_counts_within_an_operations_timeout() {
    let (storage, authority) = start().await;
    authority.fall_silent();
    let short = Duration::from_millis(100);
    for timeouts in [
        TimeoutConfig::builder().operation_timeout(short),
        TimeoutConfig::builder().operation_attempt_timeout(short),
    ] {
        let config = plain(&storage.url).timeout_config(timeouts.build());
        let s3 = Client::from_conf(config.remote_signing(authority.user()).build());
        let error = s3.list_objects_v2().bucket("bkt").send().await.unwrap_err();
        assert!(matches!(error, SdkError::TimeoutError(_)), "{error:?}");
    }
    assert!(storage.seen().is_empty());
}

#[tokio::test]
async fn the_time_of_cargo_does_not_count_towards_the_timeouts_of_s3() {
    let (storage, authority) = start().await;
    authority.slow_down(Duration::from_millis(600));
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_millis(300))
        .read_timeout(Duration::from_millis(300));
    let config = plain(&storage.url).timeout_config(timeouts.build());
    let s3 = Client::from_conf(config.remote_signing(authority.user()).build());
    s3.list_objects_v2().bucket("bkt").send().await.unwrap();
    assert_eq!((authority.asked().len(), storage.seen().len()), (1, 1));
}
