//! `/auth/token`: personal API keys of accounts.

use base64::engine::general_purpose::STANDARD;
use sail_cargo_client::protocol::{AccessKeyKind, CreatePersonalKey, SecretText};

use sail_cargo_client::protocol::CreateAccessKey;
use sail_cargo_server::domain::access_key::NewAccessKey;
use sail_cargo_server::domain::caller::User;
use sail_cargo_server::domain::{Caller, Context, ProjectId, SubjectId};
use sail_cargo_server::service::ServiceError;

use super::*;

const TOKEN: &str = "/auth/token";

async fn mint(actor: &Actor) -> TestResponse {
    actor.post(TOKEN, &json!({ "name": "ci" })).await
}

/// Asks with name and password in a header.
async fn basic(app: &TestApp, shown: &str, body: &Value) -> TestResponse {
    let anon = app.anon();
    let request = anon
        .request(Method::POST, TOKEN)
        .header("x-forwarded-for", HOME)
        .header("authorization", format!("Basic {}", STANDARD.encode(shown)));
    anon.send(request.json(body)).await
}

fn bearer(app: &TestApp, key: &CreatedAccessKey) -> Actor {
    app.with_token(key.secret.expose())
}

#[tokio::test]
async fn a_fresh_sign_in_makes_a_personal_key_and_a_refreshed_one_does_not() {
    on_both_with(Setup::Accounts, async |app| {
        let ada = make(app, "ada").await;
        app.register("photos").await;
        app.grant("photos", &ada.id, &[Permission::Read, Permission::Write]).await;
        let signed_in = sign_in(app, "ada").await;
        let here = user(app, &signed_in);
        let asked = CreatePersonalKey {
            name: "ci".to_owned(),
            permissions: Some([Permission::Read].into()),
            ..CreatePersonalKey::default()
        };
        let made = here.cargo.create_personal_key(&asked).await.unwrap();
        assert_eq!(
            (made.stored.kind, made.stored.user.as_ref()),
            (AccessKeyKind::Token, Some(&ada.id))
        );
        let key = bearer(app, &made);
        key.signed(&S3::new("GET", "/photos/x")).await;
        key.sign(&S3::new("PUT", "/photos/x")).await.refused(403, "key_limits");
        assert_eq!(mint(&here).await.status, 201, "many keys a user");
        mint(&key).await.refused(403, "sign_in_required");
        mint(&app.root()).await.refused(403, "users_only");
        mint(&app.anon()).await.refused(401, "missing_credentials");
        mint(&app.user("somebody")).await.refused(401, "reauthenticate");

        app.clock.advance(TimeDelta::minutes(14));
        let refreshed: SignedIn = refresh(app, signed_in.refresh_token.expose()).await.ok();
        assert_eq!(mint(&user(app, &refreshed)).await.status, 201, "the sign-in is fresh still");
        app.clock.advance(TimeDelta::seconds(61));
        let stale = user(app, &refreshed);
        stale.get("/v1/whoami").await.ok::<Whoami>();
        mint(&stale).await.refused(401, "reauthenticate");
        stale.get("/v1/access-keys").await.refused(401, "reauthenticate");
        let rotate = format!("/v1/access-keys/{}/rotate", made.stored.access_key_id);
        stale.post(&rotate, &json!({})).await.refused(401, "reauthenticate");
        key.get("/v1/whoami").await.ok::<Whoami>();
    })
    .await;
}

#[tokio::test]
async fn a_personal_key_is_made_once_for_an_idempotency_key() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let here = user(app, &sign_in(app, "ada").await);
        let mint = async |name: &str| {
            let request = here.request(Method::POST, TOKEN).header("idempotency-key", "k");
            here.send(request.json(&json!({ "name": name }))).await
        };
        let (one, other) = tokio::join!(mint("ci"), mint("ci"));
        let (first, second): (CreatedAccessKey, CreatedAccessKey) = (one.ok(), other.ok());
        assert_eq!(first.secret.expose(), second.secret.expose());
        mint("cd").await.refused(422, "idempotency_key_reused");
        let anon = app.anon();
        let by_password = async || {
            let shown = STANDARD.encode(format!("ada:{PASSWORD}"));
            let request = anon
                .request(Method::POST, TOKEN)
                .header("x-forwarded-for", HOME)
                .header("idempotency-key", "k")
                .header("authorization", format!("Basic {shown}"));
            anon.send(request.json(&json!({ "name": "ci" }))).await
        };
        let third: CreatedAccessKey = by_password().await.ok();
        assert_eq!(third.secret.expose(), first.secret.expose(), "the same user, and request");
        let secret = first.secret.expose();
        let secret = &secret[secret.len() - 40..];
        assert!(!app.database.dump().windows(40).any(|window| window == secret.as_bytes()));
    })
    .await;
}

