//! Grants: their subjects, places, permissions and times.

use chrono::TimeDelta;
use sail_cargo_client::protocol::{
    Grant, GrantQuery, Page, PageQuery, Permission, PutGrant, SubjectKind,
};
use serde_json::{Value, json};

use Permission::{Delete, Read, Write};

use crate::harness::{S3, TestApp, on_both};

const ADA: &str = "/v1/buckets/photos/grants/ada";

fn may(permissions: &[Permission]) -> PutGrant {
    PutGrant { permissions: permissions.iter().copied().collect(), ..PutGrant::default() }
}

fn below(prefix: &str) -> GrantQuery {
    GrantQuery { prefix: prefix.to_owned(), ..GrantQuery::default() }
}

async fn subjects(app: &TestApp) -> Vec<(String, String)> {
    let page = app.root().cargo.grants("photos", &PageQuery::default()).await.unwrap();
    page.items.into_iter().map(|grant| (grant.prefix, grant.subject)).collect()
}

#[tokio::test]
async fn a_grant_is_given_read_replaced_and_taken() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let new = json!({ "permissions": ["write", "read"], "reason": "on call" });
        let given: Grant = root.put(ADA, &new).await.ok();
        assert_eq!((given.bucket.as_str(), given.subject.as_str()), ("photos", "ada"));
        assert_eq!(given.permissions, [Read, Write].into());
        assert_eq!(given.reason.as_deref(), Some("on call"));
        assert_eq!(given.granted_by, format!("key:{}", &app.secrets.root_key[10..22]));
        assert_eq!(root.get(ADA).await.ok::<Grant>(), given);

        let replaced: Grant = root.put(ADA, &json!({ "permissions": ["read"] })).await.ok();
        assert_eq!((replaced.reason, replaced.permissions.len()), (None, 1), "reset");
        assert_eq!(replaced.created_revision, given.created_revision);

        root.delete(ADA).await.done();
        root.delete(ADA).await.done();
        root.get(ADA).await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn what_a_grant_no_longer_says_is_cleared() {
    on_both(async |app| {
        app.register("photos").await;
        let (root, now) = (app.root(), app.clock.now());
        let full = PutGrant {
            not_before: Some(now + TimeDelta::hours(1)),
            expires_at: Some(now + TimeDelta::hours(2)),
            reason: Some("on call".to_owned()),
            ..may(&[Read])
        };
        for put in [&full, &may(&[Read])] {
            root.cargo.put_grant("photos", "ada", &below(""), put).await.unwrap();
            let grant: Grant = root.get(ADA).await.ok();
            assert_eq!(
                (grant.not_before, grant.expires_at, grant.reason),
                (put.not_before, put.expires_at, put.reason.clone())
            );
        }
        app.ada().signed(&S3::new("GET", "/photos/x")).await;
    })
    .await;
}

#[tokio::test]
async fn a_grant_works_from_the_next_request_on_and_so_does_its_end() {
    on_both(async |app| {
        app.register("photos").await;
        let (ada, get) = (app.ada(), S3::new("GET", "/photos/x"));
        ada.sign(&get).await.refused(403, "no_permission");
        app.grant("photos", "ada", &[Read]).await;
        ada.signed(&get).await;
        app.root().delete(ADA).await.done();
        ada.sign(&get).await.refused(403, "no_permission");
    })
    .await;
}

#[tokio::test]
async fn a_grant_counts_from_its_first_instant_to_just_before_its_last() {
    on_both(async |app| {
        app.register("photos").await;
        let now = app.clock.now();
        let hour = TimeDelta::minutes(20);
        let grant = PutGrant {
            not_before: Some(now + hour),
            expires_at: Some(now + hour * 2),
            ..may(&[Read])
        };
        app.root().cargo.put_grant("photos", "ada", &below(""), &grant).await.unwrap();
        let (ada, get) = (app.ada(), S3::new("GET", "/photos/x"));
        ada.sign(&get).await.refused(403, "no_permission");
        app.clock.advance(hour);
        ada.signed(&get).await;
        app.clock.advance(hour - TimeDelta::microseconds(1));
        ada.signed(&get).await;
        app.clock.advance(TimeDelta::microseconds(1));
        ada.sign(&get).await.refused(403, "no_permission");
    })
    .await;
}

#[tokio::test]
async fn groups_authenticated_and_public_are_subjects_too() {
    on_both(async |app| {
        for bucket in ["crew-only", "users", "open"] {
            app.register(bucket).await;
        }
        let give = async |bucket: &str, subject: &str, kind| {
            let query = GrantQuery { kind, ..GrantQuery::default() };
            app.root().cargo.put_grant(bucket, subject, &query, &may(&[Read])).await.unwrap()
        };
        give("crew-only", "crew", SubjectKind::TokenGroup).await;
        give("users", "*", SubjectKind::Authenticated).await;
        let public = give("open", "*", SubjectKind::Public).await;
        assert_eq!((public.kind, public.subject.as_str()), (SubjectKind::Public, "*"));

        let (member, user) = (app.user_in("ada", &["crew"]), app.user("crew"));
        member.signed(&S3::new("GET", "/crew-only/x")).await;
        user.sign(&S3::new("GET", "/crew-only/x")).await.refused(403, "no_permission");
        user.signed(&S3::new("GET", "/users/x")).await;
        user.signed(&S3::new("GET", "/open/x")).await;
        app.anon().sign(&S3::new("GET", "/open/x")).await.refused(401, "missing_credentials");
    })
    .await;
}

