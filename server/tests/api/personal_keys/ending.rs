//! What ends personal API keys, and what they lose with their user.

use super::*;

/// §5: a personal key outlives no grant.
#[tokio::test]
async fn a_personal_key_does_not_outlive_a_lost_grant() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        let member = "/v1/groups/staff/members/ada";
        app.root().put(member, &json!({})).await.ok::<Value>();
        let group = "/v1/buckets/photos/grants/staff?kind=group";
        let write = json!({ "permissions": ["write"] });
        app.root().put(group, &write).await.ok::<Value>();
        let made = make(&signed_in(app, "ada", 0), json!({})).await;
        let replica = app.replica(Setup::Usual).await;
        let (here, put) = (bearer(app, &made), S3::new("PUT", "/photos/x"));
        let there = here.at(&replica);
        for key in [&here, &there] {
            key.signed(&get("x")).await;
            key.signed(&put).await;
        }
        app.root().delete("/v1/buckets/photos/grants/ada").await.done();
        here.sign(&get("x")).await.refused(403, "no_permission");
        eventually("the replica knows", async || there.sign(&get("x")).await.status == 403).await;
        here.signed(&put).await;
        app.root().delete(member).await.done();
        here.sign(&put).await.refused(403, "no_permission");
        eventually("the replica knows", async || there.sign(&put).await.status == 403).await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        here.signed(&get("x")).await;
        replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_personal_key_ends_as_it_is_revoked_put_out_of_use_narrowed_or_over() {
    on_both(async |app| {
        app.register("photos").await;
        app.register("notes").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        app.grant("notes", "ada", &[Permission::Read]).await;
        let ada = signed_in(app, "ada", 0);
        let made = make(&ada, json!({})).await;
        let (key, whoami) = (bearer(app, &made), "/v1/whoami");
        key.signed(&get("x")).await;
        patch(&ada, &made, json!({ "buckets": ["notes"] })).await.ok::<AccessKey>();
        key.sign(&get("x")).await.refused(403, "key_limits");
        patch(&ada, &made, json!({ "buckets": ["photos"] })).await.refused(409, "key_widened");
        patch(&ada, &made, json!({ "status": "disabled" })).await.ok::<AccessKey>();
        key.get(whoami).await.refused(401, NOBODY);
        let active = patch(&ada, &made, json!({ "status": "active" })).await;
        assert_eq!(active.ok::<AccessKey>().status, AccessKeyStatus::Active);
        key.get(whoami).await.ok::<Whoami>();

        let rotate = RotateAccessKey { overlap_seconds: Some(3600), expires_at: None };
        let rotated = ada.post(&format!("{}/rotate", path(&made)), &rotate).await;
        let rotated: CreatedAccessKey = rotated.ok();
        assert_eq!(rotated.stored.kind, AccessKeyKind::Token);
        assert_eq!(
            rotated.stored.limits,
            serde_json::from_value(json!({ "buckets": ["notes"] })).unwrap()
        );
        assert_eq!(rotated.stored.family, made.stored.family);
        let next = bearer(app, &rotated);
        next.signed(&S3::new("GET", "/notes/x")).await;
        key.get(whoami).await.ok::<Whoami>();
        app.clock.advance(TimeDelta::hours(1));
        key.get(whoami).await.refused(401, NOBODY);
        next.get(whoami).await.ok::<Whoami>();
        signed_in(app, "ada", 0).delete(&path(&rotated)).await.done();
        next.get(whoami).await.refused(401, NOBODY);
    })
    .await;
}

#[tokio::test]
async fn a_personal_key_of_a_suspended_project_lets_nobody_in() {
    on_both(async |app| {
        let made = make(&signed_in(app, "ada", 0), json!({})).await;
        let key = bearer(app, &made);
        key.get("/v1/whoami").await.ok::<Whoami>();
        let patch = app.operator().request(Method::PATCH, "/v1/projects/sail");
        let suspended = json!({ "status": "suspended" });
        app.operator().send(patch.json(&suspended)).await.ok::<Value>();
        key.get("/v1/whoami").await.refused(401, NOBODY);
    })
    .await;
}
