//! Idempotent creation, changes and rotation of keys, and changes of projects.

use chrono::TimeDelta;
use reqwest::Method;
use sail_cargo_client::protocol::{
    ApiKey, CheckResponse, CreatedApiKey, Page, Permission, Project, Scope,
};
use serde_json::{Value, json};

use crate::harness::{Actor, S3, TestResponse, eventually, on_both};

async fn post(actor: &Actor, path: &str, key: &str, body: &Value) -> TestResponse {
    let request = actor.request(Method::POST, path).header("idempotency-key", key);
    actor.send(request.json(body)).await
}

#[tokio::test]
async fn a_key_is_made_once_for_an_idempotency_key_and_its_reply_is_sealed() {
    on_both(async |app| {
        let root = app.root();
        let body = json!({ "name": "ci" });
        let (one, other) = tokio::join!(
            post(&root, "/v1/api-keys", "deploy-7", &body),
            post(&root, "/v1/api-keys", "deploy-7", &body),
        );
        let (first, second): (CreatedApiKey, CreatedApiKey) = (one.ok(), other.ok());
        assert_eq!((one.status, other.status), (201, 201));
        assert_eq!(first.key, second.key);
        let replayed = [&one, &other].map(|answer| answer.header("idempotency-replayed") == "true");
        assert_eq!(replayed.iter().filter(|replayed| **replayed).count(), 1);
        let keys: Page<ApiKey> = root.get("/v1/api-keys").await.ok();
        assert_eq!(keys.items.iter().filter(|key| key.name == "ci").count(), 1);
        let secret = &first.key[first.key.len() - 40..];
        let dump = app.database.dump();
        assert!(!dump.windows(secret.len()).any(|window| window == secret.as_bytes()));

        let others = json!({ "name": "cd" });
        post(&root, "/v1/api-keys", "deploy-7", &others)
            .await
            .refused(422, "idempotency_key_reused");
        post(&root, "/v1/api-keys", "two words", &body).await.refused(400, "invalid_request");
        app.clock.advance(TimeDelta::hours(24));
        let later: CreatedApiKey = post(&root, "/v1/api-keys", "deploy-7", &body).await.ok();
        assert_ne!(later.key, first.key, "a reply is kept for a day");

        app.share().await;
        let operator = app.operator();
        let project = json!({ "slug": "twin", "store": "main" });
        let made: Project = post(&operator, "/v1/projects", "p", &project).await.ok();
        let again = post(&operator, "/v1/projects", "p", &project).await;
        assert_eq!((again.ok::<Project>(), again.status), (made, 201));
    })
    .await;
}

/// Rotation must not extend what a key may be used for.
#[tokio::test]
async fn a_key_that_was_made_for_an_hour_is_rotated_into_one_for_an_hour() {
    on_both(async |app| {
        let end = app.clock.now() + TimeDelta::hours(1);
        let short = json!({ "name": "job", "scopes": ["sign"], "expires_at": end });
        let old: CreatedApiKey = app.root().post("/v1/api-keys", &short).await.ok();
        app.clock.advance(TimeDelta::minutes(30));
        let rotate = format!("/v1/api-keys/{}/rotate", old.stored.id);
        let new: CreatedApiKey = app.root().post(&rotate, &json!({})).await.ok();
        assert_eq!(new.stored.expires_at, Some(end + TimeDelta::minutes(30)));

        let far = json!({ "name": "far", "expires_at": "+262142-12-31T23:59:59Z" });
        let operator = app.operator_in("sail");
        let far: CreatedApiKey = operator.post("/v1/api-keys", &far).await.ok();
        let rotate = format!("/v1/api-keys/{}/rotate", far.stored.id);
        let new: CreatedApiKey = operator.post(&rotate, &json!({})).await.ok();
        assert_eq!(new.stored.expires_at, Some(app.clock.now() + TimeDelta::days(365)));
    })
    .await;
}

