//! What Cargo writes holds, whatever it is and however much.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use reqwest::Method;

use super::*;
use crate::harness::{KEYS, Proof, Setup, on_both_with};

/// Makes changes of many kinds, by everybody who can.
async fn live_in_every_way(app: &TestApp) {
    let (root, operator) = (app.root(), app.operator_in("sail"));
    let send = async |actor: &Actor, method: Method, path: &str, body: Value| {
        let answer = actor.send(actor.request(method, path).json(&body)).await;
        assert!(answer.status < 300, "{path}: {}", answer.body);
        serde_json::from_str::<Value>(&answer.body).unwrap_or_default()
    };
    let (put, post) = (Method::PUT, Method::POST);
    let (patch, delete) = (Method::PATCH, Method::DELETE);
    send(&root, put.clone(), "/v1/buckets/photos", json!({})).await;
    send(&operator, put.clone(), "/v1/buckets/photos", json!({ "labels": { "ä": "\u{1F98A}" } }))
        .await;
    app.grant("photos", "ada", &[Permission::Admin]).await;
    let read = json!({ "permissions": ["read"], "reason": "«a\\b\u{2028}\"" });
    // A user for whom the application asks.
    let through = app.actor(&Proof {
        key: Some(app.secrets.root_key.clone()),
        token: Some(app.token("ada").signed_by(&KEYS[0])),
        project: None,
    });
    for actor in [&app.ada(), &through] {
        send(actor, put.clone(), "/v1/buckets/photos/grants/j%C3%B6rg?prefix=a/", read.clone())
            .await;
        send(actor, delete.clone(), "/v1/buckets/photos/grants/j%C3%B6rg?prefix=a/", json!({}))
            .await;
    }
    let put_list = json!({ "permissions": ["list"] });
    let grants = json!({ "changes": [{ "kind": "group", "subject": "crew", "put": put_list }] });
    send(&root, patch.clone(), "/v1/buckets/photos/grants", grants).await;
    let line = r#"{"bucket":"photos","prefix":"in/","subject":"bob","permissions":["read"]}"#;
    let import = root.request(post.clone(), "/v1/grants/import");
    let import = import.header("content-type", "application/x-ndjson").body(line);
    assert_eq!(root.send(import).await.status, 200);
    send(&root, put.clone(), "/v1/groups/crew/members/eve", json!({})).await;
    send(&root, delete.clone(), "/v1/groups/crew/members/eve", json!({})).await;
    for (path, new) in [
        ("/v1/api-keys", json!({ "name": "n", "scopes": ["sign"] })),
        ("/v1/access-keys", json!({ "name": "n", "user": "ada" })),
    ] {
        let made = send(&root, post.clone(), path, new).await;
        let id = made.get("id").or_else(|| made.get("access_key_id")).unwrap();
        let path = format!("{path}/{}", id.as_str().unwrap());
        send(&root, patch.clone(), &path, json!({ "name": "m" })).await;
        send(&root, post.clone(), &format!("{path}/rotate"), json!({})).await;
        send(&root, delete.clone(), &path, json!({})).await;
    }
    send(&root, post.clone(), "/v1/users/ada/sessions/end", json!({})).await;
    send(&root, post.clone(), "/v1/accounts", json!({ "username": "dora" })).await;
    send(&root, patch.clone(), "/v1/accounts/dora", json!({ "status": "disabled" })).await;
    send(&root, delete.clone(), "/v1/accounts/dora", json!({})).await;
    let rules = json!({ "max_presign_seconds": 600 });
    send(&app.operator(), patch, "/v1/projects/sail", rules).await;
    app.clock.advance(TimeDelta::days(1));
    send(&root, delete, "/v1/buckets/photos", json!({})).await;
}

/// The kinds of the changes above.
const KINDS: [&str; 22] = [
    "access_key.create",
    "access_key.patch",
    "access_key.revoke",
    "access_key.rotate",
    "account.create",
    "account.delete",
    "account.patch",
    "bucket.forget",
    "bucket.put",
    "bucket.register",
    "grant.delete",
    "grant.import",
    "grant.patch",
    "grant.put",
    "key.create",
    "key.patch",
    "key.revoke",
    "key.rotate",
    "member.delete",
    "member.put",
    "project.patch",
    "user.end_sessions",
];

#[tokio::test]
async fn every_kind_of_change_is_in_a_chain_that_holds() {
    on_both_with(Setup::Accounts, async |app| {
        let (fresh, _) = whole(app).await;
        live_in_every_way(app).await;
        let (all, length) = whole(app).await;
        assert!(length > 25, "{all:?}");
        let feed = app.root().get("/v1/changes?page_size=1000").await.json();
        let changes = feed["items"].as_array().unwrap();
        let kinds: BTreeSet<_> =
            changes.iter().map(|change| change["kind"].as_str().unwrap()).collect();
        for kind in KINDS {
            assert!(kinds.contains(kind), "{kind} in {kinds:?}");
        }
        assert!(changes.iter().any(|change| change["via_key"].is_string()));
        // A head of any time is in it still.
        for head in [&fresh.next, &all.next] {
            assert!(verify(app, &format!("head={head}")).await.holds, "{head}");
            let rest = verify(app, &format!("after={head}")).await;
            assert!(rest.holds && !rest.more, "{rest:?}");
        }
    })
    .await;
}

/// Adds changes to the end of the log, as Cargo writes them.
fn lengthen(app: &TestApp, by: i64) {
    use std::fmt::Write as _;
    let template = links(app, 1).pop().unwrap();
    let mut last =
        Sha256::new().chain_update(&template.prev_hash).chain_update(&template.body).finalize();
    let bytes = |bytes: &[u8]| literal(app.database.kind(), bytes);
    let mut sql = "BEGIN;".to_owned();
    let mut body: Value = serde_json::from_slice(&template.body).unwrap();
    for revision in template.revision + 1..=template.revision + by {
        body["revision"] = revision.into();
        let text = serde_json::to_vec(&body).unwrap();
        let hash = Sha256::new().chain_update(last).chain_update(&text).finalize();
        let (text, previous, own) = (bytes(&text), bytes(&last), bytes(&hash));
        write!(
            sql,
            "INSERT INTO change SELECT project_id, {revision}, at, actor_kind, actor, via_key, \
             request_id, kind, {text}, {previous}, {own} FROM change \
             WHERE {PROJECT} AND revision = {};",
            template.revision
        )
        .unwrap();
        last = hash;
    }
    let (own, end) = (bytes(&last), template.revision + by);
    write!(
        sql,
        "UPDATE project_head SET revision = {end}, chain_hash = {own} WHERE {PROJECT}; COMMIT;"
    )
    .unwrap();
    app.database.execute(&sql);
}

/// More than one query reads.
#[tokio::test]
async fn a_long_chain_is_read_to_its_end() {
    on_both(async |app| {
        let (_, few) = whole(app).await;
        lengthen(app, 1200);
        let (_, length) = whole(app).await;
        assert_eq!(length, few + 1200);
        let part = verify(app, "page_size=777").await;
        assert_eq!((part.holds, part.changes, part.more), (true, 777, true));
        set(app, 1111, "request_id = 'another'");
        let broken = verify(app, &format!("after={}", part.next)).await;
        assert_eq!((broken.verified_revision, broken.changes, broken.more), (1110, 333, false));
        assert_eq!(broken.broken.unwrap().revision, 1111);
    })
    .await;
}
