//! What the probe finds, what it keeps, and what it leaves behind.

use std::path::Path;

use sail_cargo_client::protocol::{AddressingStyle, Endpoint, ProbeOutcome, ProbeQuery, PutStore};

use crate::desk::{STORE, at, ids, on_both};
use crate::storage::Storage;

const NOTHING: [&Path; 0] = [];
const BY_DESIGN: [&str; 2] = ["R011", "R015"];

#[tokio::test]
async fn a_guarded_storage_is_safe() {
    on_both(async |desk| {
        let storage = Storage::guarded().await;
        desk.put_store(&at(&storage.url)).await;
        let report = desk.probe().await.unwrap();
        assert!(report.safe);
        assert_eq!(ids(&report, ProbeOutcome::Acted), BY_DESIGN);
        assert_eq!(ids(&report, ProbeOutcome::Untestable), ["R008", "R009", "R010"]);
        assert_eq!(ids(&report, ProbeOutcome::Accepted), [""; 0]);
        assert_eq!(desk.kept().await, Some(report));
        assert_eq!(storage.contents(), NOTHING, "something is left behind");
    })
    .await;
}

#[tokio::test]
async fn a_storage_that_honours_unsigned_headers_is_unsafe() {
    on_both(async |desk| {
        let storage = Storage::lax().await;
        desk.put_store(&at(&storage.url)).await;
        let report = desk.probe().await.unwrap();
        assert!(!report.safe);
        let acted = ids(&report, ProbeOutcome::Acted);
        assert_eq!(acted[..3], ["R001", "R002", "R004"]);
        let first = &report.cases[0];
        assert!(first.meaning.contains("can read all"), "{first:?}");
        assert!(first.advice.as_ref().unwrap().contains("use a storage that refuses"));
        assert_eq!(desk.kept().await, Some(report));
        assert_eq!(storage.contents(), NOTHING, "something is left behind");
    })
    .await;
}

#[tokio::test]
async fn a_bucket_that_is_lent_keeps_what_is_in_it() {
    on_both(async |desk| {
        let storage = Storage::lax().await;
        storage.make_bucket("lent");
        desk.put_store(&at(&storage.url)).await;
        let lent = ProbeQuery { bucket: Some("lent".into()) };
        let report = desk.operator.probe_store(STORE, &lent).await.unwrap();
        assert_eq!(ids(&report, ProbeOutcome::Acted)[0], "R001");
        assert_eq!(storage.contents(), [Path::new("lent")]);
        let odd = ProbeQuery { bucket: Some("No/Bucket".into()) };
        assert!(desk.operator.probe_store(STORE, &odd).await.unwrap_err().is_invalid());
    })
    .await;
}

#[tokio::test]
async fn a_storage_that_knows_no_bucket_hosts_is_found_out() {
    on_both(async |desk| {
        let storage = Storage::lax().await;
        desk.put_store(&with_hosts(&storage)).await;
        let report = desk.probe().await.unwrap();
        assert!(ids(&report, ProbeOutcome::Acted).contains(&"R010"));
        assert_eq!(ids(&report, ProbeOutcome::Untestable), ["R005"]);
    })
    .await;
}

#[tokio::test]
async fn a_storage_that_wants_bucket_hosts_is_asked_so() {
    on_both(async |desk| {
        let storage = Storage::lax_with_hosts().await;
        desk.put_store(&at(&storage.url)).await;
        assert_eq!(desk.probe().await.unwrap_err().code(), Some("storage_refused"));
        desk.put_store(&with_hosts(&storage)).await;
        let report = desk.probe().await.unwrap();
        assert_eq!(ids(&report, ProbeOutcome::Acted)[..3], ["R001", "R002", "R004"]);
        let refused = ids(&report, ProbeOutcome::Refused);
        assert!(["R008", "R009", "R010"].iter().all(|id| refused.contains(id)), "{report:?}");
        assert_eq!(storage.contents(), NOTHING, "something is left behind");
    })
    .await;
}

/// A store at `storage`, buckets in host names.
fn with_hosts(storage: &Storage) -> PutStore {
    let style = AddressingStyle::VirtualHosted;
    let endpoints = vec![Endpoint { url: storage.url.clone(), style }];
    PutStore { endpoints, ..at(&storage.url) }
}

#[tokio::test]
async fn the_worst_endpoint_counts() {
    on_both(async |desk| {
        let (lax, guarded) = (Storage::lax().await, Storage::guarded().await);
        let mut store = at(&lax.url);
        store.endpoints.extend(at(&guarded.url).endpoints);
        desk.put_store(&store).await;
        assert!(!desk.probe().await.unwrap().safe);
        store.endpoints.reverse();
        desk.put_store(&store).await;
        assert_eq!(desk.kept().await, None, "the endpoints have changed");
        assert!(!desk.probe().await.unwrap().safe);
    })
    .await;
}

#[tokio::test]
async fn another_secret_keeps_the_report_and_another_storage_does_not() {
    on_both(async |desk| {
        let storage = Storage::guarded().await;
        desk.put_store(&at(&storage.url)).await;
        let report = desk.probe().await.unwrap();
        let secret = PutStore { secret_access_key: "another".into(), ..at(&storage.url) };
        desk.put_store(&secret).await;
        assert_eq!(desk.kept().await, Some(report));
        desk.put_store(&PutStore { access_key_id: "AKIAOTHER".into(), ..secret }).await;
        assert_eq!(desk.kept().await, None);
    })
    .await;
}

#[tokio::test]
async fn a_storage_that_is_away_or_refuses_the_key_is_no_finding() {
    on_both(async |desk| {
        let storage = Storage::guarded().await;
        desk.put_store(&PutStore { secret_access_key: "guess".into(), ..at(&storage.url) }).await;
        let refused = desk.probe().await.unwrap_err();
        assert_eq!((refused.status(), refused.code()), (Some(502), Some("storage_refused")));
        let sentence = refused.to_string();
        assert!(sentence.contains("refused to create a bucket: 403 SignatureDoesNotMatch"));
        assert!(!sentence.contains("guess"));

        let gone = storage.url.clone();
        drop(storage);
        desk.put_store(&at(&gone)).await;
        let away = desk.probe().await.unwrap_err();
        assert_eq!((away.status(), away.code()), (Some(502), Some("storage_unreachable")));
        assert!(away.to_string().contains(&gone), "{away}");
        assert_eq!(desk.kept().await, None);
        let nobody = desk.operator.probe_store("none", &ProbeQuery::default()).await;
        assert!(nobody.unwrap_err().is_not_found());
    })
    .await;
}
