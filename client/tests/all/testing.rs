//! The fake authority responds like the real one, so that tests of applications can rely on it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_client::protocol::Permission::{Admin, Delete, Read, Write};
use sail_cargo_client::protocol::{
    AccessKeysQuery, AccountsQuery, BucketState, CheckRequest, CreateAccessKey, GrantQuery,
    OpenSession, PageQuery, PatchBucket, PresignRequest, PutBucket, PutGrant, SettleBucket,
    SettleOutcome, SignRequest, SubjectKind,
};
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};
use sail_cargo_client::{Client, Credentials, StaticToken};

const ENDPOINT: &str = "http://127.0.0.1:9000";

async fn fake() -> FakeAuthority {
    let fake = FakeAuthority::start(FakeStorage::at(ENDPOINT, "AKIAFAKE", "secret")).await.unwrap();
    fake.bucket("photos");
    fake
}

fn ask(method: &str, path: &str) -> SignRequest {
    SignRequest {
        method: method.to_owned(),
        url: format!("{ENDPOINT}{path}"),
        headers: Vec::new(),
        payload: Some("UNSIGNED-PAYLOAD".to_owned()),
        body: None,
    }
}

/// `ok`, or the code of the refusal.
async fn verdict(client: &Client, ask: &SignRequest) -> String {
    match client.sign(ask).await {
        Ok(signed) => {
            assert!(signed.headers["authorization"].contains("Credential=AKIAFAKE/"));
            "ok".to_owned()
        }
        Err(error) => error.code().unwrap_or_default().to_owned(),
    }
}

#[tokio::test]
async fn grants_decide_by_operation_prefix_and_time() {
    let fake = fake().await;
    let now: DateTime<Utc> = "2026-03-01T00:00:00Z".parse().unwrap();
    fake.set_clock(Some(now));
    fake.grant("ada", "photos/2026/", [Read]);
    let ends = PutGrant {
        permissions: [Read, Write].into(),
        expires_at: Some(now + TimeDelta::minutes(1)),
        ..PutGrant::default()
    };
    let root = fake.root().unwrap();
    root.put_grant("photos", "bob", &GrantQuery::default(), &ends).await.unwrap();
    let (ada, bob) = (fake.user("ada").unwrap(), fake.user("bob").unwrap());
    for (who, method, path, expected) in [
        (&ada, "GET", "/photos/2026/cat.png", "ok"),
        (&ada, "GET", "/photos/cat.png", "no_permission"),
        (&ada, "GET", "/photos?list-type=2&prefix=2026%2F", "ok"),
        (&ada, "GET", "/photos?list-type=2", "no_permission"),
        (&ada, "PUT", "/photos/2026/cat.png", "no_permission"),
        (&ada, "GET", "/photos/2026/../cat.png", "dot_segment"),
        (&ada, "GET", "/letters/2026/cat.png", "no_permission"),
        (&ada, "GET", "/photos/2026/cat.png?acl", "root_only"),
        (&bob, "PUT", "/photos/cat.png", "ok"),
        (&bob, "DELETE", "/photos/cat.png", "no_permission"),
        (&root, "GET", "/photos/2026/cat.png", "ok"),
        (&root, "GET", "/letters/a", "foreign_bucket"),
    ] {
        assert_eq!(verdict(who, &ask(method, path)).await, expected, "{method} {path}");
    }
    fake.set_clock(Some(now + TimeDelta::minutes(1)));
    assert_eq!(verdict(&bob, &ask("PUT", "/photos/cat.png")).await, "no_permission", "it ended");
    fake.revoke("ada", "photos/2026/");
    assert_eq!(verdict(&ada, &ask("GET", "/photos/2026/cat.png")).await, "no_permission");
    let asked = fake.asked();
    assert_eq!(asked.len(), 14);
    assert_eq!(
        (asked[0].by.as_str(), asked[0].operation.as_deref()),
        ("user:ada", Some("GetObject"))
    );
    assert_eq!(asked[1].refused.as_deref(), Some("no_permission"));
}

