//! Buckets: registered by the application, visible to users who hold a permission in them.

use sail_cargo_client::protocol::{Bucket, Page, PageQuery, Permission, PutBucket};
use serde_json::{Value, json};

use Permission::{Read, Write};

use crate::harness::{Actor, Kind, S3, TestApp, eventually, on_both};

async fn names(actor: &Actor) -> Vec<String> {
    let page = actor.cargo.buckets(&PageQuery::default()).await.unwrap();
    page.items.into_iter().map(|bucket| bucket.name).collect()
}

#[tokio::test]
async fn a_registered_bucket_is_closed_to_everybody_and_has_no_ceiling() {
    on_both(async |app| {
        let made: Bucket = app.root().put("/v1/buckets/photos", &json!({})).await.ok();
        assert_eq!(made.name, "photos");
        assert!(made.public_permissions.is_empty());
        assert_eq!(made.ceiling.len(), 4);
        assert_eq!(app.root().cargo.bucket("photos").await.unwrap(), made);
        app.ada().sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
    })
    .await;
}

#[tokio::test]
async fn putting_it_again_replaces_its_rules_and_keeps_its_birth() {
    on_both(async |app| {
        let put = async |body: Value| app.root().put("/v1/buckets/photos", &body).await;
        let first: Bucket = put(json!({})).await.ok();
        let public: Bucket = put(json!({ "public_permissions": ["read"] })).await.ok();
        assert_eq!(public.public_permissions, [Read].into());
        assert_eq!(public.created_revision, first.created_revision);
        let third: Bucket = put(json!({})).await.ok();
        assert_eq!(third, first, "what is left out is reset");
    })
    .await;
}

#[tokio::test]
async fn anybody_lowers_a_ceiling_and_only_an_operator_lifts_it() {
    on_both(async |app| {
        let ceiling = |words: Value| json!({ "ceiling": words });
        let path = "/v1/buckets/photos";
        app.register("photos").await;
        let low: Bucket = app.root().put(path, &ceiling(json!(["write", "read"]))).await.ok();
        assert_eq!(low.ceiling, [Read, Write].into());
        let kept: Bucket = app.root().put(path, &json!({})).await.ok();
        assert_eq!(kept, low, "a ceiling that is left out stays");

        let lifted = ceiling(json!(["read", "write", "delete"]));
        app.root().put(path, &lifted).await.refused(409, "bucket_frozen");
        app.root().delete(path).await.refused(409, "bucket_frozen");
        let operator = app.operator_in("sail");
        let lifted: Bucket = operator.put(path, &lifted).await.ok();
        assert_eq!(lifted.ceiling.len(), 3);
        operator.delete(path).await.done();
    })
    .await;
}

#[tokio::test]
async fn in_a_shared_account_an_operator_gives_out_the_names() {
    on_both(async |app| {
        app.register("old").await;
        app.share().await;

        app.root().put("/v1/buckets/photos", &json!({})).await.refused(409, "account_shared");
        app.root().sign(&S3::new("PUT", "/photos")).await.refused(403, "foreign_bucket");
        app.root().put("/v1/buckets/old", &json!({})).await.ok::<Bucket>();
        app.operator_in("sail").put("/v1/buckets/photos", &json!({})).await.ok::<Bucket>();
        app.root().signed(&S3::new("PUT", "/photos")).await;
    })
    .await;
}

#[tokio::test]
async fn public_permissions_are_for_every_user_and_the_ceiling_for_everyone() {
    on_both(async |app| {
        let (get, put) = (S3::new("GET", "/photos/x"), S3::new("PUT", "/photos/x"));
        let rules = |public: &[Permission], ceiling: &[Permission]| PutBucket {
            public_permissions: public.iter().copied().collect(),
            ceiling: Some(ceiling.iter().copied().collect()),
            ..PutBucket::default()
        };
        let set =
            |rules| async move { app.root().cargo.put_bucket("photos", &rules).await.unwrap() };
        set(rules(&[Read], &[Read, Write])).await;
        app.bob().signed(&get).await;
        app.bob().sign(&put).await.refused(403, "no_permission");
        app.root().signed(&put).await;

        set(rules(&[Read], &[Read])).await;
        app.grant("photos", "bob", &[Write]).await;
        app.bob().signed(&get).await;
        app.bob().sign(&put).await.refused(403, "no_permission");
        let frozen = app.root().sign(&put).await.refused(403, "bucket_frozen");
        assert_eq!(frozen.required, Some(Write));

        set(rules(&[Read], &[])).await;
        app.bob().sign(&get).await.refused(403, "no_permission");
        app.root().sign(&get).await.refused(403, "bucket_frozen");
    })
    .await;
}

#[tokio::test]
async fn only_the_application_registers_and_forgets() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Admin]).await;
        let body = json!({});
        app.ada().put("/v1/buckets/letters", &body).await.refused(403, "root_only");
        app.ada().put("/v1/buckets/photos", &body).await.refused(403, "root_only");
        app.ada().delete("/v1/buckets/photos").await.refused(403, "root_only");
        let problem =
            app.operator().put("/v1/buckets/photos", &body).await.refused(400, "invalid_request");
        assert_eq!(problem.errors[0].pointer, "X-Project", "an operator says for which project");
    })
    .await;
}

