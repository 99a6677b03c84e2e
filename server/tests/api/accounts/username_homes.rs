//! Grants on templates with `${username}`: a part of a bucket for each account, by its name.

use sail_cargo_client::protocol::{
    BucketPermissions, Explanation, GrantQuery, GrantsChanged, PrefixKind, PutGrant, SubjectKind,
    SubjectPermissions,
};

use Permission::{Read, Write};

use super::*;
use crate::harness::ENDPOINT;

const HOMES: &str = "home/${username}/";

fn key() -> GrantQuery {
    let (kind, prefix_kind) = (SubjectKind::Authenticated, PrefixKind::Template);
    GrantQuery { prefix: HOMES.to_owned(), prefix_kind, kind }
}

/// Gives everybody with a token a home by the name of their account.
async fn give_homes(app: &TestApp) {
    let put = PutGrant { permissions: [Read, Write].into(), ..PutGrant::default() };
    app.root().cargo.put_grant("photos", "*", &key(), &put).await.unwrap();
}

/// Whether a signature, a check and an explanation, which read the cache and the database, allow it.
async fn may(app: &TestApp, user: &Actor, id: &str, key: &str) -> bool {
    let signed = match user.sign(&S3::new("PUT", &format!("/photos/{key}"))).await.status {
        200 => true,
        403 => false,
        other => panic!("{other}: {key}"),
    };
    let question = json!({ "action": "write", "bucket": "photos", "key": key });
    let own: Value = user.post("/v1/check", &question).await.ok();
    let asked = json!({ "user": id, "action": "write", "bucket": "photos", "key": key });
    let told: Value = app.root().post("/v1/check", &asked).await.ok();
    let request = json!({ "method": "PUT", "url": format!("{ENDPOINT}/photos/{key}"),
        "payload": "UNSIGNED-PAYLOAD" });
    let explained: Explanation =
        user.post("/v1/explain", &json!({ "request": request })).await.ok();
    let asked = json!({ "user": id, "request": request });
    let told_why: Explanation = app.root().post("/v1/explain", &asked).await.ok();
    let all = [own["decision"] == true, told["decision"] == true];
    assert_eq!(all, [signed; 2], "{id} {key}");
    assert_eq!([explained.allowed, told_why.allowed], [signed; 2], "{id} {key}");
    signed
}

/// Who may write `key`, now or at an instant of the past.
async fn who_can(app: &TestApp, key: &str, at: &str) -> Vec<(SubjectKind, String)> {
    let path = format!("/v1/buckets/photos/access?key={key}&permission=write{at}");
    let all: Page<SubjectPermissions> = app.root().get(&path).await.ok();
    all.items.into_iter().map(|one| (one.kind, one.subject)).collect()
}

#[tokio::test]
async fn m2_a_home_by_username_is_the_account_s_whatever_it_proves_itself_by() {
    on_both_with(Setup::Accounts, async |app| {
        app.register("photos").await;
        give_homes(app).await;
        let (ada, bob) = (make(app, "ada").await, make(app, "bob").await);
        let here = user(app, &sign_in(app, "ada").await);
        let made: CreatedAccessKey = here.post("/auth/token", &json!({ "name": "ci" })).await.ok();
        let by_key = app.with_token(made.secret.expose());
        let held = json!([{ "bucket": "photos", "permissions": [], "prefixes": [
            { "prefix": "home/ada/", "permissions": ["read", "write"] }] }]);
        for caller in [&here, &by_key] {
            for (key, is_adas) in [
                ("home/ada/x", true),
                ("home/ada/a/b", true),
                ("home/Ada/x", false),
                ("home/bob/x", false),
                ("home/adam/x", false),
                ("home/x", false),
                ("home/%24%7Busername%7D/x", false),
            ] {
                let signed = caller.sign(&S3::new("PUT", &format!("/photos/{key}"))).await;
                assert_eq!(signed.status == 200, is_adas, "{key}: {}", signed.body);
            }
            let own: Page<BucketPermissions> = caller.get("/v1/permissions").await.ok();
            assert_eq!(json!(own.items), held);
        }
        assert!(may(app, &here, &ada.id, "home/ada/x").await);
        assert!(!may(app, &here, &ada.id, &format!("home/{}/x", ada.id)).await);
        // By their id, the application learns the same of a user.
        let of_user: Page<BucketPermissions> =
            app.root().get(&format!("/v1/users/{}/permissions", ada.id)).await.ok();
        assert_eq!(json!(of_user.items), held);
        // A user of another auth service has no account, whatever their id is.
        let stranger = app.user("ada");
        assert!(!may(app, &stranger, "ada", "home/ada/x").await);
        assert_eq!(stranger.get("/v1/permissions").await.json()["items"], json!([]));
        assert_eq!(who_can(app, "home/ada/x", "").await, [(SubjectKind::User, ada.id.clone())]);
        assert_eq!(who_can(app, "home/bob/x", "").await, [(SubjectKind::User, bob.id)]);
        assert_eq!(who_can(app, "home/carl/x", "").await, []);
    })
    .await;
}