#[tokio::test]
async fn questions_are_answered_as_requests_are() {
    let fake = fake().await;
    fake.grant("ada", "photos/2026/", [Read, Delete]);
    fake.public("photos", [Read]);
    let (ada, root) = (fake.user("ada").unwrap(), fake.root().unwrap());
    let who = ada.whoami().await.unwrap();
    assert_eq!((who.id.as_str(), who.project.as_deref()), ("ada", Some("fake")));
    let storage = who.storage.unwrap();
    assert_eq!(
        (storage.endpoints[0].url.as_str(), storage.region.as_str()),
        (ENDPOINT, "us-east-1")
    );

    let question = |action: &str, key: &str| CheckRequest {
        action: action.to_owned(),
        bucket: "photos".to_owned(),
        key: Some(key.to_owned()),
        ..CheckRequest::default()
    };
    assert!(ada.check(&question("read", "a")).await.unwrap().decision, "it is public");
    assert!(!ada.check(&question("delete", "a")).await.unwrap().decision);
    let about = CheckRequest { user: Some("ada".to_owned()), ..question("delete", "2026/a") };
    assert!(root.check(&about).await.unwrap().decision);
    assert!(ada.check(&about).await.unwrap_err().is_denied(), "users do not ask about others");

    let held = ada.permissions().await.unwrap().items;
    assert_eq!(held[0].permissions, [Read].into());
    assert_eq!(held[0].prefixes[0].permissions, [Read, Delete].into());
    assert_eq!(ada.buckets(&PageQuery::default()).await.unwrap().items[0].name, "photos");
    let grants = root.grants("photos", &PageQuery::default()).await.unwrap();
    assert_eq!(grants.items[0].subject, "ada");
    let denied = ada.put_bucket("mine", &PutBucket::default()).await;
    assert!(denied.unwrap_err().is_denied());
    let (query, grant) =
        (GrantQuery::default(), PutGrant { permissions: [Read].into(), ..PutGrant::default() });
    assert!(ada.put_grant("photos", "bob", &query, &grant).await.unwrap_err().is_denied());
    assert!(ada.grants("photos", &PageQuery::default()).await.unwrap_err().is_denied());
    fake.grant("ada", "photos", [Admin]);
    ada.put_grant("photos", "bob", &query, &grant).await.unwrap();
    ada.delete_grant("photos", "bob", &query).await.unwrap();
    ada.delete_grant("photos", "bob", &query).await.unwrap();
    let backwards = PutGrant {
        not_before: "2027-01-01T00:00:00Z".parse().ok(),
        expires_at: "2026-01-01T00:00:00Z".parse().ok(),
        ..grant
    };
    assert!(root.put_grant("photos", "bob", &query, &backwards).await.unwrap_err().is_invalid());
}

/// The fake refuses what breaks a rule of the model, with the server's sentence and field.
#[tokio::test]
async fn what_breaks_a_rule_is_refused_as_the_server_does() {
    let fake = fake().await;
    let root = fake.root().unwrap();
    let whole = GrantQuery::default();
    let below = |prefix: &str| GrantQuery { prefix: prefix.to_owned(), ..GrantQuery::default() };
    let read = PutGrant { permissions: [Read].into(), ..PutGrant::default() };
    let reason = |reason: String| PutGrant { reason: Some(reason), ..read.clone() };
    for (subject, query, put, pointer, rule) in [
        ("ada", &below("a//"), read.clone(), "prefix", "no empty segments and no `\\`"),
        ("ad\u{200b}a", &whole, read.clone(), "subject", "it has the invisible character"),
        ("ada", &whole, PutGrant::default(), "/permissions", "at least one"),
        ("ada", &whole, reason("a".repeat(501)), "/reason", "at most 500 characters"),
        ("ada", &whole, reason("\n".to_owned()), "/reason", "no control characters"),
    ] {
        let refused = root.put_grant("photos", subject, query, &put).await.unwrap_err();
        let problem = refused.problem().unwrap();
        assert_eq!((problem.status, problem.code.as_str()), (400, "invalid_request"));
        assert_eq!(problem.errors[0].pointer, pointer);
        assert!(problem.errors[0].detail.starts_with(rule), "{problem:?}");
    }
    let given =
        root.put_grant("photos", "ada", &whole, &reason("on call".to_owned())).await.unwrap();
    assert_eq!(
        (given.reason.as_deref(), given.granted_by.as_str()),
        (Some("on call"), "key:FAKEKEY00000")
    );

    let public = PutBucket { public_permissions: [Admin].into(), ..PutBucket::default() };
    let refused = root.put_bucket("photos", &public).await.unwrap_err();
    assert_eq!(refused.problem().unwrap().errors[0].pointer, "/public_permissions");
    let labels: BTreeMap<_, _> = (0..33).map(|key| (key.to_string(), String::new())).collect();
    let refused = root.put_bucket("photos", &PutBucket { labels, ..PutBucket::default() }).await;
    assert_eq!(refused.unwrap_err().code(), Some("too_many_labels"));
    let labels = [("team".to_owned(), "web".to_owned())].into();
    root.put_bucket("photos", &PutBucket { labels, ..PutBucket::default() }).await.unwrap();
    assert_eq!(root.bucket("photos").await.unwrap().labels["team"], "web");
}

