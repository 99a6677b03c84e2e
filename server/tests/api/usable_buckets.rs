//! The buckets that a caller can use: the same from the cache as from the database, and no query where they
//! are remembered.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use chrono::TimeDelta;
use reqwest::Method;
use sail_cargo_client::protocol::{Permission, Scope};
use sail_cargo_server::cache::{BucketRange, MAX_STALENESS};
use sail_cargo_server::domain::{
    AccessKeyHolder, AccessKeyId, AccessKeyKind, BucketName, Caller, Context, KeyHolder, KeyId,
    KeyLimits, Origin, Prefix, ProjectId, SubjectId, User,
};
use sail_cargo_server::service::{Service, ServiceError};
use serde_json::json;

use crate::harness::{S3, Setup, TestApp, eventually, on_both};

const BUCKETS: [&str; 7] = ["alpha", "alpha-2", "bravo", "charlie", "delta", "echo", "foxtrot"];

/// Buckets that are given to ada, a group, everybody, everybody with a token, a group of tokens, and nobody;
/// one whose creation is not settled.
async fn give(app: &TestApp) {
    for bucket in BUCKETS {
        app.register(bucket).await;
    }
    let root = app.root();
    for bucket in ["alpha/home/", "alpha-2"] {
        app.grant(bucket, "ada", &[Permission::Read]).await;
    }
    let read = json!({ "permissions": ["read"] });
    for (path, body) in [
        ("/v1/buckets/bravo/grants/crew?kind=group", &read),
        ("/v1/groups/crew/members/ada", &json!({})),
        ("/v1/buckets/delta/grants/*?kind=authenticated", &read),
        ("/v1/buckets/foxtrot/grants/team?kind=token_group", &read),
    ] {
        let put = root.put(path, body).await;
        assert!(put.status < 300, "{path}: {}", put.body);
    }
    let public = json!({ "public_permissions": ["read"] });
    let patch = root.request(Method::PATCH, "/v1/buckets/charlie").json(&public);
    assert_eq!(root.send(patch).await.status, 200);
    root.signed(&S3::new("PUT", "/claimed")).await;
}

struct Callers {
    project: ProjectId,
    end: chrono::DateTime<chrono::Utc>,
}

impl Callers {
    fn user(&self, name: &str, groups: &[&str]) -> User {
        User {
            project: self.project.clone(),
            id: SubjectId::parse(name).unwrap(),
            groups: groups.iter().map(|group| SubjectId::parse(group).unwrap()).collect(),
            service_account: false,
            expires_at: self.end,
            signed_in_at: None,
            epoch: None,
            via: None,
        }
    }

    fn key(&self, user: Option<User>, limits: KeyLimits) -> Caller {
        Caller::AccessKey(AccessKeyHolder {
            project: self.project.clone(),
            id: AccessKeyId::from_random([0; 16]),
            kind: AccessKeyKind::S3,
            user,
            limits: Arc::new(limits),
            expires_at: self.end,
        })
    }

    /// Callers, and the buckets that each can use.
    fn all(&self) -> Vec<(Caller, Vec<&'static str>)> {
        let root = Caller::Root(KeyHolder {
            project: self.project.clone(),
            id: KeyId::parse("8fK2mQ0ZtYb1").unwrap(),
            scopes: BTreeSet::from([Scope::Sign]),
            expires_at: None,
        });
        let buckets = |names: &[&str]| KeyLimits {
            buckets: Some(names.iter().map(|name| BucketName::parse(name).unwrap()).collect()),
            ..KeyLimits::default()
        };
        let below = KeyLimits {
            prefixes: Some([Prefix::parse("home/").unwrap()].into()),
            ..KeyLimits::default()
        };
        let ada = || self.user("ada", &[]);
        vec![
            (root, BUCKETS.to_vec()),
            (Caller::User(ada()), vec!["alpha", "alpha-2", "bravo", "charlie", "delta"]),
            (Caller::User(self.user("bob", &["team"])), vec!["charlie", "delta", "foxtrot"]),
            (self.key(None, buckets(&["alpha", "echo", "none"])), vec!["alpha", "echo"]),
            (self.key(Some(ada()), buckets(&["alpha", "echo"])), vec!["alpha"]),
            (
                self.key(Some(ada()), KeyLimits::default()),
                vec!["alpha", "alpha-2", "bravo", "charlie", "delta"],
            ),
            (self.key(Some(ada()), below), vec!["alpha", "alpha-2", "bravo", "charlie", "delta"]),
        ]
    }
}