#[tokio::test]
async fn m2_whoami_and_dry_runs_know_homes_by_username() {
    on_both_with(Setup::Accounts, async |app| {
        app.register("photos").await;
        let ada = make(app, "ada").await;
        let operator = app.operator();
        let home = json!({ "home": { "bucket": "photos", "prefix": HOMES } });
        let set = operator.request(Method::PATCH, "/v1/projects/sail").json(&home);
        operator.send(set).await.ok::<Value>();
        let of = async |actor: Actor| actor.get("/v1/whoami").await.ok::<Whoami>().home;
        let adas = of(user(app, &sign_in(app, "ada").await)).await.unwrap();
        assert_eq!((adas.bucket.as_str(), adas.prefix.as_str()), ("photos", "home/ada/"));
        assert_eq!(of(app.user("ada")).await, None);
        assert_eq!(of(app.root()).await, None);

        let tried = async |prefix: &str, subject: &str| {
            let change = json!({ "changes": [{ "subject": subject, "prefix": prefix,
                "prefix_kind": if prefix == HOMES { "template" } else { "literal" },
                "put": { "permissions": ["read"] } }] });
            let patch = "/v1/buckets/photos/grants?dry_run=true";
            let request = app.root().request(Method::PATCH, patch).json(&change);
            app.root().send(request).await.ok::<GrantsChanged>().effects
        };
        assert_eq!(tried(HOMES, &ada.id).await[0].gains, [Read].into());
        assert_eq!(tried(HOMES, "nobody").await, [], "who has no account gains nothing");
        give_homes(app).await;
        assert_eq!(tried("home/ada/", &ada.id).await, [], "it is hers already");
        assert_eq!(tried("home/bob/", &ada.id).await[0].gains, [Read].into());
    })
    .await;
}

#[tokio::test]
async fn m2_no_account_is_renamed_while_a_grant_goes_by_usernames() {
    on_both_with(Setup::Accounts, async |app| {
        app.register("photos").await;
        let (ada, root) = (make(app, "ada").await, app.root());
        give_homes(app).await;
        let rename = async |from: &str, to: &str| {
            patch(&root, from, json!({ "username": to, "display_name": "Ada" })).await
        };
        let refused = rename("ada", "countess").await.refused(409, "username_granted");
        assert!(refused.detail.contains("photos/home/${username}/"), "{}", refused.detail);
        let same: Account = rename("ada", "ADA").await.ok();
        assert_eq!(same.display_name.as_deref(), Some("Ada"), "the same name is no other");
        // A grant that has ended covers nothing.
        let put = PutGrant {
            permissions: [Read, Write].into(),
            expires_at: Some(app.clock.now() + TimeDelta::minutes(1)),
            ..PutGrant::default()
        };
        root.cargo.put_grant("photos", "*", &key(), &put).await.unwrap();
        rename("ada", "countess").await.refused(409, "username_granted");
        app.clock.advance(TimeDelta::minutes(1));
        rename("ada", "countess").await.ok::<Account>();
        // By the name that it has now, on a server that knew the one before.
        give_homes(app).await;
        let here = user(app, &sign_in(app, "countess").await);
        assert!(may(app, &here, &ada.id, "home/countess/x").await);
        assert!(!may(app, &here, &ada.id, "home/ada/x").await);
        assert_eq!(who_can(app, "home/ada/x", "").await, []);
    })
    .await;
}

#[tokio::test]
async fn m2_who_could_in_the_past_goes_by_the_names_of_the_past() {
    on_both_with(Setup::Accounts, async |app| {
        app.register("photos").await;
        let ada = make(app, "ada").await;
        give_homes(app).await;
        app.clock.advance(TimeDelta::seconds(1));
        let then = app.clock.now().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        app.clock.advance(TimeDelta::seconds(1));
        app.root().cargo.delete_grant("photos", "*", &key()).await.unwrap();
        patch(&app.root(), "ada", json!({ "username": "countess" })).await.ok::<Account>();
        give_homes(app).await;
        let at = format!("&at={then}");
        let hers = [(SubjectKind::User, ada.id.clone())];
        assert_eq!(who_can(app, "home/ada/x", &at).await, hers);
        assert_eq!(who_can(app, "home/countess/x", &at).await, []);
        assert_eq!(who_can(app, "home/countess/x", "").await, hers);
    })
    .await;
}

#[tokio::test]
async fn m2_a_name_that_was_another_s_has_the_other_s_home_only_if_an_operator_gave_it_free() {
    on_both_with(Setup::Accounts, async |app| {
        app.register("photos").await;
        let (old, root) = (make(app, "ada").await, app.root());
        give_homes(app).await;
        assert!(may(app, &user(app, &sign_in(app, "ada").await), &old.id, "home/ada/x").await);
        root.delete("/v1/accounts/ada").await.done();
        let again = json!({ "username": "ada", "password": PASSWORD });
        root.post("/v1/accounts", &again).await.refused(409, "username_taken");
        make(app, "bob").await;
        patch(&root, "bob", json!({ "username": "ada" })).await.refused(409, "username_granted");
        assert_eq!(who_can(app, "home/ada/x", "").await, [], "it is nobody's");
        app.operator_in("sail").delete("/v1/reserved-usernames/ada").await.done();
        let new = make(app, "ada").await;
        let here = user(app, &sign_in(app, "ada").await);
        assert!(may(app, &here, &new.id, "home/ada/x").await, "as the docs say");
        assert_eq!(who_can(app, "home/ada/x", "").await, [(SubjectKind::User, new.id)]);
    })
    .await;
}