#[tokio::test]
async fn name_and_password_make_a_personal_key_by_the_rules_of_every_sign_in() {
    on_both_with(Setup::Accounts, async |app| {
        make_with(app, json!({ "username": "ada", "email": "ada@example.com" })).await;
        make_with(app, json!({ "username": "bob", "must_change_password": true })).await;
        let new = json!({ "name": "ci", "buckets": ["photos"] });
        for name in ["ada", "ADA", "ada@example.com"] {
            let made = basic(app, &format!("{name}:{PASSWORD}"), &new).await;
            assert_eq!(made.status, 201, "{}", made.body);
            bearer(app, &made.ok()).get("/v1/whoami").await.ok::<Whoami>();
        }
        let login = login(app, "ada", "wrong, and long enough").await;
        let told = login.refused(401, "invalid_login").detail;
        for wrong in ["ada:wrong, and long enough", "nobody:wrong, and long enough", "no body:x"] {
            let refused = basic(app, wrong, &new).await.refused(401, "invalid_login");
            assert_eq!(refused.detail, told);
        }
        basic(app, &format!("bob:{PASSWORD}"), &new).await.refused(403, "password_change_required");
        basic(app, "ada", &new).await.refused(401, "malformed_credentials");
        let elsewhere = json!({ "name": "ci", "project": "nowhere" });
        basic(app, &format!("ada:{PASSWORD}"), &elsewhere).await.refused(401, "invalid_login");
        app.make_neighbour("maps").await;
        basic(app, &format!("ada:{PASSWORD}"), &new).await.refused(400, "project_required");
        let named = json!({ "name": "ci", "project": "sail" });
        assert_eq!(basic(app, &format!("ada:{PASSWORD}"), &named).await.status, 201);
        let asked = CreatePersonalKey {
            name: "ci".to_owned(),
            project: Some("sail".to_owned()),
            ..CreatePersonalKey::default()
        };
        let password = SecretText::new(PASSWORD.to_owned());
        let made = app.anon().cargo.create_personal_key_of(("ada", &password), &asked).await;
        assert!(made.unwrap().secret.expose().starts_with("cgpk_live_"));
        app.clock.advance(TimeDelta::seconds(61));
        let trail = async || app.root().get("/v1/audit-events").await.body;
        eventually("it is on record", async || trail().await.contains("login_wrong_password"))
            .await;
        assert!(!trail().await.contains(PASSWORD));
    })
    .await;
}

#[tokio::test]
async fn guesses_at_the_password_are_delayed_wherever_they_are_made() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let new = json!({ "name": "ci" });
        for number in 0..9 {
            // The next delay is as long as any, so that no slow machine outlasts it.
            app.clock.suspend(30);
            let wrong = "wrong, and long enough";
            if number % 2 == 0 {
                login(app, "ada", wrong).await.refused(401, "invalid_login");
            } else {
                basic(app, &format!("ada:{wrong}"), &new).await.refused(401, "invalid_login");
            }
        }
        let right = format!("ada:{PASSWORD}");
        basic(app, &right, &new).await.refused(429, "login_delayed");
        login(app, "ada", PASSWORD).await.refused(429, "login_delayed");
    })
    .await;
}