#[tokio::test]
async fn a_list_of_keys_takes_the_whole_bucket_where_bodies_are_not_bound() {
    let fake = fake().await;
    fake.grant("ada", "photos/2026/", [Delete]);
    fake.grant("bob", "photos", [Delete]);
    let list = |keys: &[&str]| {
        let keys = keys.iter().map(|key| format!("<Object><Key>{key}</Key></Object>"));
        let body = BASE64_STANDARD.encode(format!("<Delete>{}</Delete>", keys.collect::<String>()));
        SignRequest { payload: None, body: Some(body), ..ask("POST", "/photos?delete") }
    };
    let (ada, bob) = (fake.user("ada").unwrap(), fake.user("bob").unwrap());
    let (hers, mixed, others) = (list(&["2026/a"]), list(&["b", "2026/a"]), list(&["b"]));
    for (proved, expected) in [
        (true, ["ok", "no_permission", "no_permission"]),
        (false, ["body_unbound", "body_unbound", "no_permission"]),
    ] {
        fake.binds_bodies(proved);
        for (list, expected) in [&hers, &mixed, &others].into_iter().zip(expected) {
            assert_eq!(verdict(&ada, list).await, expected, "{proved}");
            for whole in [&bob, &fake.root().unwrap()] {
                assert_eq!(verdict(whole, list).await, "ok", "{proved}");
            }
        }
        assert_eq!(verdict(&ada, &ask("DELETE", "/photos/2026/a")).await, "ok", "{proved}");
    }
}

#[tokio::test]
async fn groups_come_from_the_token() {
    let fake = fake().await;
    let of = |kind| GrantQuery { kind, ..GrantQuery::default() };
    let (token_group, group) = (of(SubjectKind::TokenGroup), of(SubjectKind::Group));
    let grant = PutGrant { permissions: [Write].into(), ..PutGrant::default() };
    let root = fake.root().unwrap();
    root.put_grant("photos", "staff", &token_group, &grant).await.unwrap();
    root.put_grant("photos", "ops", &group, &grant).await.unwrap();
    let client = |groups: &[&str]| {
        let token = StaticToken::new(fake.token("ada", groups));
        Client::builder(fake.url()).credentials(Credentials::user(token)).build().unwrap()
    };
    let put = ask("PUT", "/photos/a");
    assert_eq!(verdict(&client(&["ops", "staff"]), &put).await, "ok");
    assert_eq!(verdict(&client(&["ops"]), &put).await, "no_permission", "Cargo keeps that one");
}

