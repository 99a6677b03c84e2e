//! Whoever administers a bucket does so by a personal API key, within its limits.

use super::*;

async fn give(actor: &Actor, place: &str) -> TestResponse {
    let (bucket, prefix) = place.split_once('/').unwrap();
    let path = format!("/v1/buckets/{bucket}/grants/bob?prefix={prefix}");
    actor.put(&path, &json!({ "permissions": ["read"] })).await
}

#[tokio::test]
async fn a_personal_key_administers_what_its_user_does_within_its_limits() {
    on_both(async |app| {
        app.register("photos").await;
        app.register("notes").await;
        app.grant("photos", "ada", &[Permission::Admin, Permission::Read]).await;
        app.grant("notes", "ada", &[Permission::Admin]).await;
        let ada = signed_in(app, "ada", 0);
        let of = async |limits: Value| bearer(app, &make(&ada, limits).await);

        let all = of(json!({})).await;
        for place in ["photos/", "notes/", "photos/in/"] {
            assert_eq!(give(&all, place).await.status, 200, "{place}");
        }
        let one = of(json!({ "buckets": ["photos"] })).await;
        assert_eq!(give(&one, "photos/").await.status, 200);
        give(&one, "notes/").await.refused(404, "not_found");
        one.get("/v1/buckets/notes/grants").await.refused(404, "not_found");
        one.get("/v1/buckets/photos/grants").await.ok::<Value>();
        one.get("/v1/buckets/photos/access").await.ok::<Value>();
        one.get("/v1/buckets/notes/access").await.refused(404, "not_found");
        let below = of(json!({ "prefixes": ["in/"] })).await;
        assert_eq!(give(&below, "photos/in/").await.status, 200);
        give(&below, "photos/").await.refused(403, "no_permission");
        below.get("/v1/buckets/photos/access").await.refused(403, "no_permission");
        let reader = of(json!({ "permissions": ["read"] })).await;
        give(&reader, "photos/").await.refused(404, "not_found");
        let bulk = reader.request(Method::PATCH, "/v1/buckets/photos/grants");
        reader.send(bulk.json(&json!({ "changes": [] }))).await.refused(404, "not_found");

        // What is the application's stays so, and the record names the key.
        all.put("/v1/buckets/more", &json!({})).await.refused(403, "root_only");
        all.get("/v1/audit-events").await.refused(403, "root_only");
        all.get("/v1/changes").await.refused(403, "root_only");
        let grant = app.root().get("/v1/buckets/photos/grants").await;
        assert!(grant.body.contains("\"granted_by\":\"user:ada\""), "{}", grant.body);
        let query = AuditQuery { action: Some("grant.put".to_owned()), ..AuditQuery::default() };
        let events = app.root().cargo.audit_events(&query).await.unwrap().items;
        let by_ada = events.iter().filter(|event| event.actor == "user:ada");
        assert!(by_ada.into_iter().all(|event| event.via_key.is_some()));
    })
    .await;
}

#[tokio::test]
async fn a_personal_key_administers_nothing_any_more_when_its_user_does_not() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Admin]).await;
        app.grant("photos", "eve", &[Permission::Admin]).await;
        let key = bearer(app, &make(&signed_in(app, "ada", 0), json!({})).await);
        assert_eq!(give(&key, "photos/").await.status, 200);
        app.root().delete("/v1/buckets/photos/grants/ada").await.done();
        give(&key, "photos/").await.refused(404, "not_found");
    })
    .await;
}
