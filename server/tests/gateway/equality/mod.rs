//! The same operations, asked SeaweedFS itself and through the gateway before it, are answered alike: the
//! same status, headers and body, but for dates, ids and addresses. What differs with a reason is in the
//! list "Differences" of docs/gateway.md, which this test reads.

mod answer;
mod ask;
mod buckets;
mod copies;
mod deletions;
mod differences;
mod keys;
mod listings;
mod reads;
mod side;
mod uploads;
mod versions;
mod writes;

use aws_credential_types::Credentials;

use ask::Ask;
use differences::Differences;
use side::Side;

use crate::gateway_stack::GatewayStack;
use crate::storages::{ACCESS_KEY_ID, Kind, SECRET, Storage};

/// Buckets of the same length: it shows in `Content-Length`.
const DIRECTLY: [&str; 2] = ["equal-direct-one", "equal-direct-two"];
const THROUGH: [&str; 2] = ["equal-behind-one", "equal-behind-two"];

/// All operations, in the order in which they are asked.
fn operations() -> Vec<Ask> {
    [
        buckets::first(),
        writes::all(),
        reads::all(),
        keys::all(),
        copies::all(),
        uploads::all(),
        listings::all(),
        deletions::all(),
        versions::all(),
        buckets::last(),
    ]
    .concat()
}

#[tokio::test]
async fn equality_of_300_operations() {
    let storage = Storage::start(Kind::SeaweedFs).await.expect("TEST_SEAWEEDFS: see ./test");
    let test = GatewayStack::before(&storage).await;
    let key = test.key(None).await;
    let (id, secret) = (&key.stored.access_key_id, key.secret.expose());
    let storages = Credentials::new(ACCESS_KEY_ID, SECRET, None, None, "test");
    let ours = Credentials::new(id, secret, None, None, "test");
    let mut directly = Side::new(&storage.url, storages, DIRECTLY);
    let mut through = Side::new(&test.stack.gateway_url, ours, THROUGH);

    let operations = operations();
    let names: std::collections::BTreeSet<_> = operations.iter().map(|ask| &ask.name).collect();
    assert_eq!(names.len(), operations.len(), "two operations have the same name");
    assert!(names.len() >= 300, "{} operations", names.len());
    let (mut differences, mut found) = (Differences::read(), Vec::new());
    for ask in &operations {
        let (one, two) = (directly.ask(ask).await, through.ask(ask).await);
        for difference in one.differs(&two) {
            if !differences.accept(&ask.name, &difference) {
                let (part, directly, through) = difference;
                let name = &ask.name;
                found.push(format!(
                    "{name}: {part}\n--- directly\n{directly}\n--- through\n{through}"
                ));
            }
        }
    }
    assert!(found.is_empty(), "{} differences:\n{}", found.len(), found.join("\n\n"));
    let unused = differences.unused();
    assert!(unused.is_empty(), "lines of the list that nothing needs:\n{}", unused.join("\n"));
}