#[tokio::test]
async fn the_same_name_in_another_kind_or_prefix_is_another_grant() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let group = GrantQuery { kind: SubjectKind::Group, ..GrantQuery::default() };
        root.cargo.put_grant("photos", "ada", &below(""), &may(&[Read])).await.unwrap();
        root.cargo.put_grant("photos", "ada", &below("a/"), &may(&[Write])).await.unwrap();
        root.cargo.put_grant("photos", "ada", &group, &may(&[Delete])).await.unwrap();
        root.cargo.delete_grant("photos", "ada", &below("")).await.unwrap();
        let rest = root.cargo.grants("photos", &PageQuery::default()).await.unwrap().items;
        let rest: Vec<_> = rest.iter().map(|grant| (grant.kind, grant.prefix.as_str())).collect();
        assert_eq!(rest, [(SubjectKind::Group, ""), (SubjectKind::User, "a/")]);
    })
    .await;
}

#[tokio::test]
async fn subjects_are_compared_byte_for_byte() {
    on_both(async |app| {
        app.register("photos").await;
        let names = [
            "ada",
            "Ada",
            "ada ",
            "a/b",
            "a+b",
            "100%",
            "ünï",
            "auth0|1",
            "https://i.example/u?1#2",
            "*",
        ];
        for name in names {
            app.grant("photos", name, &[Read]).await;
        }
        assert_eq!(subjects(app).await.len(), names.len());
        for name in names {
            let grant = app.root().cargo.grant("photos", name, &below("")).await.unwrap();
            assert_eq!(grant.subject, name);
            app.user(name).signed(&S3::new("GET", "/photos/x")).await;
        }
        app.user("ADA").sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
    })
    .await;
}

#[tokio::test]
async fn a_listing_comes_in_pages_that_fit_together() {
    on_both(async |app| {
        app.register("photos").await;
        for (prefix, user) in [("", "b"), ("", "a"), ("x/", "a"), ("x/", "c"), ("x/y/", "a")] {
            app.grant(&format!("photos/{prefix}"), user, &[Read]).await;
        }
        let whole = subjects(app).await;
        for size in [1, 2, 4] {
            let (mut found, mut page_token) = (Vec::new(), None);
            loop {
                let query = PageQuery { page_size: Some(size), page_token };
                let page: Page<Grant> = app.root().cargo.grants("photos", &query).await.unwrap();
                found.extend(page.items.into_iter().map(|grant| (grant.prefix, grant.subject)));
                page_token = page.next_page_token;
                if page_token.is_none() {
                    break;
                }
            }
            assert_eq!(found, whole, "pages of {size}");
        }
    })
    .await;
}

async fn refused(app: &TestApp, path: &str, body: &Value) -> String {
    let problem = app.root().put(path, body).await.refused(400, "invalid_request");
    assert!(problem.detail.starts_with(&problem.errors[0].pointer), "{}", problem.detail);
    problem.errors[0].pointer.clone()
}

#[tokio::test]
async fn what_cannot_be_a_grant_is_refused() {
    on_both(async |app| {
        app.register("photos").await;
        let read = json!({ "permissions": ["read"] });
        let at = |query: &str| format!("{ADA}?{query}");
        let everybody = |kind: &str| format!("/v1/buckets/photos/grants/*?kind={kind}");
        let admin = json!({ "permissions": ["admin"] });
        let long = json!({ "permissions": ["read"], "reason": "x".repeat(501) });
        let odd = json!({ "permissions": ["read"], "reason": "a\u{0}b" });
        let backwards = json!({
            "permissions": ["read"],
            "not_before": "2027-02-01T00:00:00Z", "expires_at": "2027-01-01T00:00:00Z",
        });
        for (path, body, pointer) in [
            (ADA.to_owned(), json!({ "permissions": [] }), "/permissions"),
            (ADA.to_owned(), json!({ "permissions": ["fly"] }), "/permissions/0"),
            (ADA.to_owned(), json!({ "permissions": "read" }), "/permissions"),
            (ADA.to_owned(), long, "/reason"),
            (ADA.to_owned(), odd, "/reason"),
            (ADA.to_owned(), backwards, "/expires_at"),
            (at("prefix=team"), read.clone(), "prefix"),
            (at("prefix=../"), read.clone(), "prefix"),
            (at("prefix=/"), read.clone(), "prefix"),
            // Some storages read these as `team/`.
            (at("prefix=/team/"), read.clone(), "prefix"),
            (at("prefix=team//"), read.clone(), "prefix"),
            (at("prefix=team%5C/"), read.clone(), "prefix"),
            (at("kind=public"), read.clone(), "subject"),
            (everybody("public"), admin.clone(), "/permissions"),
            (everybody("authenticated"), admin, "/permissions"),
            (at("kind=robot"), read.clone(), "query"),
            (at("prefiks=team/"), read.clone(), "query"),
            ("/v1/buckets/photos/grants/%00".to_owned(), read, "subject"),
        ] {
            assert_eq!(refused(app, &path, &body).await, pointer, "{path} {body:.80}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_misspelt_field_is_an_error_and_never_a_grant_for_ever() {
    on_both(async |app| {
        app.register("photos").await;
        let typo = json!({ "permissions": ["read"], "expire_at": "2027-01-16T00:00:00Z" });
        let problem = app.root().put(ADA, &typo).await.refused(400, "invalid_request");
        assert!(problem.detail.contains("expire_at"), "{}", problem.detail);
        app.root().get(ADA).await.refused(404, "not_found");
    })
    .await;
}
