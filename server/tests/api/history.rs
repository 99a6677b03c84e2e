//! The change log, with entries of every version.

use sail_cargo_database::testing::diesel;
use std::time::Duration;

use diesel::deserialize::QueryableByName;
use diesel::sql_types::{BigInt, Binary};
use reqwest::Method;
use sail_cargo_client::protocol::{Bucket, Change, Changes, Grant, Page, Permission};
use serde_json::{Value, json};

use crate::harness::{Kind, S3, TestApp, eventually, on_both};

#[derive(QueryableByName)]
struct Body {
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Binary)]
    body: Vec<u8>,
}

const PROJECT: &str = "project_id = (SELECT id FROM project WHERE slug = 'sail')";

fn bodies(app: &TestApp) -> Vec<Body> {
    let query = format!("SELECT revision, body FROM change WHERE {PROJECT} ORDER BY revision");
    app.database.rows(&query)
}

fn literal(kind: Kind, bytes: &[u8]) -> String {
    match kind {
        Kind::Sqlite => format!("x'{}'", hex::encode(bytes)),
        Kind::Postgres => format!("'\\x{}'::bytea", hex::encode(bytes)),
    }
}

/// Replaces the body of a change.
fn rewrite(app: &TestApp, revision: i64, body: &[u8]) {
    let body = literal(app.database.kind(), body);
    app.database.execute(&format!(
        "UPDATE change SET body = {body} WHERE revision = {revision} AND {PROJECT}"
    ));
}

/// The body as a release of layout 2 wrote it: the same rows, with the fields of each in
/// alphabetical order.
fn in_layout_2(body: &[u8]) -> Vec<u8> {
    let mut body: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(body["v"], 7);
    body["v"] = 2.into();
    serde_json::to_vec(&body).unwrap()
}

/// Creates, changes and deletes rows of every kind.
async fn live(app: &TestApp) {
    let root = app.root();
    app.register("photos").await;
    app.grant("photos", "ada", &[Permission::Read]).await;
    app.grant("photos", "ada", &[Permission::Write]).await;
    root.put("/v1/buckets/photos", &json!({ "labels": { "team": "web" } })).await.ok::<Bucket>();
    root.put("/v1/groups/crew/members/eve", &json!({})).await.ok::<Value>();
    let key = app.key([sail_cargo_client::protocol::Scope::Sign]).await;
    let suspend = json!({ "max_presign_seconds": 600 });
    let patch = app.operator().request(Method::PATCH, "/v1/projects/sail").json(&suspend);
    assert_eq!(app.operator().send(patch).await.status, 200);
    app.clock.advance(chrono::TimeDelta::days(1));
    root.delete("/v1/buckets/photos/grants/ada").await.done();
    root.delete("/v1/groups/crew/members/eve").await.done();
    root.delete(&format!("/v1/api-keys/{}", key.stored.id)).await.done();
}

#[tokio::test]
async fn what_the_version_before_wrote_is_told_and_undone_as_it_was() {
    on_both(async |app| {
        let start = app.clock.now();
        live(app).await;
        let (root, then) = (app.root(), start + chrono::TimeDelta::hours(1));
        let answers = async || {
            let mut answers = vec![root.get("/v1/changes?page_size=1000").await.body];
            for list in ["/v1/grants", "/v1/buckets/photos/grants"] {
                let request = root.request(Method::GET, list);
                let answer = root.send(request.query(&[("at", then.to_rfc3339())])).await;
                assert_eq!(answer.status, 200, "{}", answer.body);
                answers.push(answer.body);
            }
            answers
        };
        let new = answers().await;
        assert!(new[1].contains("\"ada\""), "{}", new[1]);
        for Body { revision, body } in bodies(app) {
            rewrite(app, revision, &in_layout_2(&body));
        }
        assert_eq!(answers().await, new);
    })
    .await;
}

