//! Access keys: shown once, sealed, never more than their holder's, gone when they are taken back.

use std::time::Instant;

use chrono::TimeDelta;
use diesel::prelude::*;
use reqwest::Method;
use sail_cargo_client::protocol::{
    AccessKey, AccessKeyScope, AccessKeyStatus, AccessKeysQuery, Change, CreatedAccessKey, Page,
    Permission, RotateAccessKey, Scope,
};
use sail_cargo_database::DatabaseUrl;
use sail_cargo_database::testing::diesel;
use sail_cargo_server::cache::MAX_STALENESS;
use sail_cargo_server::domain::access_key::AccessKeyFlaw;
use sail_cargo_server::domain::{
    AccessKeyId, AccessKeyLookup, Action, Caller, Denied, Origin, check,
};
use sail_cargo_server::service::Service;
use serde_json::{Value, json};

use crate::harness::{Actor, KEYS, Setup, TestApp, eventually, on_both};

const PATH: &str = "/v1/access-keys";

fn path(key: &CreatedAccessKey) -> String {
    format!("{PATH}/{}", key.stored.access_key_id)
}

fn id(key: &CreatedAccessKey) -> AccessKeyId {
    AccessKeyId::parse(&key.stored.access_key_id).unwrap()
}

/// Ada, who signed in so many seconds ago.
fn signed_in(app: &TestApp, user: &str, seconds: i64) -> Actor {
    let at = app.clock.now().timestamp() - seconds;
    app.with_token(&app.token(user).claim("auth_time", at).signed_by(&KEYS[0]))
}

