//! Stores that only the gateway reaches, and the probe's attacks on the gateway in front of one.

use std::process::{Command, Output};

use aws_sdk_s3::primitives::ByteStream;
use sail_cargo_client::protocol::{
    AccessKeysQuery, PatchStore, Permission, ProbeOutcome, ProbeQuery, ProbeReport, SignRequest,
    StoreAccess,
};

use super::gateway_stack::{BUCKET, GatewayStack, STORE, code};
use super::storages::{Kind, Storage};

impl GatewayStack {
    /// Has the store reached through the gateway only.
    pub(crate) async fn close_the_direct_way(&self) {
        let patch = PatchStore { access: Some(StoreAccess::Gateway), ..PatchStore::default() };
        self.operator().patch_store(STORE, &patch).await.unwrap();
    }

    /// Runs `sail-cargo stores test` through the gateway, as the operator.
    async fn attack(&self, more: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sail-cargo"));
        command
            .args(["stores", "test", STORE, "--through-gateway"])
            .args(more)
            .env("SAIL_CARGO_URL", &self.stack.cargo_url)
            .env("SAIL_CARGO_API_KEY", self.operator_key());
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
    }
}

fn object() -> SignRequest {
    SignRequest {
        method: "GET".to_owned(),
        url: String::new(),
        headers: Vec::new(),
        payload: Some("UNSIGNED-PAYLOAD".to_owned()),
        body: None,
    }
}

/// The gateway serves a store that the oracle signs nothing for, on a storage that was found unsafe and
/// that nobody accepted as such.
#[tokio::test(flavor = "multi_thread")]
async fn an_unsafe_store_behind_the_gateway_is_served_there_and_signed_for_nowhere() {
    let Some(storage) = Storage::start(Kind::SeaweedFs).await else { return };
    let test = GatewayStack::before(&storage).await;
    let found = test.operator().store(STORE).await.unwrap();
    assert!(found.probe.is_some_and(|probe| !probe.safe) && !found.accept_unsafe_storage);
    test.close_the_direct_way().await;
    test.grant("ada", "", &[Permission::Read, Permission::Write]).await;
    let s3 = test.s3_of("ada").await;
    let body = ByteStream::from_static(b"meow");
    s3.put_object().bucket(BUCKET).key("cat").body(body).send().await.unwrap();
    let got = s3.get_object().bucket(BUCKET).key("cat").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"meow");

    let url = format!("{}/{BUCKET}/cat", storage.url);
    let refused = test.root().sign(&SignRequest { url, ..object() }).await.unwrap_err();
    assert_eq!((refused.status(), refused.code()), (Some(403), Some("gateway_only")));
    assert!(refused.to_string().contains(&test.stack.gateway_url), "{refused}");
    let storage = test.root().whoami().await.unwrap().storage.unwrap();
    assert_eq!(storage.access, StoreAccess::Gateway);
    let gateway = storage.gateway.unwrap();
    assert_eq!((gateway.endpoint, &*gateway.region), (test.stack.gateway_url.clone(), "us-east-1"));

    // What the server asks of the storage for itself.
    test.operator().probe_store(STORE, &ProbeQuery::default()).await.unwrap();
    let root = test.root_s3().await;
    root.create_bucket().bucket("second").send().await.unwrap();
    root.delete_bucket().bucket("second").send().await.unwrap();
    assert_eq!(code(root.head_bucket().bucket("second").send().await), "NotFound");
}

/// Every attack of the probe, on the gateway in front of a storage on which many of them act.
#[tokio::test(flavor = "multi_thread")]
async fn stores_test_through_the_gateway_finds_that_no_attack_has_an_effect() {
    let Some(storage) = Storage::start(Kind::SeaweedFs).await else { return };
    let test = GatewayStack::before(&storage).await;
    let direct = test.operator().store(STORE).await.unwrap().probe.unwrap();
    assert!(direct.cases.iter().any(|case| case.outcome == ProbeOutcome::Acted));
    test.close_the_direct_way().await;
    let ended = test.attack(&["-o", "json"]).await;
    let (json, words) = (text(ended.stdout), text(ended.stderr));
    assert!(ended.status.success(), "{json}{words}");
    assert!(words.contains("tight: "), "{words}");
    let report: ProbeReport = serde_json::from_str(&json).unwrap();
    assert_eq!(report.cases.len(), direct.cases.len());
    let tried = |outcome| report.cases.iter().filter(move |case| case.outcome == outcome);
    let acted: Vec<_> = tried(ProbeOutcome::Acted).map(|case| case.id.as_str()).collect();
    assert_eq!(acted, ["R011", "R015"], "by design: {words}");
    let untried: Vec<_> = tried(ProbeOutcome::Untestable).map(|case| case.id.as_str()).collect();
    assert_eq!(untried, ["R010"], "path style has no host of a bucket");
    let open = report.sub_resources.iter().filter(|tried| tried.outcome == ProbeOutcome::Acted);
    assert_eq!(open.count(), 0);

    let keys = test.root().access_keys(&AccessKeysQuery::default()).await.unwrap();
    let left = keys.items.iter().filter(|key| key.name.contains("--through-gateway"));
    assert_eq!(left.count(), 0, "the key is removed");
    let buckets = test.root_s3().await.list_buckets().send().await.unwrap();
    let buckets: Vec<_> = buckets.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    assert_eq!(buckets, [BUCKET], "nothing is left behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_away_is_no_proof_and_leaves_no_key() {
    let test = GatewayStack::start().await;
    let ended = test.attack(&["--gateway-url", "http://127.0.0.1:1"]).await;
    assert_eq!(ended.status.code(), Some(1));
    assert!(text(ended.stderr).contains("the gateway was not tested"));
    let keys = test.root().access_keys(&AccessKeysQuery::default()).await.unwrap();
    assert!(!keys.items.iter().any(|key| key.name.contains("--through-gateway")));
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}
