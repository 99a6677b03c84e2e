//! API keys: shown once, never wider than the key that created them, refused once revoked.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use reqwest::Method;
use sail_cargo_client::protocol::{ApiKey, CreateApiKey, CreatedApiKey, Page, PageQuery, Scope};
use serde_json::{Value, json};

use crate::harness::{S3, on_both};

fn page() -> PageQuery {
    PageQuery::default()
}

#[tokio::test]
async fn a_key_is_shown_once_and_only_its_hash_is_kept() {
    on_both(async |app| {
        let answer = app.root().post("/v1/api-keys", &json!({ "name": "worker" })).await;
        assert_eq!(answer.status, 201);
        let made: CreatedApiKey = answer.ok();
        let secret = made.key.rsplit('_').next().unwrap();
        assert!(made.key.starts_with(&format!("cgok_live_{}_", made.stored.id)));
        assert_eq!(made.stored.scopes, BTreeSet::from([Scope::GrantsRead]), "by default");
        assert_eq!(made.stored.expires_at, Some(app.clock.now() + TimeDelta::days(365)));

        let listed = app.root().get("/v1/api-keys").await;
        assert!(listed.body.contains(&made.stored.id) && !listed.body.contains(secret));
        let dump = app.database.dump();
        let stored = |text: &str| dump.windows(text.len()).any(|bytes| bytes == text.as_bytes());
        assert!(stored(&made.stored.id) && !stored(secret) && !stored(&hex::encode(secret)));
    })
    .await;
}

#[tokio::test]
async fn a_listing_names_every_key_and_who_made_it() {
    on_both(async |app| {
        let made = app.key([Scope::AuditRead]).await;
        let Page { items, next_page_token, .. } = app.root().cargo.api_keys(&page()).await.unwrap();
        assert_eq!((items.len(), next_page_token), (2, None));
        let stored = |id: &str| items.iter().find(|key| key.id == id).unwrap();
        assert_eq!(*stored(&made.stored.id), made.stored);
        let root = &app.secrets.root_key[10..22];
        assert_eq!(made.stored.created_by, format!("key:{root}"));
        assert_eq!(stored(root).created_by, "operator");
    })
    .await;
}

/// For each scope, one route that requires it.
const DOORS: [(Scope, &str, &str); 6] = [
    (Scope::Sign, "POST", "/v1/sign"),
    (Scope::GrantsRead, "GET", "/v1/buckets/photos/grants"),
    (Scope::GrantsWrite, "PUT", "/v1/buckets/photos/grants/bob"),
    (Scope::KeysRead, "GET", "/v1/api-keys"),
    (Scope::KeysWrite, "DELETE", "/v1/api-keys/000000000000"),
    (Scope::AuditRead, "GET", "/v1/audit-events"),
];

fn body_for(path: &str) -> Value {
    match path {
        "/v1/sign" => json!(S3::new("GET", "/photos/cat.png").0),
        _ => json!({ "permissions": ["read"] }),
    }
}

