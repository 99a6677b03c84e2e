//! Reservations of bucket names: the creation and deletion of buckets, from the signature to the
//! settled state.

use chrono::TimeDelta;
use reqwest::Method;
use sail_cargo_client::protocol::{Bucket, BucketState, Permission, Settled, Store};
use serde_json::{Value, json};

use crate::harness::{Actor, S3, Storage, TestResponse, on_both};

async fn settle(actor: &Actor, bucket: &str, claim: &str, outcome: &str) -> Option<BucketState> {
    let body = json!({ "claim": claim, "outcome": outcome });
    actor.post(&format!("/v1/buckets/{bucket}/settle"), &body).await.ok::<Settled>().state
}

async fn reconcile(actor: &Actor, bucket: &str) -> TestResponse {
    actor.post(&format!("/v1/buckets/{bucket}/reconcile"), &json!({})).await
}

async fn state(actor: &Actor, bucket: &str) -> BucketState {
    actor.get(&format!("/v1/buckets/{bucket}")).await.ok::<Bucket>().state
}

#[tokio::test]
async fn a_creation_is_claimed_confirmed_and_released() {
    on_both(async |app| {
        let storage = Storage::of(app).await;
        let root = app.root();
        let create = storage.request("PUT", "fresh");
        let claim = root.signed(&create).await.claim.unwrap().id;
        assert_eq!(state(&root, "fresh").await, BucketState::Claimed);
        let grant = json!({ "permissions": ["read"] });
        root.put("/v1/buckets/fresh/grants/ada", &grant).await.refused(404, "not_found");
        assert_eq!(
            settle(&root, "fresh", "no-such-claim", "done").await,
            Some(BucketState::Claimed)
        );
        storage.create("fresh");
        assert_eq!(settle(&root, "fresh", &claim, "done").await, Some(BucketState::Active));
        assert_eq!(settle(&root, "fresh", &claim, "refused").await, Some(BucketState::Active));

        // Two attempts: the name is released only when the last of them was refused.
        let create = storage.request("PUT", "taken");
        let first = root.signed(&create).await.claim.unwrap().id;
        let second = root.signed(&create).await.claim.unwrap().id;
        assert_eq!(settle(&root, "taken", &second, "refused").await, Some(BucketState::Claimed));
        assert_eq!(settle(&root, "taken", &first, "refused").await, None);
        app.ada()
            .post("/v1/buckets/fresh/settle", &json!({ "claim": claim, "outcome": "done" }))
            .await
            .refused(403, "root_only");
    })
    .await;
}

#[tokio::test]
async fn a_deletion_forgets_when_it_is_confirmed_and_no_grant_comes_back() {
    on_both(async |app| {
        let storage = Storage::of(app).await;
        let root = app.root();
        app.register("photos").await;
        storage.create("photos");
        app.grant("photos", "ada", &[Permission::Read]).await;
        let (create, delete) =
            (storage.request("PUT", "photos"), storage.request("DELETE", "photos"));
        let get = storage.request("GET", "photos/x");
        let claim = root.signed(&delete).await.claim.unwrap().id;
        assert_eq!(state(&root, "photos").await, BucketState::Deleting);
        app.ada().signed(&get).await;
        assert_eq!(settle(&root, "photos", &claim, "refused").await, Some(BucketState::Active));
        app.ada().signed(&get).await;

        let claim = root.signed(&delete).await.claim.unwrap().id;
        storage.delete("photos");
        assert_eq!(settle(&root, "photos", &claim, "done").await, None);
        app.ada().sign(&get).await.refused(403, "no_permission");
        let claim = root.signed(&create).await.claim.unwrap().id;
        storage.create("photos");
        settle(&root, "photos", &claim, "done").await;
        app.ada().sign(&get).await.refused(403, "no_permission");
        root.get("/v1/buckets/photos/grants/ada").await.refused(404, "not_found");
    })
    .await;
}

