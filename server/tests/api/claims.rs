//! Buckets whose creation or deletion was signed: who holds the name, and until when.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use chrono::TimeDelta;
use sail_cargo_client::protocol::{Bucket, BucketState, Permission, Settled, Store};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Actor, Answer, S3, TestApp, on_both};

/// A storage that knows which buckets there are, and nothing else. Whether it would take the
/// signatures is for the storages to say that verify them (`tests/main_job`).
struct Storage {
    url: String,
    buckets: Arc<Mutex<BTreeSet<String>>>,
}

impl Storage {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let buckets = Arc::new(Mutex::new(BTreeSet::new()));
        let shared = buckets.clone();
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(answer(connection, shared.clone()));
            }
        });
        Self { url, buckets }
    }

    fn create(&self, bucket: &str) {
        self.buckets.lock().unwrap().insert(bucket.to_owned());
    }

    fn delete(&self, bucket: &str) {
        self.buckets.lock().unwrap().remove(bucket);
    }

    fn request(&self, method: &str, bucket: &str) -> S3 {
        let mut request = S3::new(method, "/");
        request.0.url = format!("{}/{bucket}", self.url);
        request
    }
}

async fn answer(mut connection: TcpStream, buckets: Arc<Mutex<BTreeSet<String>>>) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        match connection.read_buf(&mut request).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
    }
    let text = String::from_utf8_lossy(&request).into_owned();
    let path = text.split(' ').nth(1).unwrap();
    let bucket = path.split('?').next().unwrap().trim_matches('/').to_owned();
    let (status, body) = {
        let there = buckets.lock().unwrap();
        let names = there.iter().map(|name| format!("<Bucket><Name>{name}</Name></Bucket>"));
        if bucket.is_empty() {
            ("200 OK", format!("<L><Buckets>{}</Buckets></L>", names.collect::<String>()))
        } else if there.contains(&bucket) {
            ("200 OK", "<ListBucketResult/>".to_owned())
        } else {
            ("404 Not Found", "<Error><Code>NoSuchBucket</Code></Error>".to_owned())
        }
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    connection.write_all((head + &body).as_bytes()).await.ok();
}

/// Moves the store `main` to a storage that is there.
async fn at(app: &TestApp) -> Storage {
    let storage = Storage::start().await;
    let mut store = app.store();
    store.endpoints.truncate(1);
    store.endpoints[0].url.clone_from(&storage.url);
    app.operator().put("/v1/stores/main?no_probe=true", &store).await.ok::<Store>();
    storage
}

async fn settle(actor: &Actor, bucket: &str, claim: &str, outcome: &str) -> Option<BucketState> {
    let body = json!({ "claim": claim, "outcome": outcome });
    actor.post(&format!("/v1/buckets/{bucket}/settle"), &body).await.ok::<Settled>().state
}

async fn reconcile(actor: &Actor, bucket: &str) -> Answer {
    actor.post(&format!("/v1/buckets/{bucket}/reconcile"), &json!({})).await
}

async fn state(actor: &Actor, bucket: &str) -> BucketState {
    actor.get(&format!("/v1/buckets/{bucket}")).await.ok::<Bucket>().state
}

