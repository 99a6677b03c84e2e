//! How requests ended, on record (G25).

use aws_sdk_s3::primitives::ByteStream;
use sail_cargo_client::protocol::{AuditQuery, Permission};

use super::gateway_stack::{BUCKET, GatewayStack, eventually};

/// The reasons of the events of ada's requests that say how these ended.
async fn ends(test: &GatewayStack) -> Vec<String> {
    let actor = Some("user:ada".to_owned());
    let query = AuditQuery { bucket: Some(BUCKET.to_owned()), actor, ..AuditQuery::default() };
    let events = test.root().audit_events(&query).await.unwrap().items;
    let ends = events.into_iter().filter(|event| event.detail.starts_with("gateway: ended"));
    ends.map(|event| event.reason).collect()
}

#[tokio::test]
async fn g25_an_exchange_that_was_complete_is_on_record_as_ended() {
    use Permission::{Delete, Read, Write};
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Read, Write, Delete]).await;
    let s3 = test.s3_of("ada").await;
    let body = ByteStream::from_static(b"hello");
    s3.put_object().bucket(BUCKET).key("x").body(body).send().await.unwrap();
    s3.head_object().bucket(BUCKET).key("x").send().await.unwrap();
    let got = s3.get_object().bucket(BUCKET).key("x").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"hello");
    s3.list_objects_v2().bucket(BUCKET).send().await.unwrap();
    s3.delete_object().bucket(BUCKET).key("x").send().await.unwrap();
    eventually("five ends are on record", || async { ends(&test).await.len() == 5 }).await;
    assert_eq!(ends(&test).await, ["ended"; 5]);
}
