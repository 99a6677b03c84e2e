//! Bucket admins: users who administer the grants of a bucket or prefix, and hold no other
//! permission.

use reqwest::Method;
use sail_cargo_client::protocol::{GrantQuery, PageQuery, Permission, PutGrant};

use Permission::{Admin, Delete, Read, Write};

use crate::harness::{Actor, S3, on_both};

fn may(permissions: &[Permission]) -> PutGrant {
    PutGrant { permissions: permissions.iter().copied().collect(), ..PutGrant::default() }
}

fn whole() -> GrantQuery {
    GrantQuery::default()
}

async fn subjects(actor: &Actor) -> Vec<(String, String)> {
    let page = actor.cargo.grants("photos", &PageQuery::default()).await.unwrap();
    page.items.into_iter().map(|grant| (grant.prefix, grant.subject)).collect()
}

#[tokio::test]
async fn a_bucket_admin_gives_and_takes_grants_but_may_do_nothing_in_s3() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Admin]).await;
        let (ada, bob) = (app.ada(), app.bob());
        ada.cargo.put_grant("photos", "bob", &whole(), &may(&[Read])).await.unwrap();
        bob.signed(&S3::new("GET", "/photos/x")).await;
        let given = ada.cargo.grant("photos", "bob", &whole()).await.unwrap();
        assert_eq!(given.granted_by, "user:ada");
        ada.cargo.delete_grant("photos", "bob", &whole()).await.unwrap();
        bob.sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
        ada.sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
    })
    .await;
}

#[tokio::test]
async fn an_admin_of_a_prefix_rules_that_prefix_alone() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos/team/", "ada", &[Admin]).await;
        for place in ["photos", "photos/team/", "photos/team/x/", "photos/teams/"] {
            app.grant(place, "bob", &[Write]).await;
        }
        let ada = app.ada();
        for (prefix, allowed) in
            [("team/", true), ("team/x/", true), ("", false), ("teams/", false), ("te/", false)]
        {
            let path = format!("/v1/buckets/photos/grants/eve?prefix={prefix}");
            let answer = ada.put(&path, &may(&[Read])).await;
            if allowed {
                assert_eq!(answer.status, 200, "{prefix}");
                ada.delete(&path).await.done();
            } else {
                let problem = answer.refused(403, "no_permission");
                assert_eq!(problem.required, Some(Admin), "{prefix}");
                ada.get(&path).await.refused(403, "no_permission");
                ada.delete(&path).await.refused(403, "no_permission");
            }
        }
        let seen = [("team/", "ada"), ("team/", "bob"), ("team/x/", "bob")]
            .map(|(prefix, subject)| (prefix.to_owned(), subject.to_owned()));
        assert_eq!(subjects(&ada).await, seen, "what is beyond the prefix is not shown");
    })
    .await;
}

#[tokio::test]
async fn who_administers_nothing_learns_nothing() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "bob", &[Read, Write, Delete]).await;
        let body = may(&[Read]);
        for actor in [app.ada(), app.bob()] {
            for method in [Method::GET, Method::PUT, Method::DELETE] {
                let answer = async |bucket: &str| {
                    let path = format!("/v1/buckets/{bucket}/grants/bob");
                    let request = actor.request(method.clone(), &path).json(&body);
                    let problem = actor.send(request).await.refused(404, "not_found");
                    (problem.detail, problem.title)
                };
                assert_eq!(answer("photos").await, answer("nowhere").await, "{method}");
            }
            actor.get("/v1/buckets/photos/grants").await.refused(404, "not_found");
            actor.get("/v1/buckets/nowhere/grants").await.refused(404, "not_found");
        }
        app.root().put("/v1/buckets/nowhere/grants/bob", &body).await.refused(404, "not_found");
    })
    .await;
}