#[tokio::test]
async fn a_creation_is_claimed_confirmed_and_released() {
    on_both(async |app| {
        let storage = at(app).await;
        let root = app.root();
        let neighbour = app.with_key(&app.make_project("neighbour", "main").await);
        let create = storage.request("PUT", "fresh");
        let claim = root.signed(&create).await.claim.unwrap().id;
        assert_eq!(state(&root, "fresh").await, BucketState::Claimed);
        neighbour.sign(&create).await.refused(403, "foreign_bucket");
        let grant = json!({ "permissions": ["read"] });
        root.put("/v1/buckets/fresh/grants/ada", &grant).await.refused(404, "not_found");
        assert_eq!(
            settle(&root, "fresh", "no-such-claim", "done").await,
            Some(BucketState::Claimed)
        );
        assert_eq!(settle(&root, "fresh", &claim, "done").await, Some(BucketState::Active));
        assert_eq!(settle(&root, "fresh", &claim, "refused").await, Some(BucketState::Active));

        // Two attempts: only when the last of them was refused is the name given up.
        let create = storage.request("PUT", "taken");
        let first = root.signed(&create).await.claim.unwrap().id;
        let second = root.signed(&create).await.claim.unwrap().id;
        assert_eq!(settle(&root, "taken", &second, "refused").await, Some(BucketState::Claimed));
        assert_eq!(settle(&root, "taken", &first, "refused").await, None);
        neighbour.signed(&create).await;
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
        let storage = at(app).await;
        let root = app.root();
        let neighbour = app.with_key(&app.make_project("neighbour", "main").await);
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        let (create, delete) =
            (storage.request("PUT", "photos"), storage.request("DELETE", "photos"));
        let get = storage.request("GET", "photos/x");
        let claim = root.signed(&delete).await.claim.unwrap().id;
        assert_eq!(state(&root, "photos").await, BucketState::Deleting);
        app.ada().signed(&get).await;
        neighbour.sign(&create).await.refused(403, "foreign_bucket");
        assert_eq!(settle(&root, "photos", &claim, "refused").await, Some(BucketState::Active));
        app.ada().signed(&get).await;

        let claim = root.signed(&delete).await.claim.unwrap().id;
        assert_eq!(settle(&root, "photos", &claim, "done").await, None);
        app.ada().sign(&get).await.refused(403, "no_permission");
        let claim = root.signed(&create).await.claim.unwrap().id;
        settle(&root, "photos", &claim, "done").await;
        app.ada().sign(&get).await.refused(403, "no_permission");
        root.get("/v1/buckets/photos/grants/ada").await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn an_app_that_died_in_between_is_reconciled_by_a_look_at_the_storage() {
    on_both(async |app| {
        let storage = at(app).await;
        let root = app.root();
        let settled = async |bucket: &str| reconcile(&root, bucket).await.ok::<Settled>().state;

        // Created, and never confirmed: the next use finds it.
        root.signed(&storage.request("PUT", "made")).await;
        storage.create("made");
        root.signed(&storage.request("GET", "made/x")).await;
        assert_eq!(state(&root, "made").await, BucketState::Active);

        // Never created: the claim stands while the signature could still be used.
        root.signed(&storage.request("PUT", "never")).await;
        assert_eq!(settled("never").await, Some(BucketState::Claimed));
        app.clock.advance(TimeDelta::minutes(21));
        let root = app.root();
        assert_eq!(reconcile(&root, "never").await.ok::<Settled>().state, None);
        reconcile(&root, "never").await.refused(404, "not_found");

        // Deleted, and never confirmed: found by whoever creates it next.
        app.grant("made", "ada", &[Permission::Read]).await;
        root.signed(&storage.request("DELETE", "made")).await;
        storage.delete("made");
        let claim = root.signed(&storage.request("PUT", "made")).await.claim;
        assert!(claim.is_some());
        assert_eq!(state(&root, "made").await, BucketState::Claimed);
        root.get("/v1/buckets/made/grants/ada").await.refused(404, "not_found");

        // Not deleted, and the deletion may still be on its way: nobody creates it now.
        app.register("kept").await;
        storage.create("kept");
        app.grant("kept", "ada", &[Permission::Read]).await;
        root.signed(&storage.request("DELETE", "kept")).await;
        root.sign(&storage.request("PUT", "kept")).await.refused(403, "bucket_unsettled");
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
async fn a_name_that_another_project_left_behind_is_looked_for_before_it_is_given_on() {
    on_both(async |app| {
        let storage = at(app).await;
        let neighbour = app.with_key(&app.make_project("neighbour", "main").await);
        let (gone, there) = (storage.request("PUT", "gone"), storage.request("PUT", "there"));
        app.root().signed(&gone).await;
        app.root().signed(&there).await;
        storage.create("there");
        neighbour.sign(&gone).await.refused(403, "foreign_bucket");
        app.clock.advance(TimeDelta::minutes(21));
        neighbour.signed(&gone).await;
        neighbour.sign(&there).await.refused(403, "foreign_bucket");
        assert_eq!(state(&app.root(), "there").await, BucketState::Active);
        app.root().get("/v1/buckets/gone").await.refused(404, "not_found");
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
        root.signed(&create).await;
        reconcile(&root, "fresh").await.refused(502, "storage_unreachable");
        assert_eq!(state(&root, "fresh").await, BucketState::Claimed);
        let mut get = S3::new("GET", "/");
        get.0.url = "http://127.0.0.1:1/fresh/x".to_owned();
        root.sign(&get).await.refused(403, "foreign_bucket");
    })
    .await;
}