#[tokio::test]
async fn users_see_the_buckets_in_which_they_may_do_anything() {
    on_both(async |app| {
        for bucket in ["archive", "letters", "photos", "songs"] {
            app.register(bucket).await;
        }
        app.grant("photos", "ada", &[Read]).await;
        app.grant("letters/ada/", "ada", &[Write]).await;
        let public = json!({ "public_permissions": ["read"] });
        app.root().put("/v1/buckets/archive", &public).await.ok::<Bucket>();

        assert_eq!(names(&app.ada()).await, ["archive", "letters", "photos"]);
        assert_eq!(names(&app.bob()).await, ["archive"]);
        assert_eq!(names(&app.root()).await, ["archive", "letters", "photos", "songs"]);
        assert_eq!(app.ada().cargo.bucket("photos").await.unwrap().name, "photos");
    })
    .await;
}

#[tokio::test]
async fn absent_and_not_yours_read_the_same() {
    on_both(async |app| {
        app.register("photos").await;
        let detail = async |bucket: &str| {
            let answer = app.ada().get(&format!("/v1/buckets/{bucket}")).await;
            answer.refused(404, "not_found").detail
        };
        assert_eq!(detail("photos").await, detail("nowhere").await);
        let sign = async |bucket: &str| {
            let answer = app.ada().sign(&S3::new("GET", &format!("/{bucket}/x"))).await;
            answer.refused(403, "no_permission").detail.replace(bucket, "…")
        };
        assert_eq!(sign("photos").await, sign("nowhere").await);
    })
    .await;
}

#[tokio::test]
async fn a_listing_comes_in_pages_that_fit_together() {
    on_both(async |app| {
        let all: Vec<String> = (0..7).map(|number| format!("bucket-{number}")).collect();
        for bucket in &all {
            app.register(bucket).await;
            app.grant(bucket, "ada", &[Read]).await;
        }
        for actor in [app.root(), app.ada()] {
            for size in [1, 3, 7, 1000] {
                assert_eq!(walk(&actor, size).await, all, "pages of {size}");
            }
        }
    })
    .await;
}

/// The items of a listing, page by page to its end.
async fn walk(actor: &Actor, size: u32) -> Vec<String> {
    let (mut found, mut page_token) = (Vec::new(), None);
    loop {
        let query = PageQuery { page_size: Some(size), page_token };
        let page: Page<Bucket> = actor.cargo.buckets(&query).await.unwrap();
        assert!(page.items.len() <= size as usize);
        found.extend(page.items.into_iter().map(|bucket| bucket.name));
        match page.next_page_token {
            Some(token) => page_token = Some(token),
            None => return found,
        }
    }
}

#[tokio::test]
async fn within_a_store_a_name_is_one_projects() {
    on_both(async |app| {
        app.register("photos").await;
        app.share().await;
        app.make_project("neighbour", "main").await;
        let neighbour = app.operator_in("neighbour");
        let stranger = app.with_key(&app.make_neighbour("stranger").await);

        neighbour.put("/v1/buckets/photos", &json!({})).await.refused(409, "bucket_taken");
        assert_eq!(stranger.put("/v1/buckets/photos", &json!({})).await.status, 200);

        app.root().delete("/v1/buckets/photos").await.done();
        assert_eq!(neighbour.put("/v1/buckets/photos", &json!({})).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_bucket_takes_its_grants_along() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Read]).await;
        app.ada().signed(&S3::new("GET", "/photos/x")).await;

        app.root().delete("/v1/buckets/photos").await.done();
        app.root().delete("/v1/buckets/photos").await.done();
        app.root().get("/v1/buckets/photos").await.refused(404, "not_found");

        app.register("photos").await;
        app.ada().sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
    })
    .await;
}

async fn refusal(app: &TestApp, bucket: &str, body: Value) -> String {
    let answer = app.root().put(&format!("/v1/buckets/{bucket}"), &body).await;
    answer.refused(400, "invalid_request").errors[0].pointer.clone()
}

#[tokio::test]
async fn what_cannot_be_a_bucket_is_refused() {
    on_both(async |app| {
        let odd =
            ["ab", "-ab", "ab.", ".minio.sys", "192.168.5.4", "xn--abc", "a%2Fb", "a%5Cb", "%20"];
        for name in odd.into_iter().chain(["abc--op-s3", "abc--use1-az5--xa-s3"]) {
            assert_eq!(refusal(app, name, json!({})).await, "bucket", "{name}");
        }
        let admin = json!({ "public_permissions": ["admin"] });
        assert_eq!(refusal(app, "photos", admin).await, "/public_permissions");
    })
    .await;
}

/// The name was valid when the bucket was registered. The rest of the project must keep working.
#[tokio::test]
async fn a_bucket_whose_name_s3_has_taken_since_can_be_looked_at_and_forgotten() {
    on_both(async |app| {
        app.register("photos").await;
        app.register("alias").await;
        let another_past = match app.database.kind() {
            Kind::Sqlite => "UPDATE project_head SET chain_hash = x'07'",
            Kind::Postgres => "UPDATE project_head SET chain_hash = '\\x07'",
        };
        let rename = "UPDATE bucket SET name = 'alias--op-s3' WHERE name = 'alias'";
        app.database.execute(&format!("{rename}; {another_past}"));
        let root = app.root();
        let taken = "/v1/buckets/alias--op-s3";
        eventually("it is known", async || root.get(taken).await.status == 200).await;
        root.signed(&S3::new("GET", "/photos/x")).await;
        root.sign(&S3::new("GET", "/alias--op-s3/x")).await.refused(400, "bucket");
        let listed: Page<Bucket> = root.get("/v1/buckets").await.ok();
        let names: Vec<_> = listed.items.iter().map(|bucket| bucket.name.as_str()).collect();
        assert_eq!(names, ["alias--op-s3", "photos"]);
        root.put(taken, &json!({})).await.refused(400, "invalid_request");
        root.delete(taken).await.done();
        root.get(taken).await.refused(404, "not_found");
    })
    .await;
}
