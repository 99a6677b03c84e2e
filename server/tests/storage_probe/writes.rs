//! Writes are not signed for a storage that was found unsafe, unless an operator accepted it.

use sail_cargo_client::protocol::{AuditQuery, Outcome, ProbeQuery, PutStore};

use crate::probe_server::{at, object, on_both};
use crate::storage::Storage;

#[tokio::test]
async fn an_unsafe_storage_is_read_and_not_written() {
    on_both(async |server| {
        let storage = Storage::lax().await;
        server.put_store(&at(&storage.url)).await;
        let root = server.root().await;
        let (get, put) = (object(&storage.url, "GET"), object(&storage.url, "PUT"));
        root.sign(&put).await.expect("a store that was never probed signs");

        server.probe().await.unwrap();
        let refused = root.sign(&put).await.unwrap_err();
        assert_eq!((refused.status(), refused.code()), (Some(403), Some("unsafe_storage")));
        assert!(refused.to_string().contains("accept_unsafe_storage"), "{refused}");
        root.sign(&get).await.unwrap();
        let events = root.audit_events(&AuditQuery::default()).await.unwrap().items;
        let denied = events.iter().find(|event| event.outcome == Outcome::Deny).unwrap();
        assert_eq!(denied.reason, "unsafe_storage");

        let accepted = PutStore { accept_unsafe_storage: true, ..at(&storage.url) };
        server.put_probed(&accepted).await.unwrap();
        assert!(!server.kept().await.unwrap().safe, "it is as unsafe as before");
        root.sign(&put).await.unwrap();
        server.put_probed(&at(&storage.url)).await.unwrap();
        assert!(root.sign(&put).await.is_err());
    })
    .await;
}

#[tokio::test]
async fn a_safe_storage_is_written() {
    on_both(async |server| {
        let storage = Storage::guarded().await;
        server.put_store(&at(&storage.url)).await;
        let root = server.root().await;
        server.probe().await.unwrap();
        root.sign(&object(&storage.url, "PUT")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn only_an_operator_probes() {
    on_both(async |server| {
        let storage = Storage::guarded().await;
        server.put_store(&at(&storage.url)).await;
        let root = server.root().await;
        let refused = root.probe_store("main", &ProbeQuery::default()).await.unwrap_err();
        assert_eq!(refused.code(), Some("operator_only"));
        assert_eq!(storage.contents().len(), 0);
    })
    .await;
}