async fn make(actor: &Actor, body: Value) -> CreatedAccessKey {
    let answer = actor.post(PATH, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.ok()
}

async fn patch(actor: &Actor, key: &CreatedAccessKey, body: Value) -> crate::harness::TestResponse {
    actor.send(actor.request(Method::PATCH, &path(key)).json(&body)).await
}

async fn look(app: &TestApp, sees: &Service, id: &AccessKeyId) -> AccessKeyLookup {
    sees.access_key(id, app.clock.now()).await.unwrap()
}

/// What is wrong with a key; none where it is good.
async fn flaw(app: &TestApp, sees: &Service, id: &AccessKeyId) -> Option<AccessKeyFlaw> {
    look(app, sees, id).await.err().map(|bad| bad.flaw)
}

#[tokio::test]
async fn a_secret_is_shown_once_and_is_nowhere_in_the_database() {
    on_both(async |app| {
        let root = app.root();
        let request = root.request(Method::POST, PATH).header("idempotency-key", "once");
        let new = json!({ "user": "ada", "name": "laptop", "buckets": ["photos"] });
        let answer = root.send(request.json(&new)).await;
        assert_eq!(answer.status, 201);
        let made: CreatedAccessKey = answer.ok();
        let (secret, stored) = (&made.secret_access_key, &made.stored);
        assert!(secret.len() == 40 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(stored.access_key_id.starts_with("CGAK") && stored.access_key_id.len() == 20);
        assert_eq!((stored.scope, stored.user.as_deref()), (AccessKeyScope::User, Some("ada")));
        assert_eq!(stored.expires_at, app.clock.now() + TimeDelta::days(365));
        assert_eq!(stored.status, AccessKeyStatus::Active);

        for answer in [
            root.get(PATH).await,
            root.get(&path(&made)).await,
            patch(&root, &made, json!({ "name": "old laptop" })).await,
            root.get("/v1/changes").await,
            root.get("/v1/audit-events").await,
        ] {
            assert!(answer.body.contains(&stored.access_key_id) && !answer.body.contains(secret));
        }
        let dump = app.database.dump();
        let is_there = |text: &str| dump.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(is_there(&stored.access_key_id));
        assert!(!is_there(secret) && !is_there(&hex::encode(secret)), "{:?}", app.database.kind());
        let sealed = look(app, &app.sees, &id(&made)).await.unwrap();
        assert_eq!(sealed.secret.expose(), secret);

        let request = root.request(Method::POST, PATH).header("idempotency-key", "once");
        let again: CreatedAccessKey = root.send(request.json(&new)).await.ok();
        assert_eq!(again, made, "a repetition is answered as the first time");
    })
    .await;
}

/// A row that is copied, or that says it is somebody else's, opens for nobody.
#[tokio::test]
async fn a_seal_is_bound_to_its_key_its_project_and_its_user() {
    on_both(async |app| {
        let (root, forged) = (app.root(), "CGAKAAAAAAAAAAAAAAAA");
        let replica = app.replica(Setup::NothingRemembered).await;
        for (change, is_forged) in [
            ("user_ = 'eve'", false),
            ("user_ = NULL", false),
            ("key_id = 'CGAKAAAAAAAAAAAAAAAA'", true),
        ] {
            let made = make(&root, json!({ "user": "ada", "name": "k" })).await;
            assert!(look(app, &replica.sees, &id(&made)).await.is_ok());
            app.database.execute(&format!("UPDATE access_key SET {change}"));
            let shown = if is_forged { AccessKeyId::parse(forged).unwrap() } else { id(&made) };
            let opened = replica.sees.access_key(&shown, app.clock.now()).await;
            assert!(opened.is_err(), "{change}: {opened:?}");
            app.database.execute("DELETE FROM access_key");
        }
        replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_application_makes_keys_for_itself_and_for_anybody() {
    on_both(async |app| {
        let (root, operator) = (app.root(), app.operator());
        let own = make(&root, json!({ "name": "backup", "permissions": ["read"] })).await;
        assert_eq!((own.stored.scope, &own.stored.user), (AccessKeyScope::Root, &None));
        let key = look(app, &app.sees, &id(&own)).await.unwrap();
        assert!(key.holder.user.is_none() && key.holder.project.as_str().len() == 36);

        let new = json!({ "name": "n", "user": "bob" });
        operator.post(PATH, &new).await.refused(400, "invalid_request");
        let new = json!({ "name": "n", "user": "bob", "project": "sail" });
        let by_operator: CreatedAccessKey = operator.post(PATH, &new).await.ok();
        assert_eq!(by_operator.stored.created_by, "operator");

        let listed: Page<AccessKey> = root.get(PATH).await.ok();
        assert_eq!(listed.items.len(), 2);
        let of_bob: Page<AccessKey> = root.get(&format!("{PATH}?user=bob")).await.ok();
        assert_eq!(of_bob.items, vec![by_operator.stored.clone()]);
        let first: Page<AccessKey> = root.get(&format!("{PATH}?page_size=1")).await.ok();
        let token = first.next_page_token.unwrap();
        let rest = root.get(&format!("{PATH}?page_size=1&page_token={token}")).await;
        let rest: Page<AccessKey> = rest.ok();
        assert_eq!([first.items, rest.items].concat(), listed.items);
        root.get(&format!("{PATH}?user=bob&page_token={token}"))
            .await
            .refused(400, "invalid_request");

        // As their scopes say; and nobody makes a key that signs by one that does not.
        for (scopes, method, path, code) in [
            (vec![Scope::KeysWrite], Method::GET, PATH.to_owned(), Some("scope_missing")),
            (vec![Scope::KeysRead], Method::GET, PATH.to_owned(), None),
            (
                vec![Scope::KeysRead, Scope::Sign],
                Method::POST,
                PATH.to_owned(),
                Some("scope_missing"),
            ),
            (vec![Scope::KeysWrite], Method::POST, PATH.to_owned(), Some("scope_missing")),
            (vec![Scope::KeysWrite, Scope::Sign], Method::POST, PATH.to_owned(), None),
            (vec![Scope::Sign], Method::DELETE, self::path(&own), Some("scope_missing")),
            (vec![Scope::KeysWrite], Method::DELETE, self::path(&own), None),
        ] {
            let holder = app.with_key(&app.key(scopes.iter().copied()).await.key);
            let answer =
                holder.send(holder.request(method, &path).json(&json!({ "name": "n" }))).await;
            match code {
                Some(code) => drop(answer.refused(403, code)),
                None => assert!(answer.status < 300, "{scopes:?}: {}", answer.body),
            }
        }
    })
    .await;
}

/// K1: keys never make keys, and neither does a token of a sign-in of yesterday.
#[tokio::test]
async fn a_user_makes_keys_with_a_fresh_sign_in_only() {
    on_both(async |app| {
        let ada = signed_in(app, "ada", 0);
        let made = make(&ada, json!({ "name": "laptop" })).await;
        assert_eq!(made.stored.user.as_deref(), Some("ada"));
        let stale = signed_in(app, "ada", 901);
        for actor in [&stale, &app.ada(), &signed_in(app, "ada", -3600)] {
            let path = path(&made);
            actor.post(PATH, &json!({ "name": "n" })).await.refused(401, "reauthenticate");
            actor.get(PATH).await.refused(401, "reauthenticate");
            actor.get(&path).await.refused(401, "reauthenticate");
            actor.post(&format!("{path}/rotate"), &json!({})).await.refused(401, "reauthenticate");
            patch(actor, &made, json!({ "name": "n" })).await.refused(401, "reauthenticate");
            let answer = actor.delete(&path).await;
            answer.refused(401, "reauthenticate");
            assert!(answer.header("www-authenticate").contains("max_age=\"900\""));
        }
        let odd = app.token("ada").claim("auth_time", "now").signed_by(&KEYS[0]);
        app.with_token(&odd).get(PATH).await.refused(401, "reauthenticate");

        // The secret of an access key is no proof here, and neither is its id.
        let secret = &made.secret_access_key;
        app.with_token(secret).get(PATH).await.refused(401, "malformed_token");
        app.with_key(secret).get(PATH).await.refused(401, "invalid_api_key");
    })
    .await;
}

#[tokio::test]
async fn a_user_sees_and_changes_keys_of_their_own() {
    on_both(async |app| {
        let (ada, bob) = (signed_in(app, "ada", 0), signed_in(app, "bob", 60));
        let own = make(&ada, json!({ "name": "laptop" })).await;
        let theirs = make(&bob, json!({ "user": "bob", "name": "laptop" })).await;
        let roots = make(&app.root(), json!({ "name": "backup" })).await;
        let listed: Page<AccessKey> = ada.get(PATH).await.ok();
        assert_eq!(listed.items, vec![own.stored.clone()]);
        ada.get(&format!("{PATH}?user=bob")).await.refused(403, "root_only");
        ada.post(PATH, &json!({ "user": "bob", "name": "n" })).await.refused(403, "root_only");
        for other in [&theirs, &roots] {
            ada.get(&path(other)).await.refused(404, "not_found");
            patch(&ada, other, json!({ "name": "n" })).await.refused(404, "not_found");
            let rotate = format!("{}/rotate", path(other));
            ada.post(&rotate, &json!({})).await.refused(404, "not_found");
            ada.delete(&path(other)).await.done();
            assert_eq!(flaw(app, &app.sees, &id(other)).await, None, "it is still there");
        }
        let revoke_all = app.root().request(Method::DELETE, PATH).query(&[("user", "bob")]);
        ada.send(ada.request(Method::DELETE, PATH).query(&[("user", "bob")]))
            .await
            .refused(403, "root_only");
        app.root().send(revoke_all).await.done();
        assert_eq!(flaw(app, &app.sees, &id(&theirs)).await, Some(AccessKeyFlaw::Unknown));
        ada.delete(&path(&own)).await.done();
        assert_eq!(flaw(app, &app.sees, &id(&own)).await, Some(AccessKeyFlaw::Unknown));
    })
    .await;
}

#[tokio::test]
async fn a_user_has_ten_keys_of_their_own_at_most_and_none_where_the_project_says_so() {
    on_both(async |app| {
        let ada = signed_in(app, "ada", 0);
        for number in 0..10 {
            make(&ada, json!({ "name": format!("key {number}") })).await;
        }
        ada.post(PATH, &json!({ "name": "n" })).await.refused(409, "too_many_access_keys");
        let one = make(&app.root(), json!({ "user": "ada", "name": "by the application" })).await;
        make(&signed_in(app, "bob", 0), json!({ "name": "n" })).await;

        let operator = app.operator();
        let off = json!({ "self_service_keys": false });
        let request = operator.request(Method::PATCH, "/v1/projects/sail").json(&off);
        let project: Value = operator.send(request).await.ok();
        assert_eq!(project["self_service_keys"], false);
        let bob = signed_in(app, "bob", 0);
        bob.post(PATH, &json!({ "name": "n" })).await.refused(403, "self_service_off");
        let rotate = format!("{}/rotate", path(&one));
        ada.post(&rotate, &json!({})).await.refused(403, "self_service_off");
        make(&app.root(), json!({ "user": "bob", "name": "n" })).await;
        patch(&ada, &one, json!({ "status": "disabled" })).await.ok::<AccessKey>();
        ada.delete(&path(&one)).await.done();
    })
    .await;
}

#[tokio::test]
async fn a_rotated_key_goes_on_for_the_overlap_and_its_successor_has_its_limits() {
    on_both(async |app| {
        let root = app.root();
        let new =
            json!({ "user": "ada", "name": "ci", "buckets": ["photos"], "cidrs": ["10.0.0.0/8"] });
        let old = make(&root, new).await;
        let rotate = RotateAccessKey { overlap_seconds: Some(3600), expires_at: None };
        let id_text = old.stored.access_key_id.clone();
        let new = root.cargo.rotate_access_key(&id_text, &rotate).await.unwrap();
        assert_ne!(new.secret_access_key, old.secret_access_key);
        assert_eq!((&new.stored.limits, &new.stored.user), (&old.stored.limits, &old.stored.user));
        assert_eq!(new.stored.family, id_text);
        let good = async |key: &CreatedAccessKey| flaw(app, &app.sees, &id(key)).await;
        assert_eq!((good(&old).await, good(&new).await), (None, None));
        let again = root.cargo.rotate_access_key(&id_text, &rotate).await.unwrap_err();
        assert_eq!(again.code(), Some("too_many_live_keys"));

        app.clock.advance(TimeDelta::seconds(3600));
        assert_eq!(good(&old).await, Some(AccessKeyFlaw::Expired));
        assert_eq!(good(&new).await, None);
        let again = root.cargo.rotate_access_key(&id_text, &rotate).await.unwrap_err();
        assert_eq!(again.code(), Some("key_not_live"));
        let third = root.cargo.rotate_access_key(new.stored.access_key_id.as_str(), &rotate).await;
        assert_eq!(good(&third.unwrap()).await, None);
        root.get(&path(&old)).await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_key_is_made_less_and_never_more() {
    on_both(async |app| {
        let root = app.root();
        let made = make(
            &root,
            json!({ "user": "ada", "name": "n", "buckets": ["photos", "videos"],
                "prefixes": ["a/"], "permissions": ["read", "write"], "cidrs": ["10.0.0.0/8"] }),
        )
        .await;
        let later = made.stored.expires_at + TimeDelta::seconds(1);
        for wider in [
            json!({ "buckets": ["photos", "other"] }),
            json!({ "prefixes": ["b/"] }),
            json!({ "prefixes": ["a/", "b/"] }),
            json!({ "permissions": ["read", "delete"] }),
            json!({ "cidrs": ["0.0.0.0/0"] }),
            json!({ "expires_at": later }),
        ] {
            patch(&root, &made, wider.clone()).await.refused(409, "key_widened");
        }
        let less = json!({ "name": "less", "buckets": ["photos"], "prefixes": ["a/b/"],
            "permissions": ["read"], "cidrs": ["10.1.0.0/16"],
            "expires_at": app.clock.now() + TimeDelta::hours(1) });
        let patched: AccessKey = patch(&root, &made, less).await.ok();
        assert_eq!(root.get(&path(&made)).await.ok::<AccessKey>(), patched);
        let key = look(app, &app.sees, &id(&made)).await.unwrap();
        assert_eq!(patched.limits, (&*key.holder.limits).into());
        assert!(key.holder.limits.allows(Some("10.1.2.3".parse().unwrap())));
        assert!(!key.holder.limits.allows(Some("10.2.2.3".parse().unwrap())));
        for (status, flawed) in [("disabled", Some(AccessKeyFlaw::Disabled)), ("active", None)] {
            patch(&root, &made, json!({ "status": status })).await.ok::<AccessKey>();
            assert_eq!(flaw(app, &app.sees, &id(&made)).await, flawed);
        }
        app.clock.advance(TimeDelta::hours(1));
        assert_eq!(flaw(app, &app.sees, &id(&made)).await, Some(AccessKeyFlaw::Expired));
    })
    .await;
}

/// K2: what its user loses, the key loses.
#[tokio::test]
async fn a_key_never_has_more_than_its_user_now() {
    on_both(async |app| {
        app.register("photos").await;
        app.register("other").await;
        for bucket in ["photos", "other"] {
            app.grant(bucket, "ada", &[Permission::Read, Permission::Write]).await;
        }
        let new = json!({ "user": "ada", "name": "n", "buckets": ["photos"], "permissions": ["read", "delete"] });
        let made = make(&app.root(), new).await;
        let key = look(app, &app.sees, &id(&made)).await.unwrap();
        let caller = Caller::AccessKey(key.holder.clone());
        let ask = async |action: &str, bucket: &str| {
            let bucket = sail_cargo_server::domain::BucketName::parse(bucket).unwrap();
            let context = sail_cargo_server::domain::Context {
                caller: caller.clone(),
                ..app.context()
            };
            let (project, names) = (key.holder.project.clone(), vec![bucket.clone()]);
            let authority = app.sees.authority_and_unsettled(project, &context, names).await;
            let (authority, _) = authority.unwrap().value;
            let action = Action::parse(action).unwrap();
            check(&caller, action, &bucket, "x", &authority, app.clock.now()).map(drop)
        };
        assert_eq!(ask("read", "photos").await, Ok(()));
        let limited = |permission| Err(Denied::KeyLimits(Some(permission)));
        assert_eq!(ask("write", "photos").await, limited(Permission::Write));
        assert_eq!(ask("read", "other").await, limited(Permission::Read));
        let delete = ask("delete", "photos").await;
        assert!(matches!(delete, Err(Denied::NoPermission { .. })), "its user may not: {delete:?}");
        app.root().delete("/v1/buckets/photos/grants/ada").await.done();
        let gone = ask("read", "photos").await;
        assert!(matches!(gone, Err(Denied::NoPermission { .. })), "{gone:?}");
    })
    .await;
}

#[tokio::test]
async fn another_projects_key_is_nobodys() {
    on_both(async |app| {
        let made = make(&app.root(), json!({ "user": "ada", "name": "n" })).await;
        let stranger = app.with_key(&app.make_neighbour("other").await);
        stranger.get(&path(&made)).await.refused(404, "not_found");
        patch(&stranger, &made, json!({ "status": "disabled" })).await.refused(404, "not_found");
        let rotate = format!("{}/rotate", path(&made));
        stranger.post(&rotate, &json!({})).await.refused(404, "not_found");
        stranger.delete(&path(&made)).await.done();
        let all = stranger.request(Method::DELETE, PATH).query(&[("user", "ada")]);
        stranger.send(all).await.done();
        assert_eq!(stranger.get(PATH).await.json()["items"], json!([]));
        let key = look(app, &app.sees, &id(&made)).await.unwrap();
        let sail: Value = app.operator().get("/v1/projects/sail").await.ok();
        assert_eq!(sail["id"], key.holder.project.as_str());
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_remembered_is_told_without_a_query_and_so_is_one_that_nobody_has() {
    on_both(async |app| {
        let made = make(&app.root(), json!({ "user": "ada", "name": "n" })).await;
        let (known, unknown) = (id(&made), AccessKeyId::from_random([7; 16]));
        let queries = || app.sees.database().queries();
        eventually("a look without a query", async || {
            let before = queries();
            look(app, &app.sees, &known).await.unwrap();
            queries() == before
        })
        .await;
        eventually("one query for many looks", async || {
            let before = queries();
            for _ in 0..50 {
                assert_eq!(flaw(app, &app.sees, &unknown).await, Some(AccessKeyFlaw::Unknown));
            }
            queries() <= before + 2
        })
        .await;
        // One that is made here is known at once, whoever asked for it before.
        let next = make(&app.root(), json!({ "name": "n" })).await;
        assert_eq!(flaw(app, &app.sees, &id(&next)).await, None);
    })
    .await;
}

/// Waits until the replica tells of `key` what `told` says, no later than was promised.
async fn until_it_counts(
    app: &TestApp,
    what: &str,
    sees: &Service,
    key: &AccessKeyId,
    told: Option<AccessKeyFlaw>,
) {
    let changed = Instant::now();
    loop {
        let asked = Instant::now();
        if flaw(app, sees, key).await == told {
            return;
        }
        let late = asked.saturating_duration_since(changed);
        assert!(late < MAX_STALENESS, "{what}: {late:?} too late");
    }
}

#[tokio::test]
async fn what_ends_a_key_at_one_server_counts_at_another_within_the_lease() {
    on_both(async |app| {
        let replica = app.replica(Setup::Usual).await;
        let (root, sees) = (app.root(), &replica.sees);
        let warm = async |key: &AccessKeyId| {
            eventually("the replica remembers the key", async || {
                let before = sees.database().queries();
                look(app, sees, key).await.is_ok() && sees.database().queries() == before
            })
            .await;
        };
        let first = make(&root, json!({ "user": "ada", "name": "n" })).await;
        warm(&id(&first)).await;
        patch(&root, &first, json!({ "status": "disabled" })).await.ok::<AccessKey>();
        until_it_counts(app, "disabled", sees, &id(&first), Some(AccessKeyFlaw::Disabled)).await;
        patch(&root, &first, json!({ "status": "active" })).await.ok::<AccessKey>();
        until_it_counts(app, "active again", sees, &id(&first), None).await;
        warm(&id(&first)).await;
        root.delete(&path(&first)).await.done();
        until_it_counts(app, "revoked", sees, &id(&first), Some(AccessKeyFlaw::Unknown)).await;

        let second = make(&root, json!({ "user": "ada", "name": "n" })).await;
        until_it_counts(app, "made elsewhere", sees, &id(&second), None).await;
        warm(&id(&second)).await;
        root.send(root.request(Method::DELETE, PATH).query(&[("user", "ada")])).await.done();
        until_it_counts(app, "all of a user", sees, &id(&second), Some(AccessKeyFlaw::Unknown))
            .await;

        let third = make(&root, json!({ "name": "n" })).await;
        warm(&id(&third)).await;
        let operator = app.operator();
        let suspend = json!({ "status": "suspended" });
        let request = operator.request(Method::PATCH, "/v1/projects/sail").json(&suspend);
        operator.send(request).await.ok::<Value>();
        let inactive = Some(AccessKeyFlaw::ProjectInactive);
        until_it_counts(app, "the project is suspended", sees, &id(&third), inactive).await;
        replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_last_use_of_a_key_is_noted_once_a_minute() {
    on_both(async |app| {
        let root = app.root();
        let made = make(&root, json!({ "user": "ada", "name": "n" })).await;
        let key = look(app, &app.sees, &id(&made)).await.unwrap();
        let origin = |agent: &str| Origin {
            address: Some("192.0.2.7".parse().unwrap()),
            agent: Some(agent.into()),
            request_id: None,
        };
        let first = app.clock.now();
        app.sees.note_access_key_use(&key.holder, &origin("aws-cli/2"), first);
        let seen = async || root.get(&path(&made)).await.ok::<AccessKey>();
        eventually("the use is noted", async || seen().await.last_used_at.is_some()).await;
        app.clock.advance(TimeDelta::seconds(59));
        app.sees.note_access_key_use(&key.holder, &origin("too soon"), app.clock.now());
        let noted = seen().await;
        assert_eq!(noted.last_used_ip.as_deref(), Some("192.0.2.7"));
        assert_eq!(noted.last_used_agent.as_deref(), Some("aws-cli/2"));
        assert_eq!(noted.last_used_at, Some(first));
        app.clock.advance(TimeDelta::seconds(1));
        app.sees.note_access_key_use(&key.holder, &origin("rclone"), app.clock.now());
        eventually("the next use is noted", async || {
            seen().await.last_used_agent.as_deref() == Some("rclone")
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn each_change_of_a_key_is_on_record_and_in_the_feed() {
    on_both(async |app| {
        let root = app.root();
        let made = make(&root, json!({ "user": "ada", "name": "n" })).await;
        patch(&root, &made, json!({ "status": "disabled" })).await.ok::<AccessKey>();
        patch(&root, &made, json!({ "status": "disabled" })).await.ok::<AccessKey>();
        root.post(&format!("{}/rotate", path(&made)), &json!({})).await.ok::<CreatedAccessKey>();
        root.delete(&path(&made)).await.done();
        root.send(root.request(Method::DELETE, PATH).query(&[("user", "ada")])).await.done();
        let kinds = [
            "access_key.create",
            "access_key.patch",
            "access_key.rotate",
            "access_key.revoke",
            "access_key.revoke_all",
        ];
        let feed: Value = root.get("/v1/changes").await.ok();
        let feed: Vec<Change> = serde_json::from_value(feed["items"].clone()).unwrap();
        let feed: Vec<_> =
            feed.iter().filter(|change| change.kind.starts_with("access_key")).collect();
        assert_eq!(feed.iter().map(|change| &*change.kind).collect::<Vec<_>>(), kinds);
        assert!(feed.iter().all(|change| change.rows.iter().all(|row| row.row == "access_key")));
        assert_eq!(feed[2].rows.len(), 2);
        let after = feed[0].rows[0].after.clone().unwrap();
        assert_eq!(serde_json::from_value::<AccessKey>(after).unwrap(), made.stored);
        for kind in kinds {
            let events = root.get(&format!("/v1/audit-events?action={kind}")).await.json();
            assert_eq!(events["items"].as_array().unwrap().len(), 1, "{kind}");
        }
        let listed = root.cargo.access_keys(&AccessKeysQuery::default()).await.unwrap();
        assert_eq!(listed.items, []);
    })
    .await;
}

/// Who shows a key's id is shown its row, and can do nothing to it.
#[tokio::test]
async fn row_level_security_shows_a_key_to_its_project_and_to_whoever_names_it() {
    on_both(async |app| {
        let DatabaseUrl::Postgres(url) = app.database.url() else { return };
        let made = make(&app.root(), json!({ "user": "ada", "name": "n" })).await;
        make(&app.root(), json!({ "name": "n" })).await;
        app.make_neighbour("other").await;
        let project = async |slug: &str| {
            let project: Value = app.operator().get(&format!("/v1/projects/{slug}")).await.ok();
            project["id"].as_str().unwrap().to_owned()
        };
        let (sail, other) = (project("sail").await, project("other").await);
        let mut server = diesel::pg::PgConnection::establish(&url).unwrap();
        let mut rows = |project: &str, key: &str, sql: &str| {
            let set = format!(
                "SELECT set_config('sail.project', '{project}', false), \
                 set_config('sail.access_key', '{key}', false)"
            );
            diesel::sql_query(set).execute(&mut server).unwrap();
            diesel::sql_query(sql).execute(&mut server).unwrap()
        };
        let (shown, all) = (&made.stored.access_key_id, "SELECT * FROM access_key");
        assert_eq!((rows("", "", all), rows(&sail, "", all), rows(&other, "", all)), (0, 2, 0));
        assert_eq!((rows("", shown, all), rows(&other, shown, all)), (1, 1));
        for sql in ["UPDATE access_key SET status = 'disabled'", "DELETE FROM access_key"] {
            assert_eq!((rows("", shown, sql), rows(&other, shown, sql)), (0, 0), "{sql}");
        }
        assert_eq!(rows(&sail, "", all), 2);
    })
    .await;
}
