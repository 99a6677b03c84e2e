//! What is on record of a request: the verdict before its first byte goes out, and how it ended (G25).

use sail_cargo_client::protocol::{AuditEvent, AuditQuery, Permission};

use super::fake_storage::{FakeStorage, Reply, answer, fine};
use crate::gateway_stack::{BUCKET, GatewayStack, eventually};
use crate::raw::{Connection, Signer};

/// What is on record of `key`, the latest last.
async fn events(test: &GatewayStack, key: &str) -> Vec<AuditEvent> {
    let bucket = Some(BUCKET.to_owned());
    let query = AuditQuery { bucket, page_size: Some(1000), ..AuditQuery::default() };
    let page = test.root().audit_events(&query).await.unwrap();
    let mut events: Vec<_> =
        page.items.into_iter().filter(|event| event.key.as_deref() == Some(key)).collect();
    events.sort_by(|a, b| a.id.cmp(&b.id));
    events
}

/// The end of the only request for `key`, once it is on record.
async fn end(test: &GatewayStack, key: &str) -> (String, String) {
    let is_end = |event: &AuditEvent| event.detail.starts_with("gateway: ended");
    let is_ended = || async { events(test, key).await.iter().any(is_end) };
    eventually("the end is on record", is_ended).await;
    let events = events(test, key).await;
    let (ends, verdicts): (Vec<_>, Vec<_>) = events.into_iter().partition(is_end);
    let [end] = ends.try_into().unwrap();
    assert_eq!(verdicts[0].reason, "ok");
    assert_eq!(verdicts[0].request_id, end.request_id);
    (end.reason, end.detail)
}

/// Sends half of an upload, and what the test says then.
async fn half(test: &GatewayStack, by: &Signer, key: &str) -> Connection {
    let wire =
        by.put(&format!("/photos/{key}"), &vec![b'a'; 400_000]).with("Expect", "100-continue");
    let wire = wire.signed();
    let mut connection = Connection::open(test.gateway()).await;
    connection.say(&wire.head()).await;
    assert_eq!(connection.head().await.unwrap().status, 100);
    connection.say(&wire.body[..200_000]).await;
    connection
}

#[tokio::test]
async fn g25_every_request_that_was_sent_on_has_its_end_on_record_however_it_ended() {
    let storage = FakeStorage::start(|asked| match asked.path() {
        "/photos/lost" => Reply::HangUp,
        "/photos/cut" => {
            Reply::Last("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhello".to_owned())
        }
        "/photos/read" => Reply::Bytes(answer("200 OK", "x-amz-request-id: THEIRS\r\n", "hello")),
        _ => fine(),
    })
    .await;
    let test = GatewayStack::before_url(&storage.url).await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let ada = test.signer_of(Some("ada")).await;

    test.send(&ada.put("/photos/stored", b"hello").signed()).await;
    let (reason, detail) = end(&test, "stored").await;
    assert!(reason == "ended" && detail.contains("with 200, 5 bytes in, 0 bytes out"), "{detail}");

    test.send(&ada.ask("GET", "/photos/read").signed()).await;
    let (reason, detail) = end(&test, "read").await;
    assert!(reason == "ended" && detail.contains("0 bytes in, 5 bytes out"), "{detail}");
    assert!(detail.ends_with("storage request THEIRS"), "{detail}");

    let mut connection = Connection::open(test.gateway()).await;
    connection.say(&ada.ask("GET", "/photos/cut").signed().head()).await;
    assert!(connection.answer("GET").await.is_none_or(|answer| !answer.is_whole));
    let (reason, detail) = end(&test, "cut").await;
    assert!(reason == "broken_off" && detail.contains("with 200, 0 bytes in"), "{detail}");

    test.send(&ada.ask("GET", "/photos/lost").signed()).await;
    let (reason, detail) = end(&test, "lost").await;
    assert!(reason == "broken_off" && detail.contains("with no answer"), "{detail}");

    drop(half(&test, &ada, "gone").await);
    let (reason, detail) = end(&test, "gone").await;
    assert!(reason == "broken_off" && detail.contains("with no answer"), "{detail}");

    let mut connection = half(&test, &ada, "wrong").await;
    connection.say(&vec![b'b'; 200_000]).await;
    let refused = connection.answer("PUT").await.unwrap().said();
    assert_eq!(refused, (400, "XAmzContentSHA256Mismatch".to_owned()));
    let (reason, detail) = end(&test, "wrong").await;
    assert!(
        reason == "broken_off" && detail.contains("with no answer, 400000 bytes in"),
        "{detail}"
    );
}

#[tokio::test]
async fn g22_a_200_that_holds_an_error_is_on_record_as_failed() {
    let error = "\n<?xml version=\"1.0\"?><Error><Code>InternalError</Code></Error>";
    let storage = FakeStorage::start(move |_| Reply::Bytes(answer("200 OK", "", error))).await;
    let test = GatewayStack::before_url(&storage.url).await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let ada = test.signer_of(Some("ada")).await;
    let copy = ada.ask("PUT", "/photos/copy").with("x-amz-copy-source", "photos/other");
    let copied = test.send(&copy.signed()).await;
    assert_eq!(copied.said(), (200, "InternalError".to_owned()));
    let (reason, detail) = end(&test, "copy").await;
    assert!(
        reason == "failed" && detail.contains("with 200 and the error InternalError"),
        "{detail}"
    );
}
