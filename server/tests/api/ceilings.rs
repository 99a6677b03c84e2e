//! A ceiling outlives its bucket: it is kept for the name until an operator removes it.

use sail_cargo_client::protocol::{
    AuditQuery, Bucket, BucketState, KeptCeiling, Page, Permission, Settled,
};
use serde_json::{Value, json};

use Permission::{Delete, Read, Write};

use crate::harness::{Actor, S3, Storage, TestApp, on_both};

const PHOTOS: &str = "/v1/buckets/photos";
const KEPT: &str = "/v1/stores/main/ceilings";

/// The ceilings kept in the store `main`.
async fn kept(app: &TestApp) -> Vec<KeptCeiling> {
    app.operator().get(KEPT).await.ok::<Page<KeptCeiling>>().items
}

/// An operator sets this ceiling on the bucket `photos`.
async fn freeze(app: &TestApp, ceiling: &[&str]) {
    let patch = json!({ "ceiling": ceiling });
    let operator = app.operator_in("sail");
    let request = operator.request(reqwest::Method::PATCH, PHOTOS).json(&patch);
    operator.send(request).await.ok::<Bucket>();
}

/// Root has the deletion of `photos` signed, and reports it as done.
async fn say_deleted(root: &Actor, storage: &Storage) -> Option<BucketState> {
    let claim = root.signed(&storage.request("DELETE", "photos")).await.claim.unwrap().id;
    let done = json!({ "claim": claim, "outcome": "done" });
    root.post("/v1/buckets/photos/settle", &done).await.ok::<Settled>().state
}

#[tokio::test]
async fn a_deletion_that_is_only_claimed_lifts_no_ceiling() {
    on_both(async |app| {
        let (storage, root) = (Storage::of(app).await, app.root());
        app.register("photos").await;
        storage.create("photos");
        freeze(app, &["read", "delete"]).await;
        assert_eq!(say_deleted(&root, &storage).await, Some(BucketState::Active));
        let still: Bucket = root.put(PHOTOS, &json!({})).await.ok();
        assert_eq!(still.ceiling, [Read, Delete].into());
        assert_eq!(kept(app).await, []);
    })
    .await;
}

/// On a storage that does not distinguish the case of names, the other spelling would escape the
/// ceiling.
#[tokio::test]
async fn a_kept_ceiling_binds_the_name_in_upper_and_lower_case() {
    on_both(async |app| {
        app.register("photos").await;
        freeze(app, &["read", "delete"]).await;
        let operator = app.operator_in("sail");
        assert_eq!(operator.delete(PHOTOS).await.status, 204);
        let all = json!({ "ceiling": ["read", "write", "delete", "admin"] });
        app.root().put("/v1/buckets/Photos", &all).await.refused(409, "bucket_frozen");
        let bound: Bucket = app.root().put("/v1/buckets/Photos", &json!({})).await.ok();
        assert_eq!(bound.ceiling, [Read, Delete].into());
        assert_eq!(kept(app).await.len(), 1, "that of `photos` is kept");
    })
    .await;
}