#[tokio::test]
async fn a_scope_opens_its_own_door_and_no_other() {
    on_both(async |app| {
        app.register("photos").await;
        for (scope, _, _) in DOORS {
            let holder = app.with_key(&app.key([scope]).await.key);
            for (needed, method, path) in DOORS {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let request = holder.request(method, path).json(&body_for(path));
                let answer = holder.send(request).await;
                if needed == scope {
                    assert!(answer.status < 300, "{scope:?} {path}: {}", answer.body);
                } else {
                    answer.refused(403, "scope_missing");
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_key_makes_no_wider_and_no_longer_lived_key_than_itself() {
    on_both(async |app| {
        let end = app.clock.now() + TimeDelta::days(1);
        let create = |scopes: &[Scope], expires_at| CreateApiKey {
            name: "child".to_owned(),
            scopes: Some(scopes.iter().copied().collect()),
            expires_at,
            project: None,
        };
        let parent = create(&[Scope::KeysWrite, Scope::Sign], Some(end));
        let parent = app.root().cargo.create_api_key(&parent).await.unwrap();
        let parent = app.with_key(&parent.key);

        let wider = create(&[Scope::Sign, Scope::AuditRead], Some(end));
        parent.post("/v1/api-keys", &wider).await.refused(403, "scope_missing");
        for expires_at in [end + TimeDelta::seconds(1), app.clock.now()] {
            let longer = create(&[Scope::Sign], Some(expires_at));
            let problem =
                parent.post("/v1/api-keys", &longer).await.refused(400, "invalid_request");
            assert_eq!(problem.errors[0].pointer, "/expires_at");
        }
        for expires_at in [None, Some(end)] {
            let child = create(&[Scope::Sign], expires_at);
            let child: CreatedApiKey = parent.post("/v1/api-keys", &child).await.ok();
            assert_eq!(child.stored.expires_at, Some(end));
        }
    })
    .await;
}

#[tokio::test]
async fn a_revoked_key_is_nobody_at_once_and_for_ever() {
    on_both(async |app| {
        let made = app.key([Scope::GrantsRead]).await;
        let holder = app.with_key(&made.key);
        assert_eq!(holder.get("/v1/whoami").await.status, 200);

        app.root().cargo.delete_api_key(&made.stored.id).await.unwrap();
        holder.get("/v1/whoami").await.refused(401, "invalid_api_key");

        app.clock.advance(TimeDelta::hours(1));
        app.root().cargo.delete_api_key(&made.stored.id).await.unwrap();
        let keys = app.root().cargo.api_keys(&page()).await.unwrap().items;
        let revoked = keys.iter().find(|key| key.id == made.stored.id).unwrap();
        assert_eq!(revoked.revoked_at, Some(app.clock.now() - TimeDelta::hours(1)), "the first");
    })
    .await;
}

#[tokio::test]
async fn a_key_ends_when_it_was_said_to_end() {
    on_both(async |app| {
        let expires_at = app.clock.now() + TimeDelta::hours(1);
        let new = json!({ "name": "brief", "scopes": ["grants:read"], "expires_at": expires_at });
        let made: CreatedApiKey = app.root().post("/v1/api-keys", &new).await.ok();
        let holder = app.with_key(&made.key);
        app.clock.advance(TimeDelta::hours(1) - TimeDelta::microseconds(1));
        assert_eq!(holder.get("/v1/whoami").await.status, 200);
        app.clock.advance(TimeDelta::microseconds(1));
        holder.get("/v1/whoami").await.refused(401, "invalid_api_key");
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_not_exactly_right_is_wrong() {
    on_both(async |app| {
        let key = &app.secrets.root_key;
        let other = app.key([Scope::Sign]).await.key;
        let (id, rest) = (&key[..23], &key[23..]);
        for wrong in [
            "cgok_".to_owned(),
            "cgok_live_000000000000_".to_owned(),
            key[..key.len() - 1].to_owned(),
            format!("{key}0"),
            key.to_uppercase(),
            format!("{id}{}", &other[23..]),
            format!("{}{rest}", &other[..23]),
            rest.to_owned(),
        ] {
            app.with_key(&wrong).get("/v1/whoami").await.refused(401, "invalid_api_key");
        }
        let bearer = app.with_token(key);
        assert_eq!(bearer.get("/v1/whoami").await.status, 200, "a key may come as a bearer");
    })
    .await;
}

#[tokio::test]
async fn another_projects_key_sees_nothing_and_touches_nothing() {
    on_both(async |app| {
        app.register("photos").await;
        let key = app.key([Scope::GrantsRead]).await;
        let stranger = app.with_key(&app.make_neighbour("other").await);

        assert_eq!(stranger.get("/v1/buckets").await.json()["items"], json!([]));
        stranger.get("/v1/buckets/photos").await.refused(404, "not_found");
        stranger.get("/v1/buckets/photos/grants").await.refused(404, "not_found");
        stranger.sign(&S3::new("GET", "/photos/cat.png")).await.refused(403, "foreign_bucket");
        stranger.delete("/v1/buckets/photos").await.done();
        stranger.delete(&format!("/v1/api-keys/{}", key.stored.id)).await.done();

        let keys: Page<ApiKey> = stranger.get("/v1/api-keys").await.ok();
        assert_eq!(keys.items.len(), 1, "its own");
        assert_eq!(app.with_key(&key.key).get("/v1/buckets/photos").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn users_have_nothing_to_do_with_keys() {
    on_both(async |app| {
        app.ada().get("/v1/api-keys").await.refused(403, "root_only");
        app.ada().post("/v1/api-keys", &json!({ "name": "x" })).await.refused(403, "root_only");
        app.ada().delete("/v1/api-keys/000000000000").await.refused(403, "root_only");
    })
    .await;
}

#[tokio::test]
async fn a_key_for_another_project_is_an_operators_to_make() {
    on_both(async |app| {
        app.make_neighbour("other").await;
        for slug in ["other", "nowhere"] {
            let new = json!({ "name": "x", "project": slug });
            let problem =
                app.root().post("/v1/api-keys", &new).await.refused(400, "invalid_request");
            assert_eq!(problem.errors[0].pointer, "/project");
        }
        let new = json!({ "name": "x", "project": "sail" });
        assert_eq!(app.root().post("/v1/api-keys", &new).await.status, 201);
        assert_eq!(app.operator().post("/v1/api-keys", &new).await.status, 201);
        let nameless = json!({ "name": "x" });
        let problem =
            app.operator().post("/v1/api-keys", &nameless).await.refused(400, "invalid_request");
        assert_eq!(problem.errors[0].pointer, "X-Project");
    })
    .await;
}