#[tokio::test]
async fn a_bucket_is_claimed_settled_and_forgotten() {
    let fake = fake().await;
    let root = fake.root().unwrap();
    let make = SignRequest { payload: None, body: Some(String::new()), ..ask("PUT", "/new-one") };
    let claim = root.sign(&make).await.unwrap().claim.unwrap();
    assert_eq!(root.bucket("new-one").await.unwrap().state, BucketState::Claimed);
    assert_eq!(verdict(&root, &ask("GET", "/new-one/a")).await, "foreign_bucket", "none yet");
    let done = SettleBucket { claim: claim.id, outcome: SettleOutcome::Done };
    let settled = root.settle_bucket("new-one", &done).await.unwrap();
    assert_eq!(settled.state, Some(BucketState::Active));

    fake.grant("ada", "new-one", [Read]);
    let remove = root.sign(&ask("DELETE", "/new-one")).await.unwrap().claim.unwrap();
    let done = SettleBucket { claim: remove.id, outcome: SettleOutcome::Done };
    assert_eq!(root.settle_bucket("new-one", &done).await.unwrap().state, None);
    fake.bucket("new-one");
    let ada = fake.user("ada").unwrap();
    assert_eq!(verdict(&ada, &ask("GET", "/new-one/a")).await, "no_permission", "a new bucket");
}

#[tokio::test]
async fn urls_are_presigned_within_the_limits() {
    let fake = fake().await;
    fake.grant("ada", "photos", [Read]);
    let ada = fake.user("ada").unwrap();
    let url = |method: &str, expires_in| PresignRequest {
        method: method.to_owned(),
        url: format!("{ENDPOINT}/photos/a"),
        headers: Vec::new(),
        payload: None,
        expires_in,
    };
    let made = ada.presign(&url("GET", Some(60))).await.unwrap();
    assert!(made.url.contains("X-Amz-Expires=60"));
    let code = async |ask| ada.presign(&ask).await.unwrap_err().code().map(str::to_owned);
    assert_eq!(code(url("GET", Some(3601))).await.as_deref(), Some("expires"));
    assert_eq!(code(url("DELETE", None)).await.as_deref(), Some("presign_op"));
    assert_eq!(code(url("PUT", None)).await.as_deref(), Some("no_permission"));
}

#[tokio::test]
async fn the_fake_fails_as_configured_and_names_unsupported_requests() {
    let fake = fake().await;
    let stranger = Client::builder(fake.url())
        .credentials(Credentials::user(StaticToken::new("somebody else's")))
        .build()
        .unwrap();
    assert!(stranger.whoami().await.unwrap_err().is_unauthenticated());
    let root = fake.root().unwrap();
    fake.fail(1, 503);
    let error = root.sign(&ask("GET", "/photos/a")).await.unwrap_err();
    assert!(error.is_unavailable() && error.code() == Some("as_told"));
    assert_eq!(verdict(&root, &ask("GET", "/photos/a")).await, "ok");
    let error = root.patch_bucket("photos", &PatchBucket::default()).await.unwrap_err();
    assert_eq!(error.code(), Some("not_in_the_fake"));
    // Nobody signs in, with credentials or without.
    let methods = root.auth_methods().await.unwrap_err();
    let accounts = root.accounts(&AccountsQuery::default()).await.unwrap_err();
    for error in [methods, accounts] {
        assert_eq!((error.status(), error.code()), (Some(501), Some("not_in_the_fake")));
    }
    // There is no gateway: credentials for one would be taken nowhere.
    let ada = fake.user("ada").unwrap();
    assert!(ada.whoami().await.unwrap().storage.unwrap().gateway.is_none());
    let new = CreateAccessKey { name: "laptop".to_owned(), ..CreateAccessKey::default() };
    for refused in [
        ada.open_session(&OpenSession::default()).await.map(drop),
        ada.create_access_key(&new).await.map(drop),
        ada.access_keys(&AccessKeysQuery::default()).await.map(drop),
        ada.delete_access_key("CGAKJ4ZQ2M5T7VB3KX6N").await,
        root.end_user_sessions("ada").await.map(drop),
    ] {
        let error = refused.unwrap_err();
        assert_eq!(error.code(), Some("not_in_the_fake"));
        assert!(error.to_string().contains("sail-cargo dev"), "{error}");
    }
}