#[tokio::test]
async fn an_operators_ceiling_binds_the_next_bucket_of_the_name() {
    on_both(async |app| {
        let (storage, root) = (Storage::of(app).await, app.root());
        app.register("photos").await;
        storage.create("photos");
        freeze(app, &["read", "delete"]).await;
        // The bucket is really deleted.
        let claim = root.signed(&storage.request("DELETE", "photos")).await.claim.unwrap().id;
        storage.delete("photos");
        let done = json!({ "claim": claim, "outcome": "done" });
        let told: Settled = root.post("/v1/buckets/photos/settle", &done).await.ok();
        assert_eq!(told.state, None, "{told:?}");
        let ceiling = [Read, Delete].into();
        assert_eq!(kept(app).await, [KeptCeiling { bucket: "photos".to_owned(), ceiling }]);

        let all = json!({ "ceiling": ["read", "write", "delete", "admin"] });
        root.put(PHOTOS, &all).await.refused(409, "bucket_frozen");
        root.get(PHOTOS).await.refused(404, "not_found");
        // Neither a creation, refused or done, nor a registration removes the ceiling.
        let create = storage.request("PUT", "photos");
        let claim = root.signed(&create).await.claim.unwrap().id;
        let refused = json!({ "claim": claim, "outcome": "refused" });
        root.post("/v1/buckets/photos/settle", &refused).await.ok::<Settled>();
        assert_eq!(kept(app).await.len(), 1);
        let claim = root.signed(&create).await.claim.unwrap().id;
        storage.create("photos");
        let done = json!({ "claim": claim, "outcome": "done" });
        root.post("/v1/buckets/photos/settle", &done).await.ok::<Settled>();
        for made in [root.get(PHOTOS).await, root.put(PHOTOS, &json!({})).await] {
            assert_eq!(made.ok::<Bucket>().ceiling, [Read, Delete].into());
        }
        assert_eq!(kept(app).await, [], "the bucket has it");
        let put = storage.request("PUT", "photos/x");
        root.sign(&put).await.refused(403, "bucket_frozen");
        freeze(app, &["read", "write", "delete", "admin"]).await;
        root.signed(&put).await;
        // A ceiling that was lifted is not kept again.
        storage.delete("photos");
        assert_eq!(say_deleted(&root, &storage).await, None);
        assert_eq!(kept(app).await, []);
        assert_eq!(root.put(PHOTOS, &json!({})).await.ok::<Bucket>().ceiling.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_ceiling_is_kept_for_whichever_project_registers_the_name_next() {
    on_both(async |app| {
        app.register("photos").await;
        freeze(app, &["read"]).await;
        app.operator_in("sail").delete(PHOTOS).await.done();
        app.share().await;
        let root = app.with_key(&app.make_project("neighbour", "main").await);
        let (operator, elsewhere) =
            (app.operator_in("neighbour"), app.make_neighbour("else").await);
        let free: Bucket = app.with_key(&elsewhere).put(PHOTOS, &json!({})).await.ok();
        assert_eq!(free.ceiling.len(), 4, "another store, another bucket");

        let bound: Bucket = operator.put(PHOTOS, &json!({})).await.ok();
        assert_eq!(bound.ceiling, [Read].into());
        root.sign(&S3::new("PUT", "/photos/x")).await.refused(403, "bucket_frozen");
        root.put(PHOTOS, &json!({ "ceiling": ["read", "write"] }))
            .await
            .refused(409, "bucket_frozen");
        // At the next registration an operator sets another ceiling.
        operator.delete(PHOTOS).await.done();
        let said: Bucket =
            operator.put(PHOTOS, &json!({ "ceiling": ["read", "write"] })).await.ok();
        assert_eq!(said.ceiling, [Read, Write].into());
        assert_eq!(kept(app).await, []);
    })
    .await;
}

#[tokio::test]
async fn operators_see_what_is_kept_and_lift_it() {
    on_both(async |app| {
        let operator = app.operator_in("sail");
        for bucket in ["photos", "letters"] {
            let path = format!("/v1/buckets/{bucket}");
            operator.put(&path, &json!({ "ceiling": [] })).await.ok::<Bucket>();
            operator.delete(&path).await.done();
        }
        let names = async || -> Vec<String> {
            kept(app).await.into_iter().map(|kept| kept.bucket).collect()
        };
        assert_eq!(names().await, ["letters", "photos"]);
        for actor in [app.root(), app.ada()] {
            actor.get(KEPT).await.refused(403, "operator_only");
            actor.delete(&format!("{KEPT}/photos")).await.refused(403, "operator_only");
        }
        app.operator().get("/v1/stores/none/ceilings").await.refused(404, "not_found");
        let lift = format!("{KEPT}/photos");
        app.operator().delete(&lift).await.done();
        let trail = app.operator().cargo.audit_events(&AuditQuery::default()).await.unwrap().items;
        assert_eq!((&*trail[0].actor, &*trail[0].action), ("operator", "ceiling.lift"));
        assert_eq!(trail[0].detail, "lifted the ceiling kept for `photos` in store main");
        app.operator().delete(&lift).await.refused(404, "not_found");
        assert_eq!(names().await, ["letters"]);
        let free: Bucket = app.root().put(PHOTOS, &json!({})).await.ok();
        assert_eq!(free.ceiling.len(), 4);
        // Deleting a store deletes its kept ceilings.
        app.make_store("spare").await;
        let spare = "/v1/stores/spare";
        app.database.execute(
            "INSERT INTO kept_ceiling SELECT id, 'photos', 1 FROM store WHERE name = 'spare'",
        );
        let page: Page<Value> = app.operator().get(&format!("{spare}/ceilings")).await.ok();
        assert_eq!(page.items.len(), 1);
        app.operator().delete(spare).await.done();
    })
    .await;
}
