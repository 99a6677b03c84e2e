//! What is taken away stops at once.

use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use sail_cargo_client::protocol::{GrantQuery, Permission};

use super::gateway_stack::{BUCKET, GatewayStack, code};

/// How old what is remembered may be.
const LEASE: Duration = Duration::from_secs(1);

#[tokio::test]
async fn g7_a_grant_and_a_key_that_are_taken_away_stop_the_next_request() {
    let test = GatewayStack::start().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let key = test.key(Some("ada")).await;
    let s3 = test.s3(&key);
    s3.put_object().bucket(BUCKET).key("x").body(ByteStream::default()).send().await.unwrap();
    let get = || async { code(s3.get_object().bucket(BUCKET).key("x").send().await) };
    assert_eq!(get().await, "ok");
    test.root().delete_grant(BUCKET, "ada", &GrantQuery::default()).await.unwrap();
    assert_eq!(stops(&get).await, "AccessDenied");
    test.grant("ada", "", &[Permission::Read]).await;
    super::gateway_stack::eventually("the grant is seen", || async { get().await == "ok" }).await;
    test.root().delete_access_key(&key.stored.access_key_id).await.unwrap();
    assert_eq!(stops(&get).await, "InvalidAccessKeyId");
}

/// Asks in a loop until it is refused: how.
async fn stops<F: Future<Output = String>>(ask: impl Fn() -> F) -> String {
    let begun = Instant::now();
    let mut last = begun;
    loop {
        let asked = Instant::now();
        match ask().await.as_str() {
            "ok" => last = asked,
            refused => {
                let late = last - begun;
                println!(
                    "the last answer was asked for {} ms after the acknowledgement",
                    late.as_millis()
                );
                assert!(late <= LEASE, "{late:?}");
                return refused.to_owned();
            }
        }
    }
}
