//! Signing in with name and password, and what the tokens are good for.

use argon2::password_hash::{PasswordHasher as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use diesel::deserialize::QueryableByName;
use diesel::sql_types::Text;
use sail_cargo_database::testing::diesel;

use super::*;

#[tokio::test]
async fn one_changes_one_s_own_e_mail_address_after_a_fresh_sign_in() {
    on_both_with(Setup::Accounts, async |app| {
        let ada = make_with(app, json!({ "username": "ada", "email": "old@example.com" })).await;
        make_with(app, json!({ "username": "bob", "email": "bob@example.com" })).await;
        let signed_in = sign_in(app, "ada").await;
        let here = user(app, &signed_in);
        let set = async |actor: &Actor, body: Value| {
            actor.send(actor.request(Method::PATCH, "/auth/account").json(&body)).await
        };
        let email = |address: &str| json!({ "email": address });
        let changed: Account = set(&here, email("Ada@Example.com")).await.ok();
        assert_eq!((changed.id, changed.email.as_deref()), (ada.id, Some("ada@example.com")));
        let by_mail = async |address: &str| {
            let body = json!({ "email": address, "password": PASSWORD });
            post_from(app, HOME, "/auth/login", &body).await.status
        };
        assert_eq!(
            (by_mail("ada@example.com").await, by_mail("old@example.com").await),
            (200, 401)
        );
        set(&here, email("BOB@example.com")).await.refused(409, "email_taken");
        set(&here, email("nobody")).await.refused(400, "invalid_request");
        // What administrators change is not one's own to change.
        for body in [json!({ "username": "eve" }), json!({ "status": "active" })] {
            set(&here, body).await.refused(400, "invalid_request");
        }
        let key: CreatedAccessKey = here.post("/auth/token", &json!({ "name": "ci" })).await.ok();
        let by_key = app.with_token(key.secret.expose());
        set(&by_key, email("x@example.com")).await.refused(403, "sign_in_required");
        set(&app.root(), email("x@example.com")).await.refused(403, "not_an_account");
        set(&app.user("zoe"), email("x@example.com")).await.refused(403, "not_an_account");
        app.clock.advance(TimeDelta::minutes(14));
        let refreshed: SignedIn = refresh(app, signed_in.refresh_token.expose()).await.ok();
        app.clock.advance(TimeDelta::minutes(2));
        let stale = user(app, &refreshed);
        set(&stale, email("x@example.com")).await.refused(401, "reauthenticate");
        let own: Account = stale.get("/auth/account").await.ok();
        assert_eq!(own.email.as_deref(), Some("ada@example.com"));
        assert_eq!(events(app, "account.patch").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_signs_in_has_a_token_that_goes_the_way_of_every_token() {
    on_both_with(Setup::Accounts, async |app| {
        let ada = make_with(app, json!({ "username": "Ada", "email": "Ada@Example.com" })).await;
        assert_eq!((ada.username.as_str(), ada.email.as_deref()), ("ada", Some("ada@example.com")));
        app.register("photos").await;
        app.grant("photos", &ada.id, &[Permission::Read]).await;
        for name in [json!({ "username": "ADA" }), json!({ "email": "ada@example.COM" })] {
            let mut body = name;
            body["password"] = PASSWORD.into();
            let answer = post_from(app, HOME, "/auth/login", &body).await;
            let signed_in: SignedIn = answer.ok();
            assert_eq!((signed_in.token_type.as_str(), signed_in.expires_in), ("Bearer", 900));
            assert_eq!(signed_in.refresh_expires_in, 14 * 24 * 60 * 60);
            let token = user(app, &signed_in);
            let whoami: Whoami = token.get("/v1/whoami").await.ok();
            assert_eq!((whoami.id.as_str(), whoami.project.as_deref()), (&*ada.id, Some("sail")));
            token.signed(&S3::new("GET", "/photos/x")).await;
            token.sign(&S3::new("PUT", "/photos/x")).await.refused(403, "no_permission");
            let own: Account = token.get("/auth/account").await.ok();
            assert_eq!(own.last_login_at, Some(app.clock.now()));
        }
        let logins = events(app, "account.login").await;
        assert_eq!(logins.len(), 2);
        assert_eq!(logins[0].actor, format!("user:{}", ada.id));
    })
    .await;
}

#[tokio::test]
async fn an_access_token_says_who_and_since_when_and_names_no_groups() {
    on_both_with(Setup::Accounts, async |app| {
        let ada = make_with(app, json!({ "username": "ada", "service_account": true })).await;
        let member = format!("/v1/groups/staff/members/{}", ada.id);
        app.root().put(&member, &json!({})).await.ok::<Value>();
        let (header, claims) = parts(sign_in(app, "ada").await.access_token.expose());
        assert_eq!((&header["alg"], &header["typ"]), (&json!("RS256"), &json!("at+jwt")));
        let now = app.clock.now().timestamp();
        let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "aud",
                "auth_time",
                "epoch",
                "exp",
                "iat",
                "id",
                "iss",
                "jti",
                "nbf",
                "projectId",
                "role",
                "sub",
                "username"
            ]
        );
        for (name, value) in [
            ("iss", json!(PUBLIC_URL)),
            ("aud", json!(PUBLIC_URL)),
            ("sub", json!(ada.id)),
            ("id", json!(ada.id)),
            ("username", json!("ada")),
            ("role", json!(1)),
            ("iat", json!(now)),
            ("exp", json!(now + 900)),
            ("auth_time", json!(now)),
            ("epoch", json!(0)),
        ] {
            assert_eq!(claims[name], value, "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_password_that_must_be_changed_is_good_for_that_only() {
    on_both_with(Setup::Accounts, async |app| {
        make_with(app, json!({ "username": "ada", "must_change_password": true })).await;
        login(app, "ada", PASSWORD).await.refused(403, "password_change_required");
        login(app, "ada", "wrong, and long enough").await.refused(401, "invalid_login");
        let with =
            |new: &str| json!({ "username": "ada", "password": PASSWORD, "new_password": new });
        for weak in ["short", "ada ada ada ada ada", "correct horse battery staple", PASSWORD] {
            let refused = post_from(app, HOME, "/auth/login", &with(weak)).await;
            let problem = refused.refused(400, "invalid_request");
            assert_eq!(problem.errors[0].pointer, "/new_password", "{weak}");
        }
        let answer = post_from(app, HOME, "/auth/login", &with(OTHER)).await;
        let signed_in: SignedIn = answer.ok();
        user(app, &signed_in).get("/v1/whoami").await.ok::<Whoami>();
        login(app, "ada", PASSWORD).await.refused(401, "invalid_login");
        login(app, "ada", OTHER).await.ok::<SignedIn>();
        assert_eq!(events(app, "account.password").await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn another_password_takes_the_one_before_and_ends_every_other_sign_in() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let (first, second) = (sign_in(app, "ada").await, sign_in(app, "ada").await);
        let change = |old: &str| json!({ "password": old, "new_password": OTHER });
        let ada = user(app, &first);
        ada.post("/auth/password", &change("wrong, and long enough"))
            .await
            .refused(401, "invalid_login");
        let anew: SignedIn = ada.post("/auth/password", &change(PASSWORD)).await.ok();
        for old in [&first, &second] {
            user(app, old).get("/v1/whoami").await.refused(401, "token_ended");
            let old = refresh(app, old.refresh_token.expose()).await;
            old.refused(401, "invalid_refresh_token");
        }
        user(app, &anew).get("/v1/whoami").await.ok::<Whoami>();
        refresh(app, anew.refresh_token.expose()).await.ok::<SignedIn>();
        login(app, "ada", PASSWORD).await.refused(401, "invalid_login");

        app.clock.advance(TimeDelta::minutes(14));
        let later: SignedIn = login(app, "ada", OTHER).await.ok();
        app.clock.advance(TimeDelta::minutes(14));
        let refreshed: SignedIn = refresh(app, later.refresh_token.expose()).await.ok();
        app.clock.advance(TimeDelta::minutes(2));
        let stale = user(app, &refreshed).post("/auth/password", &change(OTHER)).await;
        stale.refused(401, "reauthenticate");
    })
    .await;
}

#[tokio::test]
async fn a_server_of_several_projects_wants_the_project_named_and_tries_no_other() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let methods = app.anon().get("/auth/methods").await.json();
        assert_eq!(
            methods,
            json!({
                "embedded": true,
                "project_required": false,
                "issuers": [{ "alias": "", "issuer": ISSUER, "audience": "cargo" }],
            })
        );
        let neighbours = app.make_neighbour("maps").await;
        assert_eq!(app.anon().get("/auth/methods").await.json()["project_required"], true);
        let body = |project: Option<&str>| {
            json!({ "username": "ada", "password": PASSWORD, "project": project })
        };
        let ask = async |project| post_from(app, HOME, "/auth/login", &body(project)).await;
        ask(None).await.refused(400, "project_required");
        let signed_in: SignedIn = ask(Some("sail")).await.ok();
        for elsewhere in ["maps", "nowhere", "no/slug"] {
            ask(Some(elsewhere)).await.refused(401, "invalid_login");
        }
        // The API key of another project beside the token: whose it is must agree.
        let (token, key) = (signed_in.access_token.expose().to_owned(), neighbours);
        let both = Proof { token: Some(token.clone()), key: Some(key), project: None };
        app.actor(&both).get("/v1/whoami").await.refused(401, "project_mismatch");
        let named = Proof { token: Some(token), key: None, project: Some("maps".to_owned()) };
        app.actor(&named).get("/v1/whoami").await.refused(401, "project_mismatch");
    })
    .await;
}

#[tokio::test]
async fn no_other_auth_service_speaks_for_an_account_and_no_other_key_signs_for_this_one() {
    on_both_with(Setup::Accounts, async |app| {
        let ada = make(app, "ada").await;
        let foreign = app.user(&ada.id).get("/v1/whoami").await;
        foreign.refused(401, "foreign_account");
        app.user("somebody").get("/v1/whoami").await.ok::<Whoami>();
        let signed_in = sign_in(app, "ada").await;
        let token = signed_in.access_token.expose();
        let (header, claims) = parts(token);
        let kid = header["kid"].as_str().unwrap().to_owned();
        let mut forged = app.token(&ada.id).header("kid", kid).header("typ", "at+jwt");
        for (name, value) in claims.as_object().unwrap() {
            forged = forged.claim(name, value.clone());
        }
        let pems: Vec<String> = app.anon().get("/auth/public-key").await.ok();
        for (token, code) in [
            (forged.clone().signed_without_kid(&KEYS[0]), "bad_signature"),
            (forged.clone().hs256(pems[0].as_bytes()), "wrong_algorithm"),
            (forged.clone().unsigned(), "malformed_token"),
        ] {
            app.with_token(&token).get("/v1/whoami").await.refused(401, code);
        }
        // What another key signed under the name of the other auth service is tried by that one's keys.
        let theirs = forged.claim("iss", ISSUER).signed_by(&KEYS[0]);
        app.with_token(&theirs).get("/v1/whoami").await.refused(401, "wrong_audience");
        user(app, &signed_in).get("/v1/whoami").await.ok::<Whoami>();
    })
    .await;
}

#[tokio::test]
async fn a_server_without_accounts_says_so() {
    on_both_with(Setup::Usual, async |app| {
        assert_eq!(app.anon().get("/auth/methods").await.json()["embedded"], false);
        login(app, "ada", PASSWORD).await.refused(409, "accounts_off");
        app.root().get("/v1/accounts").await.refused(409, "accounts_off");
        app.anon().get("/auth/jwks.json").await.refused(409, "accounts_off");
    })
    .await;
}

#[derive(QueryableByName)]
struct Hash {
    #[diesel(sql_type = Text)]
    text: String,
}

#[tokio::test]
async fn a_hash_that_cost_less_is_made_anew_at_the_next_sign_in() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let hash = || {
            let rows: Vec<Hash> = app
                .database
                .rows("SELECT password_hash AS text FROM account WHERE username = 'ada'");
            rows[0].text.clone()
        };
        let made = hash();
        assert!(made.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{made}");
        let params = Params::new(8 * 1024, 1, 1, None).unwrap();
        let weak = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let salt = SaltString::encode_b64(&[7; 16]).unwrap();
        let weak = weak.hash_password(PASSWORD.as_bytes(), &salt).unwrap().to_string();
        app.database.execute(&format!("UPDATE account SET password_hash = '{weak}'"));
        login(app, "ada", OTHER).await.refused(401, "invalid_login");
        assert_eq!(hash(), weak, "a wrong password changes nothing");
        sign_in(app, "ada").await;
        let strong = hash();
        assert!(strong.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && strong != made);
        sign_in(app, "ada").await;
        assert_eq!(hash(), strong);
    })
    .await;
}
