//! The permissions query: it agrees with what signing allows.

use sail_cargo_client::protocol::{
    BucketPermissions, GrantQuery, Page, Permission, PutBucket, PutGrant, SubjectKind,
};
use serde_json::json;

use crate::harness::{Actor, KEYS, on_both};
use Permission::{Admin, Delete, Read, Write};

async fn everywhere(actor: &Actor) -> Vec<BucketPermissions> {
    actor.cargo.permissions().await.unwrap().items
}

async fn in_photos(actor: &Actor) -> BucketPermissions {
    let page: Page<_> = actor.cargo.permissions_in("photos").await.unwrap();
    assert_eq!((page.items.len(), &page.next_page_token), (1, &None));
    page.items.into_iter().next().unwrap()
}

#[tokio::test]
async fn users_see_their_own_permissions_by_bucket_and_prefix() {
    on_both(async |app| {
        app.register("photos").await;
        app.register("letters").await;
        app.register("songs").await;
        app.grant("photos", "ada", &[Read]).await;
        app.grant("photos/inbox/", "ada", &[Read, Write]).await;
        app.grant("photos/inbox/", "bob", &[Delete]).await;
        app.grant("letters/ada/", "ada", &[Admin]).await;

        let held = everywhere(&app.ada()).await;
        assert_eq!(
            json!(held),
            json!([
                { "bucket": "letters", "permissions": [],
                  "prefixes": [{ "prefix": "ada/", "permissions": ["admin"] }] },
                { "bucket": "photos", "permissions": ["read"],
                  "prefixes": [{ "prefix": "inbox/", "permissions": ["read", "write"] }] },
            ])
        );
        assert_eq!(in_photos(&app.ada()).await, held[1]);
        assert_eq!(everywhere(&app.user("eve")).await, []);
    })
    .await;
}

#[tokio::test]
async fn groups_everybody_and_the_public_count_and_the_ceiling_caps_them() {
    on_both(async |app| {
        let rules = PutBucket {
            public_permissions: [Read].into(),
            ceiling: Some([Read, Write].into()),
            ..PutBucket::default()
        };
        app.root().cargo.put_bucket("photos", &rules).await.unwrap();
        for (subject, kind, permission) in
            [("crew", SubjectKind::TokenGroup, Write), ("*", SubjectKind::Authenticated, Delete)]
        {
            let query = GrantQuery { kind, ..GrantQuery::default() };
            let grant = PutGrant { permissions: [permission].into(), ..PutGrant::default() };
            app.root().cargo.put_grant("photos", subject, &query, &grant).await.unwrap();
        }
        assert_eq!(
            in_photos(&app.user_in("ada", &["crew"])).await.permissions,
            [Read, Write].into()
        );
        assert_eq!(in_photos(&app.bob()).await.permissions, [Read].into());
        assert_eq!(in_photos(&app.root()).await.permissions, [Read, Write].into());
    })
    .await;
}

#[tokio::test]
async fn grants_that_are_over_are_not_held() {
    on_both(async |app| {
        app.register("photos").await;
        let expires_at = Some(app.clock.now() + chrono::TimeDelta::minutes(1));
        let grant = PutGrant { permissions: [Read].into(), expires_at, ..PutGrant::default() };
        let query = GrantQuery::default();
        app.root().cargo.put_grant("photos", "ada", &query, &grant).await.unwrap();
        let ada = app.ada();
        assert_eq!(in_photos(&ada).await.permissions, [Read].into());
        app.clock.advance(chrono::TimeDelta::minutes(1));
        assert!(in_photos(&ada).await.permissions.is_empty());
        assert_eq!(everywhere(&ada).await, []);
    })
    .await;
}

#[tokio::test]
async fn absent_and_not_yours_read_the_same() {
    on_both(async |app| {
        app.register("photos").await;
        let held = async |bucket: &str| {
            let answer = app.ada().get(&format!("/v1/permissions?bucket={bucket}")).await;
            assert_eq!(answer.status, 200);
            answer.body.replace(bucket, "…")
        };
        assert_eq!(held("photos").await, held("nowhere").await);
        let answer = app.ada().get("/v1/permissions?bucket=NO").await;
        assert_eq!(answer.refused(400, "invalid_request").errors[0].pointer, "bucket");
    })
    .await;
}

#[tokio::test]
async fn another_projects_user_of_the_same_name_is_somebody_else() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Read]).await;
        app.make_neighbour("other").await;
        let namesake = app.token("ada").claim("projectId", "other").signed_by(&KEYS[0]);
        assert_eq!(everywhere(&app.with_token(&namesake)).await, []);
    })
    .await;
}
