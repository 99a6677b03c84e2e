//! Common operations of an application, byte for byte: on each storage, over http and https, on one
//! thread and on many.
//!
//! SeaweedFS behind nginx takes part if `TEST_SEAWEEDFS` and `TEST_NGINX` name the binaries;
//! `./test` sets them.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sail_cargo_client::protocol::{AuditQuery, Outcome};
use tokio::runtime::{Builder, Runtime};

use crate::sdk_operations::{self, Cast, OPERATIONS};
use crate::storage::{Embedded, Proxied, Scheme, Storage};
use crate::storages::Kind;
use crate::test_stack::TestStack;

#[test]
fn a_day_on_the_embedded_storage_over_http() {
    on_one_thread_and_on_many(&Embedded, Scheme::Http);
}

#[test]
fn a_day_on_the_embedded_storage_over_https() {
    on_one_thread_and_on_many(&Embedded, Scheme::Https);
}

#[test]
fn a_day_on_seaweedfs_behind_nginx_over_http_and_https() {
    if !Kind::Proxied.is_here() {
        return;
    }
    let proxied = one_thread().block_on(Proxied::start());
    on_one_thread_and_on_many(&proxied, Scheme::Http);
    on_one_thread_and_on_many(&proxied, Scheme::Https);
}

/// Everything except SeaweedFS runs in the same runtime, so that a blocking call shows.
fn on_one_thread_and_on_many(storage: &impl Storage, scheme: Scheme) {
    one_thread().block_on(a_day(storage, scheme, &format!("{scheme}-one")));
    let many = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    many.block_on(a_day(storage, scheme, &format!("{scheme}-many")));
}

fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Each request to the storage has its own signature, and each signature is used. In addition,
/// Cargo itself asks the storage twice how a creation ended, unless it does not trust the
/// certificate.
async fn a_day(storage: &impl Storage, scheme: Scheme, name: &str) {
    println!("{name}");
    let test = TestStack::bare().await;
    let route = storage.move_in(&test, scheme).await;
    let before = storage.served(&test).await;
    let limits = Cast::new(&test, &route, &format!("{name}-limits"));
    limits.open(&test).await;
    storage.show_limits(&limits).await;
    let cast = Cast::new(&test, &route, name);
    cast.open(&test).await;
    sdk_operations::spend(&cast, &test).await;
    let signed: u64 = signatures(&test).await.into_values().sum();
    let looks = if scheme == Scheme::Http { 2 * 2 } else { 0 };
    let served = when_counted(storage, &test, before + signed + looks).await - before;
    assert_eq!(served, signed + looks);
    // Last, because SeaweedFS drops its counters together with a bucket.
    cast.close().await;
    let all = signatures(&test).await;
    let never = OPERATIONS.into_iter().find(|operation| !all.contains_key(*operation));
    assert_eq!(never, None, "among {all:?}");
    assert_eq!(all.into_values().sum::<u64>(), signed + 2);
}

/// The number of signatures by operation, from the audit trail.
async fn signatures(test: &TestStack) -> BTreeMap<String, u64> {
    let query = AuditQuery {
        outcome: Some(Outcome::Allow),
        page_size: Some(1000),
        ..AuditQuery::default()
    };
    let page = test.root().audit_events(&query).await.unwrap();
    assert_eq!(page.next_page_token, None);
    let mut signatures = BTreeMap::new();
    for event in page.items.into_iter().filter(|event| event.action.starts_with("s3:")) {
        *signatures.entry(event.action).or_default() += 1;
    }
    signatures
}

/// The number of requests that the storage has answered. Waits until it has counted the expected
/// number.
async fn when_counted(storage: &impl Storage, test: &TestStack, expected: u64) -> u64 {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let served = storage.served(test).await;
        if served >= expected || Instant::now() > deadline {
            return served;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
