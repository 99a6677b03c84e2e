//! A storage that keeps an upload that breaks off: the probe finds it out, and the gateway uploads nothing
//! to it (G18).

use sail_cargo_client::protocol::{PatchStore, ProbeOutcome};

use super::gateway_stack::{GatewayStack, STORE, eventually};
use super::raw::{Defect, Form, Upload};
use super::storages::Fronted;

#[tokio::test]
async fn g18_nothing_is_uploaded_to_a_storage_that_keeps_what_breaks_off() {
    let storage = Fronted::keeping().await;
    let test = GatewayStack::before_probed(&storage.url).await;
    let found = test.operator().store(STORE).await.unwrap();
    assert!(found.contract.keeps_broken_uploads && !found.contract.takes_trailers);
    assert!(found.warnings.iter().any(|one| one.contains("(G001, G002)")), "{:?}", found.warnings);
    let cases = found.probe.unwrap().cases;
    let acted = cases.iter().filter(|case| case.outcome == ProbeOutcome::Acted);
    assert_eq!(acted.filter(|case| matches!(&*case.id, "G001" | "G002")).count(), 2);

    let root = test.signer_of(None).await;
    let before = storage.sent().len();
    for length in [0, 5, 400_000] {
        let put = test.send(&root.put("/photos/x", &vec![b'a'; length]).signed()).await;
        assert_eq!(put.said(), (403, "AccessDenied".to_owned()), "{}", put.text());
        assert_eq!(put.header("x-cargo-refusal"), Some("403 broken_uploads_kept"));
        assert!(put.text().contains("accept_unsafe_storage"), "{}", put.text());
    }
    assert_eq!(storage.sent().len(), before, "the storage hears of no upload");
    assert_eq!(test.send(&root.ask("GET", "/photos?list-type=2").signed()).await.status, 200);

    // The operator accepts it, and has what that means: an upload that fails its check stays.
    let accepted = PatchStore { accept_unsafe_storage: Some(true), ..PatchStore::default() };
    test.operator().patch_store(STORE, &accepted).await.unwrap();
    assert_eq!(test.send(&root.put("/photos/x", b"hello").signed()).await.status, 200);
    let pieces = [vec![b'a'; 400_000], vec![b'b'; 400_000]];
    let upload = Upload { pieces: &pieces, form: Form::Signed, defect: Defect::Signature(1) };
    let refused = test.send(&upload.request(&root, "/photos/broken")).await;
    assert_eq!(refused.said(), (403, "SignatureDoesNotMatch".to_owned()));
    eventually("the storage keeps it", async || {
        test.send(&root.ask("HEAD", "/photos/broken").signed()).await.status == 200
    })
    .await;
}