#[tokio::test]
async fn a_rotated_key_goes_on_for_the_overlap_and_no_third_one_is_made() {
    on_both(async |app| {
        let root = app.root();
        let scopes = json!(["grants:read", "keys:read", "keys:write"]);
        let old: CreatedApiKey =
            root.post("/v1/api-keys", &json!({ "name": "app", "scopes": scopes })).await.ok();
        let rotate = format!("/v1/api-keys/{}/rotate", old.stored.id);
        let itself = app.with_key(&old.key);
        let new: CreatedApiKey = itself.post(&rotate, &json!({ "overlap_seconds": 60 })).await.ok();
        assert_eq!((&new.stored.family, &new.stored.scopes), (&old.stored.id, &old.stored.scopes));
        itself.post(&rotate, &json!({})).await.refused(409, "too_many_live_keys");
        let both = [itself, app.with_key(&new.key)];
        for key in &both {
            assert_eq!(key.get("/v1/buckets").await.status, 200);
        }
        app.clock.advance(TimeDelta::seconds(60));
        both[0].get("/v1/buckets").await.refused(401, "invalid_api_key");
        assert_eq!(both[1].get("/v1/buckets").await.status, 200);
        root.post(&rotate, &json!({})).await.refused(409, "key_not_live");

        let narrow: CreatedApiKey = root
            .post("/v1/api-keys", &json!({ "name": "narrow", "scopes": ["keys:write"] }))
            .await
            .ok();
        let wider = format!("/v1/api-keys/{}/rotate", new.stored.id);
        app.with_key(&narrow.key).post(&wider, &json!({})).await.refused(403, "scope_missing");
    })
    .await;
}

#[tokio::test]
async fn a_key_is_only_ever_made_less() {
    on_both(async |app| {
        let root = app.root();
        let made: CreatedApiKey = root
            .post("/v1/api-keys", &json!({ "name": "app", "scopes": ["sign", "check"] }))
            .await
            .ok();
        let path = format!("/v1/api-keys/{}", made.stored.id);
        let patch =
            async |body: Value| root.send(root.request(Method::PATCH, &path).json(&body)).await;
        patch(json!({ "scopes": ["sign", "audit:read"] })).await.refused(409, "key_widened");
        let later = made.stored.expires_at.unwrap() + TimeDelta::days(1);
        patch(json!({ "expires_at": later })).await.refused(409, "key_widened");
        patch(json!({ "expires_at": app.clock.now() })).await.refused(400, "invalid_request");
        patch(json!({ "name": "" })).await.refused(400, "invalid_request");
        let less: ApiKey = patch(json!({ "name": "less", "scopes": ["sign"] })).await.ok();
        assert_eq!((less.name.as_str(), &less.scopes), ("less", &[Scope::Sign].into()));
        let key = app.with_key(&made.key);
        key.post("/v1/check", &json!({ "action": "read", "bucket": "photos" }))
            .await
            .refused(403, "scope_missing");
        eventually("the use of the key is noted", async || {
            root.get(&path).await.ok::<ApiKey>().last_used_ip.as_deref() == Some("127.0.0.1")
        })
        .await;
        root.get("/v1/api-keys/000000000000").await.refused(404, "not_found");
        // A listing shows the state at its beginning.
        let begun: Page<ApiKey> = root.get("/v1/api-keys?page_size=1").await.ok();
        root.delete(&path).await.done();
        let token = begun.next_page_token.unwrap();
        let rest: Page<ApiKey> =
            root.get(&format!("/v1/api-keys?page_size=9&page_token={token}")).await.ok();
        let all: Vec<_> = begun.items.iter().chain(&rest.items).collect();
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|key| key.revoked_at.is_none()), "{all:?}");
    })
    .await;
}

#[tokio::test]
async fn a_suspended_project_refuses_and_its_defaults_count() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Write]).await;
        let operator = app.operator();
        let patch = async |body: Value| {
            operator.send(operator.request(Method::PATCH, "/v1/projects/sail").json(&body)).await
        };
        let get = S3::new("GET", "/photos/x");
        app.bob().sign(&get).await.refused(403, "no_permission");
        let project: Project = patch(json!({ "default_permissions": ["read"] })).await.ok();
        assert_eq!(project.default_permissions, [Permission::Read].into());
        app.bob().signed(&get).await;
        let suspended = patch(json!({ "status": "suspended" })).await;
        assert!(!suspended.header("revision").is_empty());
        app.bob().sign(&get).await.refused(403, "project_inactive");
        app.root().sign(&get).await.refused(403, "project_inactive");
        let question = json!({ "action": "read", "bucket": "photos" });
        let told: CheckResponse = app.ada().post("/v1/check", &question).await.ok();
        assert_eq!((told.decision, told.code.as_str()), (false, "project_inactive"));
        patch(json!({ "status": "active" })).await.ok::<Project>();
        app.bob().signed(&get).await;

        patch(json!({ "default_permissions": ["admin"] })).await.refused(400, "invalid_request");
        patch(json!({ "max_presign_seconds": 0 })).await.refused(400, "invalid_request");
        patch(json!({ "root_extra": ["Fly"] })).await.refused(400, "invalid_request");
        patch(json!({ "slug": "other" })).await.refused(400, "invalid_request");
        let root = app.root();
        let request = root.request(Method::PATCH, "/v1/projects/sail").json(&json!({}));
        root.send(request).await.refused(403, "operator_only");
    })
    .await;
}
