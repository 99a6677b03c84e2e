//! Stores that are reached through the gateway only: nothing is signed for them that leaves the
//! server.

use reqwest::Method;
use sail_cargo_client::protocol::{
    AuditEvent, AuditQuery, BatchAnswer, BatchItem, CheckResponse, Explanation, GatewayAddress,
    Outcome, Page, PatchStore, Permission, PresignResponse, ProbeOutcome, ProbeReport,
    ProbeSeverity, PutStore, SignResponse, Store, StoreAccess, Whoami,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use Permission::{Read, Write};

use crate::harness::{
    Actor, GATEWAY_URL, S3, Setup, TestApp, TestResponse, on_both, on_both_with, strict_report,
};

/// Has the store `main` reached as `access` says.
async fn reach(app: &TestApp, access: StoreAccess) -> Store {
    let patch = PatchStore { access: Some(access), ..PatchStore::default() };
    patch_store(&app.operator(), &patch).await.ok()
}

async fn patch_store(actor: &Actor, patch: &PatchStore) -> TestResponse {
    actor.send(actor.request(Method::PATCH, "/v1/stores/main").json(patch)).await
}

/// A project with a bucket in which `ada` reads and writes, in a store that only the gateway reaches.
async fn set_up(app: &TestApp) {
    app.register("photos").await;
    app.grant("photos", "ada", &[Read, Write]).await;
    app.ada().signed(&S3::new("GET", "/photos/x")).await;
    assert_eq!(reach(app, StoreAccess::Gateway).await.access, StoreAccess::Gateway);
}

/// The report of a storage on which a signature for one key opens every other.
fn unsafe_report() -> ProbeReport {
    let mut report = strict_report();
    for case in report.cases.iter_mut().filter(|case| case.id == "R007") {
        (case.outcome, case.severity) = (ProbeOutcome::Acted, ProbeSeverity::Fatal);
    }
    report.safe = false;
    report
}

fn presign(path: &str) -> Value {
    let S3(asked) = S3::new("GET", path);
    json!({ "method": asked.method, "url": asked.url, "expires_in": 60 })
}

/// Demands that the only item of a batch is refused, naming the gateway.
async fn refused_in_a_batch<T: DeserializeOwned>(actor: &Actor, path: &str, item: Value) {
    let answer = actor.post(path, &json!({ "items": [item] })).await;
    answer.holds_no_signature();
    let BatchAnswer::<T> { items } = answer.ok();
    let [BatchItem::Failed { problem }] = &items[..] else { panic!("{}", answer.body) };
    assert_eq!((problem.status, problem.code.as_str()), (403, "gateway_only"));
    assert!(problem.detail.contains(GATEWAY_URL), "{}", problem.detail);
}

async fn nothing_leaves(app: &TestApp) {
    set_up(app).await;
    let asks = [
        S3::new("GET", "/photos/x"),
        S3::new("HEAD", "/photos"),
        S3::new("PUT", "/photos/x").body("meow"),
        S3::new("DELETE", "/photos/x"),
        S3::new("PUT", "/fresh"),
    ];
    for actor in [app.ada(), app.root()] {
        for ask in &asks {
            let answer = actor.sign(ask).await;
            answer.holds_no_signature();
            let refused = answer.refused(403, "gateway_only");
            assert!(refused.detail.contains(GATEWAY_URL), "{}", refused.detail);
            let event = app.record(&answer).await;
            assert_eq!((event.outcome, &*event.reason), (Outcome::Deny, "gateway_only"));
        }
        let one = actor.post("/v1/presign", &presign("/photos/x")).await;
        one.holds_no_signature();
        assert!(one.refused(403, "gateway_only").detail.contains(GATEWAY_URL));
        let ask = json!(asks[0].0);
        refused_in_a_batch::<SignResponse>(&actor, "/v1/sign/batch", ask).await;
        let ask = presign("/photos/x");
        refused_in_a_batch::<PresignResponse>(&actor, "/v1/presign/batch", ask).await;
    }
    let claimed = app.root().get("/v1/buckets/fresh").await;
    claimed.refused(404, "not_found");
    reach(app, StoreAccess::Direct).await;
    app.ada().signed(&asks[0]).await;
}

#[tokio::test]
async fn of_a_store_that_only_the_gateway_reaches_no_signature_leaves_the_server() {
    on_both(nothing_leaves).await;
}

#[tokio::test]
async fn no_signature_leaves_without_a_cache_either() {
    on_both_with(Setup::NothingRemembered, nothing_leaves).await;
}

#[tokio::test]
async fn permissions_are_the_same_and_explain_says_what_becomes_of_a_request_there() {
    on_both(async |app| {
        set_up(app).await;
        let read = json!({ "action": "read", "bucket": "photos", "key": "x" });
        assert!(app.ada().post("/v1/check", &read).await.ok::<CheckResponse>().decision);
        for (key, there) in [
            ("/photos/x", "There it would be allowed"),
            ("/foreign/x", "There it would be refused: no read permission on `foreign"),
        ] {
            let ask = json!({ "request": S3::new("GET", key).0 });
            let explained: Explanation = app.ada().post("/v1/explain", &ask).await.ok();
            assert_eq!((explained.allowed, explained.code.as_str()), (false, "gateway_only"));
            assert!(explained.detail.contains(GATEWAY_URL), "{}", explained.detail);
            assert!(explained.detail.contains(there), "{}", explained.detail);
        }
    })
    .await;
}

#[tokio::test]
async fn whoami_says_where_requests_go() {
    on_both(async |app| {
        let told = async |actor: Actor| actor.get("/v1/whoami").await.ok::<Whoami>().storage;
        let gateway =
            GatewayAddress { endpoint: GATEWAY_URL.to_owned(), region: "us-east-1".to_owned() };
        for access in [StoreAccess::Direct, StoreAccess::Gateway] {
            reach(app, access).await;
            for actor in [app.ada(), app.root(), app.operator_in("sail")] {
                let storage = told(actor).await.unwrap();
                assert_eq!((storage.access, storage.gateway.as_ref()), (access, Some(&gateway)));
            }
        }
        assert_eq!(told(app.operator()).await, None);
    })
    .await;
}

#[tokio::test]
async fn a_put_that_does_not_name_the_access_keeps_it() {
    on_both(async |app| {
        let put = async |name: &str, access| {
            let store = PutStore { access, access_key_id: format!("AKIA{name}"), ..app.store() };
            let path = format!("/v1/stores/{name}?no_probe=true");
            app.operator().put(&path, &store).await.ok::<Store>().access
        };
        assert_eq!(put("new", None).await, StoreAccess::Direct);
        assert_eq!(put("new", Some(StoreAccess::Gateway)).await, StoreAccess::Gateway);
        assert_eq!(put("new", None).await, StoreAccess::Gateway);
        assert_eq!(put("new", Some(StoreAccess::Direct)).await, StoreAccess::Direct);
        assert_eq!(put("other", Some(StoreAccess::Gateway)).await, StoreAccess::Gateway);
        let tunnel = json!({ "access": "tunnel" });
        let operator = app.operator();
        let patch = operator.request(Method::PATCH, "/v1/stores/main").json(&tunnel);
        assert_eq!(operator.send(patch).await.status, 400);
    })
    .await;
}

#[tokio::test]
async fn an_unsafe_storage_behind_the_gateway_needs_no_acceptance() {
    on_both(async |app| {
        app.prove("main", unsafe_report()).await;
        let shown = async || app.operator().get("/v1/stores/main").await.ok::<Store>();
        let direct = shown().await;
        assert!(direct.warnings[0].contains("--access gateway"), "{:?}", direct.warnings);
        app.register("photos").await;
        let refused = app.root().sign(&S3::new("GET", "/photos/x")).await;
        let refused = refused.refused(403, "unsafe_storage");
        assert!(refused.detail.contains("--access gateway"), "{}", refused.detail);
        reach(app, StoreAccess::Gateway).await;
        let behind = shown().await;
        assert!(!behind.accept_unsafe_storage);
        assert!(!behind.warnings.iter().any(|warning| warning.contains("UNSAFE")), "{behind:?}");
        app.root().sign(&S3::new("GET", "/photos/x")).await.refused(403, "gateway_only");
    })
    .await;
}

#[tokio::test]
async fn only_operators_change_how_a_store_is_reached_and_it_is_on_record() {
    on_both(async |app| {
        let patch =
            PatchStore { access: Some(StoreAccess::Gateway), accept_unsafe_storage: Some(true) };
        for actor in [app.ada(), app.root()] {
            patch_store(&actor, &patch).await.refused(403, "operator_only");
        }
        assert_eq!(patch_store(&app.anon(), &patch).await.status, 401);
        let eve = app.eve();
        let nowhere = eve.request(Method::PATCH, "/v1/stores/none").json(&patch);
        eve.send(nowhere).await.refused(404, "not_found");
        let store: Store = patch_store(&eve, &patch).await.ok();
        assert_eq!((store.access, store.accept_unsafe_storage), (StoreAccess::Gateway, true));
        let nothing: Store = patch_store(&eve, &PatchStore::default()).await.ok();
        assert_eq!((nothing.access, nothing.accept_unsafe_storage), (StoreAccess::Gateway, true));
        let query = AuditQuery { action: Some("store.set".to_owned()), ..AuditQuery::default() };
        let trail: Page<AuditEvent> = app.operator().cargo.audit_events(&query).await.unwrap();
        let event = trail.items.last().unwrap();
        assert_eq!((event.actor.as_str(), event.key.as_deref()), ("operator:eve", Some("main")));
        assert!(event.detail.contains("through the gateway only"), "{}", event.detail);
    })
    .await;
}

#[tokio::test]
async fn a_row_of_the_version_before_is_reached_directly() {
    on_both(async |app| {
        let id = "INSERT INTO store (id, name, endpoints, region, access_key_id, secret_sealed, \
                  sealed_with, shared, created_at, updated_at, version) SELECT 'old', 'old', \
                  endpoints, region, 'AKIAOLD', secret_sealed, sealed_with, shared, created_at, \
                  updated_at, version FROM store WHERE name = 'main'";
        app.database.execute(id);
        let old: Store = app.operator().get("/v1/stores/old").await.ok();
        assert_eq!(old.access, StoreAccess::Direct);
    })
    .await;
}