#[tokio::test]
async fn a_personal_key_dies_with_its_account() {
    on_both_with(Setup::Accounts, async |app| {
        let ada = make(app, "ada").await;
        app.register("photos").await;
        app.grant("photos", &ada.id, &[Permission::Read]).await;
        let replica = app.replica(Setup::Accounts).await;
        let made: CreatedAccessKey = mint(&user(app, &sign_in(app, "ada").await)).await.ok();
        let (here, get) = (bearer(app, &made), S3::new("GET", "/photos/x"));
        let there = here.at(&replica);
        here.signed(&get).await;
        there.signed(&get).await;
        let refused = async || {
            here.sign(&get).await.refused(401, "invalid_personal_key");
            eventually("the replica refuses it", async || there.sign(&get).await.status == 401)
                .await;
        };
        patch(&app.root(), "ada", json!({ "status": "disabled" })).await.ok::<Account>();
        refused().await;
        patch(&app.root(), "ada", json!({ "status": "active" })).await.ok::<Account>();
        here.signed(&get).await;
        let end = "/v1/accounts/ada/sessions/end";
        app.root().post(end, &json!({})).await.ok::<Value>();
        here.signed(&get).await;
        let ended = app.root().post(&format!("{end}?keys=true"), &json!({})).await.json();
        assert_eq!(ended["keys_disabled"], 1);
        refused().await;
        app.root().delete("/v1/accounts/ada").await.done();
        refused().await;
        replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_personal_key_is_no_administrator_of_accounts_and_changes_no_password() {
    on_both_with(Setup::Accounts, async |app| {
        let ada = make(app, "ada").await;
        make(app, "bob").await;
        make_admin(app, &ada.id, None).await;
        let signed_in = user(app, &sign_in(app, "ada").await);
        signed_in.get("/v1/accounts").await.ok::<Page<Account>>();
        let key = bearer(app, &mint(&signed_in).await.ok());
        let none = json!({});
        for answer in [
            key.get("/v1/accounts").await,
            key.get("/v1/accounts/bob").await,
            key.post("/v1/accounts", &json!({ "username": "eve" })).await,
            key.post("/v1/accounts/bob/reset", &none).await,
            key.post("/v1/accounts/bob/sessions/end", &none).await,
            key.delete("/v1/accounts/bob").await,
            patch(&key, "ada", json!({ "email": "x@example.com" })).await,
            key.get("/auth/account").await,
            key.post("/auth/password", &json!({ "password": PASSWORD, "new_password": OTHER }))
                .await,
        ] {
            answer.refused(403, "sign_in_required");
        }
        login(app, "ada", PASSWORD).await.ok::<SignedIn>();
        login(app, "bob", PASSWORD).await.ok::<SignedIn>();
    })
    .await;
}

#[tokio::test]
async fn a_server_without_accounts_makes_personal_keys_at_access_keys_only() {
    on_both_with(Setup::Usual, async |app| {
        let now = app.clock.now().timestamp();
        let token = app.token("ada").claim("auth_time", now).signed_by(&KEYS[0]);
        let ada = app.with_token(&token);
        mint(&ada).await.refused(409, "accounts_off");
        basic(app, &format!("ada:{PASSWORD}"), &json!({ "name": "ci" }))
            .await
            .refused(409, "accounts_off");
        let new = json!({ "kind": "token", "name": "ci" });
        bearer(app, &ada.post("/v1/access-keys", &new).await.ok())
            .get("/v1/whoami")
            .await
            .ok::<Whoami>();
    })
    .await;
}

/// The end of an account ends the keys that are there: a request that proved itself before and comes after makes none.
#[tokio::test]
async fn no_key_is_made_for_an_account_that_was_put_out_meanwhile() {
    on_both_with(Setup::Accounts, async |app| {
        let project: Value = app.operator().get("/v1/projects/sail").await.ok();
        let project = ProjectId::parse(project["id"].as_str().unwrap()).unwrap();
        let proved = async |account: &Account| {
            let id = SubjectId::parse(&account.id).unwrap();
            let standing = app.sees.account_standing(&project, &id).await.unwrap().unwrap();
            let (now, nobody) = (app.clock.now(), Caller::everybody(project.clone()));
            let Caller::Everybody(nobody) = nobody else { unreachable!() };
            let (signed_in_at, epoch) = (Some(now), Some(standing.epoch));
            Context {
                caller: Caller::User(User { id, signed_in_at, epoch, ..nobody }),
                ..app.context()
            }
        };
        for (username, end) in [("ada", "delete"), ("bob", "end"), ("cyd", "disable")] {
            let account = make(app, username).await;
            let context = proved(&account).await;
            let mint = async || {
                let asked = CreateAccessKey {
                    name: "ci".to_owned(),
                    kind: AccessKeyKind::Token,
                    ..CreateAccessKey::default()
                };
                let new = NewAccessKey::parse(asked, &context.caller, context.now).unwrap();
                app.sees.create_access_key(project.clone(), new, context.clone()).await.map(drop)
            };
            mint().await.unwrap();
            let path = format!("/v1/accounts/{}", account.id);
            let ended = match end {
                "delete" => app.root().delete(&path).await,
                "disable" => patch(&app.root(), &account.id, json!({ "status": "disabled" })).await,
                _ => app.root().post(&format!("{path}/sessions/end"), &json!({})).await,
            };
            assert!(ended.status < 300, "{end}: {}", ended.body);
            let refused = mint().await;
            assert!(matches!(refused, Err(ServiceError::SignedOut(_))), "{end}: {refused:?}");
        }
    })
    .await;
}
