//! Every change increments the revision, and a hash chain reveals tampering.

use diesel::deserialize::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Text};
use futures_util::future::join_all;
use sail_cargo_client::protocol::{Grant, Permission};
use sail_cargo_database::testing::diesel;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::harness::{S3, TestApp, on_both};
use sail_cargo_server::domain::Revision;

#[derive(QueryableByName)]
struct Change {
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Binary)]
    body: Vec<u8>,
    #[diesel(sql_type = Binary)]
    prev_hash: Vec<u8>,
    #[diesel(sql_type = Binary)]
    hash: Vec<u8>,
}

fn changes(app: &TestApp) -> Vec<Change> {
    app.database.rows("SELECT revision, kind, body, prev_hash, hash FROM change ORDER BY revision")
}

async fn revision(app: &TestApp) -> i64 {
    let token = app.root().signed(&S3::new("GET", "/photos/x")).await.revision;
    Revision::parse(&token).unwrap().number()
}

#[tokio::test]
async fn a_change_is_one_revision_and_no_change_is_none() {
    on_both(async |app| {
        app.register("photos").await;
        let path = "/v1/buckets/photos/grants/ada";
        let read = json!({ "permissions": ["read"] });
        let start = revision(app).await;

        let first: Grant = app.root().put(path, &read).await.ok();
        assert_eq!(first.updated_revision, start + 1);
        let again: Grant = app.root().put(path, &read).await.ok();
        assert_eq!(again, first);
        let second: Grant = app.root().put(path, &json!({ "permissions": ["write"] })).await.ok();
        assert_eq!((second.created_revision, second.updated_revision), (start + 1, start + 2));

        app.root().delete("/v1/buckets/photos/grants/nobody").await.done();
        app.root().delete("/v1/buckets/nowhere").await.done();
        app.register("photos").await;
        app.root().delete("/v1/api-keys/000000000000").await.done();
        app.root().put("/v1/buckets/nowhere/grants/ada", &read).await.refused(404, "not_found");
        app.ada().sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
        assert_eq!(revision(app).await, start + 2);

        app.root().delete(path).await.done();
        assert_eq!(revision(app).await, start + 3);
    })
    .await;
}

#[tokio::test]
async fn changes_made_at_once_are_dense_and_chained() {
    on_both(async |app| {
        app.register("photos").await;
        let users: Vec<String> = (0..24).map(|number| format!("user-{number}")).collect();
        join_all(users.iter().map(|user| app.grant("photos", user, &[Permission::Read]))).await;

        let changes = changes(app);
        assert_eq!(changes.iter().filter(|change| change.kind == "grant.put").count(), 24);
        let mut previous = vec![0; 32];
        for (position, change) in (1..).zip(&changes) {
            assert_eq!(change.revision, position, "no gaps");
            assert_eq!(change.prev_hash, previous, "revision {position}");
            let hash = Sha256::new().chain_update(&previous).chain_update(&change.body).finalize();
            assert_eq!(change.hash, hash.to_vec(), "revision {position}");
            previous.clone_from(&change.hash);
        }
    })
    .await;
}

#[tokio::test]
async fn projects_count_for_themselves() {
    on_both(async |app| {
        app.register("photos").await;
        let before = revision(app).await;
        let other = app.with_key(&app.make_neighbour("other").await);
        other.put("/v1/buckets/letters", &json!({})).await;
        assert_eq!(revision(app).await, before);
    })
    .await;
}
