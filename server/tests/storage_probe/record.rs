//! The audit events of probes.

use sail_cargo_client::protocol::{AuditEvent, AuditQuery, Outcome, PutStore};

use crate::probe_server::{ProbeServer, at, on_both};
use crate::storage::Storage;

async fn last(server: &ProbeServer) -> AuditEvent {
    server.operator.audit_events(&AuditQuery::default()).await.unwrap().items.swap_remove(0)
}

#[tokio::test]
async fn a_probe_is_on_record_with_its_verdict() {
    on_both(async |server| {
        let (safe, lax) = (Storage::guarded().await, Storage::lax().await);
        for (url, verdict) in [(&safe.url, "safe"), (&lax.url, "UNSAFE")] {
            server.put_store(&at(url)).await;
            server.probe().await.unwrap();
            let event = last(server).await;
            assert_eq!((event.action.as_str(), event.outcome), ("store.probe", Outcome::Allow));
            assert_eq!((event.actor.as_str(), event.key.as_deref()), ("operator", Some("main")));
            assert!(event.detail.starts_with(verdict), "{}", event.detail);
        }
        let wrong = PutStore { secret_access_key: "guess".into(), ..at(&safe.url) };
        server.put_store(&wrong).await;
        server.probe().await.unwrap_err();
        let event = last(server).await;
        assert_eq!((event.outcome, event.reason.as_str()), (Outcome::Deny, "storage_refused"));
        assert!(event.detail.contains("SignatureDoesNotMatch") && !event.detail.contains("guess"));
    })
    .await;
}

#[tokio::test]
async fn a_probe_before_a_store_is_saved_is_on_record_as_well() {
    on_both(async |server| {
        let storage = Storage::guarded().await;
        server.put_probed(&at(&storage.url)).await.unwrap();
        let wrong = PutStore { secret_access_key: "guess".into(), ..at(&storage.url) };
        server.put_probed(&wrong).await.unwrap_err();
        let events = server.operator.audit_events(&AuditQuery::default()).await.unwrap().items;
        let told = events.iter().rev().map(|event| (event.action.as_str(), event.outcome));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                ("store.probe", Outcome::Allow),
                ("store.put", Outcome::Allow),
                ("store.probe", Outcome::Deny),
            ],
            "what was not saved is no put"
        );
        assert!(!format!("{events:?}").contains("guess"));
    })
    .await;
}