#[tokio::test]
async fn of_the_first_version_is_told_what_was_done_and_nothing_undone() {
    on_both(async |app| {
        app.register("photos").await;
        let start = app.clock.now();
        app.clock.advance(chrono::TimeDelta::minutes(1));
        app.grant("photos", "ada", &[Permission::Read]).await;
        let root = app.root();
        let Body { revision, .. } = bodies(app).pop().unwrap();
        rewrite(app, revision, br#"{"v":1,"kind":"grant.put"}"#);
        let feed: Changes = root.get("/v1/changes?page_size=1000").await.ok();
        let last = feed.items.last().unwrap();
        assert_eq!((last.revision, &*last.kind, last.rows.len()), (revision, "grant.put", 0));
        let request = root.request(Method::GET, "/v1/grants");
        let past = root.send(request.query(&[("at", start.to_rfc3339())])).await;
        past.refused(410, "history_gone");
    })
    .await;
}

/// Writes a change of a later version: it deletes every grant, and its body has an unknown format.
fn change_by_a_newer_version(app: &TestApp) {
    let body = literal(app.database.kind(), br#"{"v":8,"rows":{"grants":"none"}}"#);
    let hash = literal(app.database.kind(), &[7; 32]);
    let now = app.clock.now().timestamp_micros();
    app.database.execute(&format!(
        "BEGIN;
         INSERT INTO change (project_id, revision, at, actor_kind, actor, request_id, kind, body, \
             prev_hash, hash)
         SELECT project_id, revision + 1, {now}, 'operator', 'operator', 'r', 'grant.delete', {body}, \
             chain_hash, {hash} FROM project_head WHERE {PROJECT};
         DELETE FROM grant_;
         UPDATE project_head SET revision = revision + 1, chain_hash = {hash} WHERE {PROJECT};
         COMMIT"
    ));
}

#[tokio::test]
async fn what_a_newer_version_wrote_is_named_and_what_it_did_counts() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        let (root, ada, get) = (app.root(), app.ada(), S3::new("GET", "/photos/x"));
        let warm = async || {
            eventually("a signature without a query", async || {
                let before = app.sees.database().queries();
                root.sign(&get).await.status == 200 && app.sees.database().queries() == before
            })
            .await;
        };
        ada.signed(&get).await;
        warm().await;
        let start = app.clock.now();
        let known: Changes = root.get("/v1/changes?page_size=1000").await.ok();
        app.clock.advance(chrono::TimeDelta::minutes(1));
        change_by_a_newer_version(app);

        eventually("it counts", async || ada.sign(&get).await.status == 403).await;
        // The cache is filled from the rows, and keeps working.
        warm().await;
        let page: Page<Grant> = root.get("/v1/grants").await.ok();
        assert_eq!(page.items, []);

        let after = format!("/v1/changes?after={}", known.next);
        root.get(&after).await.refused(503, "history_newer");
        let events = root.request(Method::GET, &after).header("accept", "text/event-stream");
        root.send(events).await.refused(503, "history_newer");
        let past = root.request(Method::GET, "/v1/grants");
        let past = root.send(past.query(&[("at", start.to_rfc3339())])).await;
        past.refused(503, "history_newer");
        // Earlier changes are still listed, and new changes can be made.
        let before: Changes = root.get("/v1/changes?page_size=1000").await.ok();
        assert_eq!((before.items, before.more), (known.items, true));
        app.grant("photos", "ada", &[Permission::Read]).await;
        ada.signed(&get).await;
        let next: Changes = root.get(&format!("/v1/changes?after={}", known.next + 1)).await.ok();
        assert_eq!(next.items.len(), 1);
    })
    .await;
}

/// A listener at the time of the change gets it from the same code.
#[tokio::test]
async fn a_stream_ends_where_a_newer_version_goes_on() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let known: Changes = root.get("/v1/changes?page_size=1000").await.ok();
        let request = root.request(Method::GET, &format!("/v1/changes?after={}", known.next));
        let mut stream = request.header("accept", "text/event-stream").send().await.unwrap();
        let mut text = String::new();
        let mut changed = false;
        while let Some(chunk) =
            tokio::time::timeout(Duration::from_secs(30), stream.chunk()).await.unwrap().unwrap()
        {
            text.push_str(std::str::from_utf8(&chunk).unwrap());
            if !changed {
                changed = true;
                change_by_a_newer_version(app);
            }
        }
        assert!(text.contains("event: problem") && text.contains("history_newer"), "{text}");
        assert!(!text.contains("\"kind\":\"grant.delete\""));
    })
    .await;
}

#[tokio::test]
async fn each_row_is_told_in_the_words_of_the_wire() {
    on_both(async |app| {
        live(app).await;
        let changes: Changes = app.root().get("/v1/changes?page_size=1000").await.ok();
        let sides = |change: &Change| {
            change
                .rows
                .iter()
                .map(|row| (row.row.clone(), row.before.clone(), row.after.clone()))
                .collect::<Vec<_>>()
        };
        // The log's own format, which earlier releases pass on unchanged.
        for (change, Body { revision, body }) in changes.items.iter().zip(bodies(app)) {
            let body: Value = serde_json::from_slice(&body).unwrap();
            let logged: Vec<_> = body["rows"]
                .as_array()
                .unwrap()
                .iter()
                .map(|row| {
                    let side = |name: &str| row.get(name).cloned();
                    (row["row"].as_str().unwrap().to_owned(), side("before"), side("after"))
                })
                .collect();
            assert_eq!((change.revision, sides(change)), (revision, logged));
        }
    })
    .await;
}