/// Claims of the caller about the storage, compared with what the storage shows.
#[tokio::test]
async fn a_name_is_freed_and_taken_by_what_the_storage_shows_not_by_what_is_said() {
    on_both(async |app| {
        let storage = Storage::of(app).await;
        let root = app.root();
        let signed = async |method: &str, bucket: &str| {
            root.signed(&storage.request(method, bucket)).await.claim.unwrap().id
        };
        // Reported as deleted, but the bucket still exists.
        app.register("kept").await;
        storage.create("kept");
        app.grant("kept", "ada", &[Permission::Read]).await;
        let claim = signed("DELETE", "kept").await;
        assert_eq!(settle(&root, "kept", &claim, "done").await, Some(BucketState::Active));
        root.get("/v1/buckets/kept/grants/ada").await.ok::<Value>();
        // Two deletions are signed: after the first is reported, the second may still come.
        let (first, second) = (signed("DELETE", "kept").await, signed("DELETE", "kept").await);
        assert_eq!(settle(&root, "kept", &first, "done").await, Some(BucketState::Deleting));
        storage.delete("kept");
        assert_eq!(settle(&root, "kept", &second, "done").await, None);

        // Reported as created, but there is no such bucket.
        let claim = signed("PUT", "none").await;
        assert_eq!(settle(&root, "none", &claim, "done").await, Some(BucketState::Claimed));
        // Reported as refused, but the bucket exists.
        storage.create("none");
        assert_eq!(settle(&root, "none", &claim, "refused").await, Some(BucketState::Active));
    })
    .await;
}

#[tokio::test]
async fn an_app_that_died_in_between_is_reconciled_by_a_look_at_the_storage() {
    on_both(async |app| {
        let storage = Storage::of(app).await;
        let root = app.root();
        let settled = async |bucket: &str| reconcile(&root, bucket).await.ok::<Settled>().state;

        // Created and never confirmed: the next use detects it.
        root.signed(&storage.request("PUT", "made")).await;
        storage.create("made");
        root.signed(&storage.request("GET", "made/x")).await;
        assert_eq!(state(&root, "made").await, BucketState::Active);

        // Never created: the reservation holds while the signature could still be used.
        root.signed(&storage.request("PUT", "never")).await;
        assert_eq!(settled("never").await, Some(BucketState::Claimed));
        app.clock.advance(TimeDelta::minutes(21));
        let root = app.root();
        assert_eq!(reconcile(&root, "never").await.ok::<Settled>().state, None);
        reconcile(&root, "never").await.refused(404, "not_found");

        // Deleted and never confirmed: the next creation detects it.
        app.grant("made", "ada", &[Permission::Read]).await;
        root.signed(&storage.request("DELETE", "made")).await;
        storage.delete("made");
        let claim = root.signed(&storage.request("PUT", "made")).await.claim;
        assert!(claim.is_some());
        assert_eq!(state(&root, "made").await, BucketState::Claimed);
        root.get("/v1/buckets/made/grants/ada").await.refused(404, "not_found");

        // Not deleted, and the deletion may still arrive: the bucket cannot be created now.
        app.register("kept").await;
        storage.create("kept");
        app.grant("kept", "ada", &[Permission::Read]).await;
        root.signed(&storage.request("DELETE", "kept")).await;
        root.sign(&storage.request("PUT", "kept")).await.refused(503, "bucket_unsettled");
        assert_eq!(
            reconcile(&root, "kept").await.ok::<Settled>().state,
            Some(BucketState::Deleting)
        );
        app.clock.advance(TimeDelta::minutes(21));
        let root = app.root();
        assert_eq!(reconcile(&root, "kept").await.ok::<Settled>().state, Some(BucketState::Active));
        root.get("/v1/buckets/kept/grants/ada").await.ok::<Value>();
    })
    .await;
}

