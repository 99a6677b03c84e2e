//! The error that the caller gets for each kind of failure.

use std::time::Duration;

use sail_cargo_client::protocol::Permission;
use sail_cargo_client::{Client, Credentials, Error};

use crate::stub::{Reply, Stub, dead_url};

async fn error_of(reply: impl Fn() -> Reply + Clone + Send + Sync + 'static) -> Error {
    let stub = Stub::start(move |_| {
        let reply = reply();
        async move { reply }
    })
    .await;
    let client = Client::builder(&stub.url).timeout(Duration::from_millis(100)).build().unwrap();
    client.whoami().await.unwrap_err()
}

/// The names of the classes to which `error` belongs.
fn classes(error: &Error) -> Vec<&'static str> {
    [
        ("denied", error.is_denied()),
        ("unauthenticated", error.is_unauthenticated()),
        ("not found", error.is_not_found()),
        ("conflict", error.is_conflict()),
        ("invalid", error.is_invalid()),
        ("throttled", error.is_throttled()),
        ("unavailable", error.is_unavailable()),
        ("timeout", error.is_timeout()),
        ("connect", error.is_connect()),
        ("token", error.is_token()),
    ]
    .into_iter()
    .filter_map(|(name, is)| is.then_some(name))
    .collect()
}

#[tokio::test]
async fn every_status_has_its_class() {
    let table: [(u16, &[&str]); 17] = [
        (302, &[]),
        (400, &["invalid"]),
        (401, &["unauthenticated"]),
        (403, &["denied"]),
        (404, &["not found"]),
        (405, &[]),
        (409, &["conflict"]),
        (412, &["conflict"]),
        (413, &["invalid"]),
        (415, &["invalid"]),
        (418, &[]),
        (422, &["invalid"]),
        (429, &["throttled"]),
        (500, &["unavailable"]),
        (502, &["unavailable"]),
        (503, &["unavailable"]),
        (504, &["unavailable"]),
    ];
    for (status, expected) in table {
        let error = error_of(move || Reply::problem(status, "the_code")).await;
        assert_eq!(classes(&error), expected, "{status}");
        assert_eq!((error.status(), error.code()), (Some(status), Some("the_code")));
        assert_eq!(error.to_string(), "It is so. (the_code)");
        assert_eq!(error.problem().unwrap().required, Some(Permission::Read));

        let bare = error_of(move || Reply::json(status, "<h1>Bad Gateway</h1>")).await;
        assert_eq!(classes(&bare), expected, "{status} without a problem");
        assert_eq!((bare.status(), bare.code()), (Some(status), None));
        assert!(bare.to_string().contains(&status.to_string()), "{bare}");
    }
}

#[tokio::test]
async fn retry_after_is_read_in_seconds() {
    for (value, expected) in
        [("7", Some(Duration::from_secs(7))), ("Fri, 31 Dec 1999 23:59:59 GMT", None), ("-1", None)]
    {
        let header = Some(("retry-after", value.to_owned()));
        let error = error_of(move || Reply::Now(429, header.clone(), String::new())).await;
        assert_eq!(error.retry_after(), expected);
    }
}

#[tokio::test]
async fn a_success_that_is_not_json_is_an_error() {
    let error = error_of(|| Reply::json(200, "welcome")).await;
    assert_eq!(classes(&error), [""; 0]);
    assert_eq!(error.status(), Some(200));
    assert_eq!(error.to_string(), "Cargo's answer cannot be read");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_slow_server_is_a_timeout() {
    let error = error_of(|| Reply::Never).await;
    assert_eq!(classes(&error), ["unavailable", "timeout"]);
}

#[tokio::test]
async fn a_lost_connection_is_unavailable() {
    let error = error_of(|| Reply::Hangup).await;
    assert_eq!(classes(&error), ["unavailable"]);
}

#[tokio::test]
async fn a_dead_port_is_unavailable_and_nothing_was_sent() {
    let client = Client::builder(dead_url()).build().unwrap();
    let error = client.whoami().await.unwrap_err();
    assert_eq!(classes(&error), ["unavailable", "connect"]);
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Stub::saying(200, r#"{"actor":"user","id":"ada"}"#).await;
    let location = Some(("location", elsewhere.url.clone()));
    let stub = Stub::start(move |_| {
        let location = location.clone();
        async move { Reply::Now(307, location, String::new()) }
    })
    .await;
    let client = stub.client(Credentials::api_key("k"));
    assert_eq!(client.whoami().await.unwrap_err().status(), Some(307));
    assert!(elsewhere.seen().is_empty());
}