/// Lists page by page.
async fn listed(sees: &Service, context: &Context, prefix: &str, limit: usize) -> Vec<String> {
    let project = context.caller.project().unwrap();
    let mut range = BucketRange { prefix: prefix.to_owned(), after: String::new(), limit };
    let mut all = Vec::new();
    loop {
        let page = sees.usable_buckets(project, &range, context).await.unwrap();
        assert!(page.buckets.len() <= limit, "{page:?}");
        assert!(page.buckets.iter().all(|bucket| bucket.registered_at.is_some()), "{page:?}");
        all.extend(page.buckets.iter().map(|bucket| bucket.name.to_string()));
        match page.next {
            Some(next) => range.after = next,
            None => return all,
        }
    }
}

async fn callers(app: &TestApp) -> Callers {
    let project = app.sees.project_id("sail").await.unwrap();
    Callers { project, end: app.clock.now() + TimeDelta::hours(1) }
}

fn context(app: &TestApp, caller: Caller) -> Context {
    let (now, request_id) = (app.clock.now(), "test".to_owned());
    Context {
        caller,
        now,
        request_id,
        origin: Origin::default(),
        at_least: None,
        idempotency: None,
    }
}

#[tokio::test]
async fn buckets_are_listed_without_a_query_as_the_database_has_them() {
    on_both(async |app| {
        give(app).await;
        let callers = callers(app).await;
        let forgetful = app.replica(Setup::NothingRemembered).await;
        for (caller, expected) in callers.all() {
            let context = context(app, caller);
            for limit in [1, 2, 100] {
                eventually("a list without a query", async || {
                    let before = app.sees.database().queries();
                    let all = listed(&app.sees, &context, "", limit).await;
                    assert_eq!(all, expected, "{:?}", context.caller);
                    app.sees.database().queries() == before
                })
                .await;
                let read = listed(&forgetful.sees, &context, "", limit).await;
                assert_eq!(read, expected, "{:?}", context.caller);
            }
            for prefix in ["alpha", "alpha-", "b", "zulu"] {
                let begin = expected.iter().filter(|name| name.starts_with(prefix));
                let begin: Vec<_> = begin.map(|name| (*name).to_owned()).collect();
                for sees in [&app.sees, &forgetful.sees] {
                    assert_eq!(listed(sees, &context, prefix, 2).await, begin, "{prefix}");
                }
            }
        }
        forgetful.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_grant_that_is_taken_away_elsewhere_shows_no_bucket_beyond_the_lease() {
    on_both(async |app| {
        give(app).await;
        let callers = callers(app).await;
        let replica = app.replica(Setup::Usual).await;
        let ada = context(app, Caller::User(callers.user("ada", &[])));
        let has = async || listed(&replica.sees, &ada, "alpha-", 9).await == ["alpha-2"];
        eventually("the bucket is remembered", async || {
            let before = replica.sees.database().queries();
            has().await && replica.sees.database().queries() == before
        })
        .await;
        app.root().delete("/v1/buckets/alpha-2/grants/ada").await;
        let changed = Instant::now();
        loop {
            let asked = Instant::now();
            if !has().await {
                break;
            }
            assert!(asked < changed + MAX_STALENESS, "{:?} too late", asked - changed);
        }
        replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_name_that_no_project_has_costs_no_query_when_it_is_repeated() {
    on_both(async |app| {
        let nobody = async |name: &str| {
            let found = app.sees.project_id(name).await;
            assert!(matches!(found, Err(ServiceError::NotFound(_))), "{name}: {found:?}");
        };
        let queries = || app.sees.database().queries();
        eventually("a repeated name without a query", async || {
            nobody("made-up").await;
            let before = queries();
            nobody("made-up").await;
            queries() == before
        })
        .await;
        let before = queries();
        for name in ["", "no_name", "a.b", "Made-Up"] {
            nobody(name).await;
        }
        assert_eq!(queries(), before, "what is no name is not looked up");
    })
    .await;
}
