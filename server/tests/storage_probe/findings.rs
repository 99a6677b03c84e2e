//! The findings of a probe, the report that is kept, and the cleanup.

use std::path::Path;
use std::time::Duration;

use sail_cargo_client::protocol::{
    AddressingStyle, Endpoint, Permission, ProbeOutcome, ProbeQuery, PutStore,
};

use crate::probe_server::{STORE, at, ids, object, on_both};
use crate::storage::Storage;

const NOTHING: [&Path; 0] = [];
const BY_DESIGN: [&str; 2] = ["R011", "R015"];

#[tokio::test]
async fn a_guarded_storage_is_safe() {
    on_both(async |server| {
        let storage = Storage::guarded().await;
        server.put_store(&at(&storage.url)).await;
        let report = server.probe().await.unwrap();
        assert!(report.safe);
        assert_eq!(ids(&report, ProbeOutcome::Acted), [&BY_DESIGN[..], &["G003"]].concat());
        assert_eq!(ids(&report, ProbeOutcome::Untestable), ["R010", "B003", "B005"]);
        let keys = ["G004", "G005", "G006", "G007", "G009"];
        assert_eq!(ids(&report, ProbeOutcome::Accepted), [&["H001"], &keys[..]].concat());
        assert_eq!(server.kept().await, Some(report));
        assert_eq!(storage.contents(), NOTHING, "something is left behind");
    })
    .await;
}

#[tokio::test]
async fn a_storage_that_honours_unsigned_headers_is_unsafe() {
    on_both(async |server| {
        let storage = Storage::lax().await;
        server.put_store(&at(&storage.url)).await;
        let report = server.probe().await.unwrap();
        assert!(!report.safe);
        let acted = ids(&report, ProbeOutcome::Acted);
        assert_eq!(acted[..3], ["R001", "R002", "R004"]);
        let first = &report.cases[0];
        assert!(first.meaning.contains("can read all"), "{first:?}");
        assert!(first.advice.as_ref().unwrap().contains("use a storage that refuses"));
        assert_eq!(server.kept().await, Some(report));
        assert_eq!(storage.contents(), NOTHING, "something is left behind");
    })
    .await;
}

#[tokio::test]
async fn a_storage_that_folds_case_is_found_out() {
    on_both(async |server| {
        for (storage, folds) in [(Storage::folding().await, true), (Storage::lax().await, false)] {
            server.put_store(&at(&storage.url)).await;
            let report = server.probe().await.unwrap();
            assert_eq!(ids(&report, ProbeOutcome::Acted).contains(&"G009"), folds);
            let store = server.operator.store(STORE).await.unwrap();
            assert_eq!(store.contract.folds_case, folds);
            assert_eq!(storage.contents(), NOTHING, "something is left behind");
        }
    })
    .await;
}

#[tokio::test]
async fn a_bucket_that_is_lent_keeps_what_is_in_it() {
    on_both(async |server| {
        let storage = Storage::lax().await;
        storage.make_bucket("lent");
        server.put_store(&at(&storage.url)).await;
        let lent = ProbeQuery { bucket: Some("lent".into()) };
        let report = server.operator.probe_store(STORE, &lent).await.unwrap();
        assert_eq!(ids(&report, ProbeOutcome::Acted)[0], "R001");
        assert_eq!(storage.contents(), [Path::new("lent")]);
        let odd = ProbeQuery { bucket: Some("No/Bucket".into()) };
        assert!(server.operator.probe_store(STORE, &odd).await.unwrap_err().is_invalid());
    })
    .await;
}

#[tokio::test]
async fn a_storage_that_knows_no_bucket_hosts_is_found_out() {
    on_both(async |server| {
        let storage = Storage::lax().await;
        server.put_store(&with_hosts(&storage)).await;
        let report = server.probe().await.unwrap();
        assert!(ids(&report, ProbeOutcome::Acted).contains(&"R010"));
        assert_eq!(ids(&report, ProbeOutcome::Untestable), ["R005", "B003", "B005"]);
    })
    .await;
}

#[tokio::test]
async fn a_storage_that_wants_bucket_hosts_is_asked_so() {
    on_both(async |server| {
        let storage = Storage::lax_with_hosts().await;
        server.put_store(&at(&storage.url)).await;
        assert_eq!(server.probe().await.unwrap_err().code(), Some("storage_refused"));
        server.put_store(&with_hosts(&storage)).await;
        let report = server.probe().await.unwrap();
        assert_eq!(ids(&report, ProbeOutcome::Acted)[..3], ["R001", "R002", "R004"]);
        let refused = ids(&report, ProbeOutcome::Refused);
        assert!(["R008", "R009", "R010"].iter().all(|id| refused.contains(id)), "{report:?}");
        assert_eq!(storage.contents(), NOTHING, "something is left behind");
    })
    .await;
}

/// A store at `storage`, with buckets in host names.
fn with_hosts(storage: &Storage) -> PutStore {
    let style = AddressingStyle::VirtualHosted;
    let endpoints = vec![Endpoint { url: storage.url.clone(), style }];
    PutStore { endpoints, ..at(&storage.url) }
}

#[tokio::test]
async fn the_worst_endpoint_counts() {
    on_both(async |server| {
        let (lax, guarded) = (Storage::lax().await, Storage::guarded().await);
        let mut store = at(&lax.url);
        store.endpoints.extend(at(&guarded.url).endpoints);
        server.put_store(&store).await;
        assert!(!server.probe().await.unwrap().safe);
        store.endpoints.reverse();
        server.put_store(&store).await;
        assert!(!server.kept().await.unwrap().safe, "what was found against one of them stays");
        assert!(!server.probe().await.unwrap().safe);
    })
    .await;
}