#[tokio::test]
async fn a_name_that_another_project_left_behind_is_free_once_that_is_reconciled() {
    on_both(async |app| {
        let storage = Storage::of(app).await;
        app.root().signed(&storage.request("PUT", "gone")).await;
        storage.share(app).await;
        app.make_project("neighbour", "main").await;
        let neighbour = app.operator_in("neighbour");
        let path = "/v1/buckets/gone";
        neighbour.put(path, &json!({})).await.refused(409, "bucket_taken");
        app.clock.advance(TimeDelta::minutes(21));
        neighbour.put(path, &json!({})).await.refused(409, "bucket_taken");
        let settled = reconcile(&app.operator_in("sail"), "gone").await.ok::<Settled>();
        assert_eq!(settled.state, None);
        neighbour.put(path, &json!({})).await.ok::<Bucket>();
        app.root().get(path).await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_storage_that_does_not_answer_settles_nothing() {
    on_both(async |app| {
        let mut store = app.store();
        store.endpoints.truncate(1);
        store.endpoints[0].url = "http://127.0.0.1:1".to_owned();
        app.operator().put("/v1/stores/main?no_probe=true", &store).await.ok::<Store>();
        let root = app.root();
        let mut create = S3::new("PUT", "/");
        create.0.url = "http://127.0.0.1:1/fresh".to_owned();
        let claim = root.signed(&create).await.claim.unwrap().id;
        reconcile(&root, "fresh").await.refused(502, "storage_unreachable");
        let refused = json!({ "claim": claim, "outcome": "refused" });
        let told: Settled = root.post("/v1/buckets/fresh/settle", &refused).await.ok();
        assert!(told.detail.starts_with("the state is not known yet: the storage at"), "{told:?}");
        assert_eq!(state(&root, "fresh").await, BucketState::Claimed);
        let mut get = S3::new("GET", "/");
        get.0.url = "http://127.0.0.1:1/fresh/x".to_owned();
        // It is unknown whether the bucket belongs to the project; it may be settled in a moment.
        let unknown = root.sign(&get).await;
        unknown.refused(503, "bucket_unsettled");
        assert_eq!(unknown.header("retry-after"), "1");
        let batch = json!({ "items": [get.0, create.0] });
        let items: Value = root.post("/v1/sign/batch", &batch).await.ok();
        let [unknown, created] = [0, 1].map(|index| items["items"][index].clone());
        assert_eq!(unknown["problem"]["code"], "bucket_unsettled", "{unknown}");
        assert_eq!(created["answer"]["operation"], "CreateBucket", "{created}");
        let grant = json!({ "permissions": ["read"] });
        let path = "/v1/buckets/fresh/grants/ada";
        root.put(path, &grant).await.refused(503, "bucket_unsettled");
        app.ada().put(path, &grant).await.refused(404, "not_found");

        app.register("old").await;
        let mut delete = S3::new("DELETE", "/");
        delete.0.url = "http://127.0.0.1:1/old".to_owned();
        let claim = root.signed(&delete).await.claim.unwrap().id;
        assert_eq!(settle(&root, "old", &claim, "done").await, Some(BucketState::Deleting));
        assert_eq!(state(&root, "old").await, BucketState::Deleting);
    })
    .await;
}

/// Answers of a proxy, a captive portal or a storage that is not ready yet.
const GARBAGE: [(&str, &str); 9] = [
    ("200 OK", "<html>hi</html>"),
    ("200 OK", ""),
    ("200 OK", "{}"),
    ("200 OK", "<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBuck"),
    ("200 OK", "<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>"),
    ("200 OK", "<html><ListBucketResult><Name>photos</Name></ListBucketResult></html>"),
    ("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>"),
    ("404 Not Found", "<html><Code>NoSuchBucket</Code></html>"),
    ("204 No Content", ""),
];

#[tokio::test]
async fn a_storage_that_says_garbage_settles_nothing() {
    on_both(async |app| {
        let storage = Storage::of(app).await;
        let root = app.root();
        app.register("photos").await;
        storage.create("photos");
        app.grant("photos", "ada", &[Permission::Read]).await;
        root.signed(&storage.request("DELETE", "photos")).await;
        let claim = root.signed(&storage.request("PUT", "fresh")).await.claim.unwrap().id;
        for garbage in GARBAGE {
            storage.answer(Some(garbage));
            reconcile(&root, "photos").await.refused(502, "storage_refused");
            reconcile(&root, "fresh").await.refused(502, "storage_refused");
            let refused = settle(&root, "fresh", &claim, "refused").await;
            assert_eq!(refused, Some(BucketState::Claimed), "{garbage:?}");
            root.sign(&storage.request("GET", "fresh/x")).await.refused(503, "bucket_unsettled");
        }
        assert_eq!(state(&root, "photos").await, BucketState::Deleting);
        root.get("/v1/buckets/photos/grants/ada").await.ok::<Value>();
        // The storage answers correctly again, and is believed.
        storage.answer(None);
        storage.delete("photos");
        assert_eq!(reconcile(&root, "photos").await.ok::<Settled>().state, None);
    })
    .await;
}

#[tokio::test]
async fn a_bucket_on_the_last_page_of_the_account_s_list_is_found() {
    on_both(async |app| {
        let storage = Storage::of(app).await;
        storage.list_in_pages_of(2);
        for bucket in ["aaa", "bbb", "ccc", "ddd"] {
            storage.create(bucket);
        }
        let root = app.root();
        root.signed(&storage.request("PUT", "zzz")).await;
        storage.create("zzz");
        let found = reconcile(&root, "zzz").await.ok::<Settled>();
        assert_eq!(found.state, Some(BucketState::Active), "{found:?}");
        root.signed(&storage.request("DELETE", "zzz")).await;
        storage.delete("zzz");
        assert_eq!(reconcile(&root, "zzz").await.ok::<Settled>().state, None);
    })
    .await;
}

/// An application creates a bucket, dies, and returns to create grants on it.
#[tokio::test]
async fn a_grant_on_a_bucket_that_was_claimed_settles_it_first() {
    on_both(async |app| {
        let storage = Storage::of(app).await;
        let root = app.root();
        let grant = json!({ "permissions": ["read"] });
        let patch = json!({ "changes": [{ "subject": "ada", "put": grant }] });
        let line = |bucket: &str| {
            let line = json!({ "bucket": bucket, "subject": "ada", "permissions": ["read"] });
            root.request(Method::POST, "/v1/grants/import")
                .header("content-type", "application/x-ndjson")
                .body(line.to_string())
        };
        for bucket in ["one", "two", "three", "four"] {
            root.signed(&storage.request("PUT", bucket)).await;
            storage.create(bucket);
        }
        let rules = |bucket: &str| {
            let path = format!("/v1/buckets/{bucket}");
            root.request(Method::PATCH, &path).json(&json!({ "public_permissions": ["read"] }))
        };
        root.send(rules("four")).await.ok::<Value>();
        assert_eq!(state(&root, "four").await, BucketState::Active);
        root.put("/v1/buckets/one/grants/ada", &grant).await.ok::<Value>();
        let two = root.request(Method::PATCH, "/v1/buckets/two/grants").json(&patch);
        root.send(two).await.ok::<Value>();
        root.send(line("three")).await.ok::<Value>();
        for bucket in ["one", "two", "three"] {
            assert_eq!(state(&root, bucket).await, BucketState::Active, "{bucket}");
            app.ada().signed(&storage.request("GET", &format!("{bucket}/x"))).await;
        }

        // For a settled bucket the storage is not asked.
        let before = storage.questions();
        root.put("/v1/buckets/one/grants/bob", &grant).await.ok::<Value>();
        assert_eq!(storage.questions(), before);

        // A bucket that does not exist cannot have grants.
        root.signed(&storage.request("PUT", "never")).await;
        root.put("/v1/buckets/never/grants/ada", &grant).await.refused(404, "not_found");
        root.send(line("never")).await.refused(404, "not_found");
        root.signed(&storage.request("PUT", "never")).await;
        root.send(rules("never")).await.refused(404, "not_found");
    })
    .await;
}