#[tokio::test]
async fn a_store_is_probed_before_it_is_saved() {
    on_both(async |server| {
        let storage = Storage::guarded().await;
        let saved = server.put_probed(&at(&storage.url)).await.unwrap();
        assert!(saved.probe.as_ref().unwrap().safe);
        assert!(saved.contract.binds_body, "{:?}", saved.probe);
        assert!(saved.contract.unsafe_for.is_empty());
        assert_eq!(saved.warnings, [""; 0]);
        let root = server.root().await;
        root.sign(&object(&storage.url, "PUT")).await.unwrap();

        let typo = PutStore { secret_access_key: "a typo".into(), ..at(&storage.url) };
        let refused = server.put_probed(&typo).await.unwrap_err();
        assert_eq!((refused.status(), refused.code()), (Some(502), Some("storage_refused")));
        assert!(!refused.to_string().contains("a typo"), "{refused}");
        let nowhere = at("http://127.0.0.1:1");
        let away = server.put_probed(&nowhere).await.unwrap_err();
        assert_eq!((away.status(), away.code()), (Some(502), Some("storage_unreachable")));
        assert_eq!(server.kept().await, saved.probe, "the working store stays as it is");
        assert!(server.probe().await.unwrap().safe, "with its secret");
        root.sign(&object(&storage.url, "PUT")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_storage_that_is_found_wanting_is_saved_with_its_report() {
    on_both(async |server| {
        let storage = Storage::lax().await;
        let saved = server.put_probed(&at(&storage.url)).await.unwrap();
        assert!(!saved.probe.unwrap().safe);
        assert_eq!(saved.contract.unsafe_for, [Permission::Write].into());
        assert!(saved.warnings[0].starts_with("UNSAFE"), "{:?}", saved.warnings);
    })
    .await;
}

#[tokio::test]
async fn a_store_put_without_a_probe_is_unproved() {
    on_both(async |server| {
        let storage = Storage::guarded().await;
        server.put_probed(&at(&storage.url)).await.unwrap();
        server.put_store(&at(&storage.url)).await;
        assert_eq!(server.kept().await, None);
        let store = server.operator.store(STORE).await.unwrap();
        assert!(!store.contract.binds_body);
        assert!(store.contract.unsupported.contains(&"DeleteBucketCors".to_owned()));
        assert!(!store.contract.unsupported.contains(&"PutBucketCors".to_owned()));
        assert!(store.warnings[0].contains("unproved"), "{:?}", store.warnings);

        let root = server.root().await;
        let with_query = |method: &str, query: &str| {
            let mut request = object(&storage.url, method);
            request.url.push_str(query);
            request
        };
        for method in ["GET", "PUT", "DELETE"] {
            root.sign(&object(&storage.url, method)).await.unwrap();
        }
        root.sign(&with_query("DELETE", "?tagging")).await.unwrap();
        let mut locked = with_query("PUT", "?legal-hold");
        locked.payload = None;
        locked.body = Some("PHgvPg==".to_owned());
        let refused = root.sign(&locked).await.unwrap_err();
        assert_eq!(
            (refused.status(), refused.code()),
            (Some(403), Some("subresource_unsupported"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_storage_that_is_away_or_refuses_the_key_is_no_finding() {
    on_both(async |server| {
        let storage = Storage::guarded().await;
        server.put_store(&PutStore { secret_access_key: "guess".into(), ..at(&storage.url) }).await;
        let refused = server.probe().await.unwrap_err();
        assert_eq!((refused.status(), refused.code()), (Some(502), Some("storage_refused")));
        let sentence = refused.to_string();
        assert!(sentence.contains("refused to create a bucket: 403 SignatureDoesNotMatch"));
        assert!(!sentence.contains("guess"));

        let gone = storage.url.clone();
        drop(storage);
        server.put_store(&at(&gone)).await;
        let away = server.probe().await.unwrap_err();
        assert_eq!((away.status(), away.code()), (Some(502), Some("storage_unreachable")));
        assert!(away.to_string().contains(&gone), "{away}");
        assert_eq!(server.kept().await, None);
        let nobody = server.operator.probe_store("none", &ProbeQuery::default()).await;
        assert!(nobody.unwrap_err().is_not_found());
    })
    .await;
}

#[tokio::test]
async fn an_unsafe_storage_is_not_made_a_usable_one_by_asking_it_nothing() {
    on_both(async |server| {
        let storage = Storage::lax().await;
        server.put_probed(&at(&storage.url)).await.unwrap();
        let root = server.root().await;
        server.put_store(&at(&storage.url)).await;
        let refused = root.sign(&object(&storage.url, "PUT")).await.unwrap_err();
        assert_eq!(refused.code(), Some("unsafe_storage"));
        let kept = server.kept().await.unwrap();
        assert_eq!(ids(&kept, ProbeOutcome::Refused), [""; 0], "no proof outlives the put");
        // The findings on one storage do not count for another.
        let other = Storage::guarded().await;
        server.put_store(&at(&other.url)).await;
        assert_eq!(server.kept().await, None);
        root.sign(&object(&other.url, "PUT")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_probe_of_what_a_store_was_before_is_not_kept() {
    on_both(async |server| {
        let storage = Storage::guarded().await;
        server.put_store(&at(&storage.url)).await;
        let (probed, ()) = tokio::join!(server.probe(), async {
            while storage.contents().is_empty() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            server.put_store(&at(&storage.url)).await;
        });
        assert_eq!(probed.unwrap_err().code(), Some("store_changed"));
        assert_eq!(server.kept().await, None);
    })
    .await;
}
