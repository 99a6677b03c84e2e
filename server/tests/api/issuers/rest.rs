//! Operators register issuers while servers run.

use reqwest::Method;
use sail_cargo_client::protocol::{
    AuditEvent, AuditQuery, Check, Issuer, IssuerSettings, PageQuery, Permission, TokenAccount,
};
use serde_json::{Value, json};

use super::{issuer, name, token};
use crate::harness::{
    Actor, KEYS, Setup, TestApp, TestResponse, default_issuer, eventually, on_both,
};

async fn put(app: &TestApp, settings: &IssuerSettings) -> TestResponse {
    let path = format!("/v1/issuers/{}", settings.alias.as_deref().unwrap());
    app.eve().put(&path, &json!(settings)).await
}

async fn whoami(actor: &Actor) -> Value {
    actor.get("/v1/whoami").await.json()
}

/// The operators' trail, newest first.
async fn trail(app: &TestApp) -> Vec<AuditEvent> {
    app.operator().cargo.audit_events(&AuditQuery::default()).await.unwrap().items
}

#[tokio::test]
async fn an_issuer_is_believed_from_its_registration_to_its_end_on_every_server() {
    on_both(async |app| {
        let other = app.replica(Setup::Usual).await;
        let theirs = app.with_token(&token(app, "okta", "ada").signed_by(&KEYS[1]));
        theirs.get("/v1/whoami").await.refused(401, "wrong_issuer");
        let saved: Issuer = put(app, &issuer(app, "okta", &[KEYS[1].jwk()])).await.ok();
        assert_eq!((saved.alias.as_str(), saved.configured, saved.keys), ("okta", false, 1));
        assert_eq!(saved.check, Check::Ok);
        assert_eq!(whoami(&theirs).await["id"], "okta:ada");
        let there = theirs.at(&other);
        eventually("the other server believes it", async || {
            whoami(&there).await["id"] == "okta:ada"
        })
        .await;
        let listed = app.operator().cargo.issuers(&PageQuery::default()).await.unwrap().items;
        let listed: Vec<_> = listed.iter().map(|it| (it.alias.as_str(), it.configured)).collect();
        assert_eq!(listed, [("default", true), ("okta", false)]);

        // What was remembered of its tokens ends with it.
        app.eve().cargo.delete_issuer("okta").await.unwrap();
        theirs.get("/v1/whoami").await.refused(401, "wrong_issuer");
        eventually("the other server forgets it", async || {
            there.get("/v1/whoami").await.status == 401
        })
        .await;
        let acts: Vec<_> = trail(app).await.into_iter().take(2).collect();
        assert_eq!((&*acts[0].action, &*acts[1].action), ("issuer.delete", "issuer.put"));
        assert!(acts.iter().all(|act| act.actor == "operator:eve"), "{acts:?}");
        other.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_issuer_that_contradicts_another_is_not_registered() {
    on_both(async |app| {
        let okta = || issuer(app, "okta", &[KEYS[1].jwk()]);
        put(app, &okta()).await.ok::<Issuer>();
        let same = IssuerSettings { issuer: name("okta"), ..issuer(app, "other", &[]) };
        put(app, &same).await.refused(409, "issuer_overlaps");
        let ours = IssuerSettings {
            issuer: default_issuer(&app.auth, Setup::Usual).issuer,
            ..issuer(app, "other", &[])
        };
        put(app, &ours).await.refused(409, "issuer_overlaps");
        let keys = IssuerSettings { keys: Some(app.auth.url.clone()), ..issuer(app, "other", &[]) };
        put(app, &keys).await.refused(409, "issuer_keys_shared");
        let merged = |into: &str| IssuerSettings {
            merge_identities: Some(into.to_owned()),
            ..issuer(app, "new", &[KEYS[2].jwk()])
        };
        put(app, &merged("nobody")).await.refused(409, "issuer_merge_unknown");
        for (change, pointer) in [
            (json!({ "issuer": "https://accounts.google.com" }), "/conditions"),
            (json!({ "audiences": [] }), "/audiences"),
            (json!({ "keys": "file:/etc/passwd" }), "/keys"),
            (json!({ "keys": "http://keys.example" }), "/keys"),
            (json!({ "alias": "else" }), "/alias"),
            (json!({ "algorithms": ["HS256"] }), "/algorithms/0"),
            (json!({ "audience": "cargo" }), "/audience"),
        ] {
            let mut body = json!(issuer(app, "bad", &[]));
            for (field, value) in change.as_object().unwrap() {
                body[field] = value.clone();
            }
            let answer = app.eve().put("/v1/issuers/bad", &body).await;
            answer.refused(400, "invalid_request");
            assert_eq!(answer.problem().errors[0].pointer, pointer, "{change}");
        }
        for alias in ["default", "Okta", "a:b"] {
            let answer = app.eve().put(&format!("/v1/issuers/{alias}"), &json!(okta())).await;
            answer.refused(400, "invalid_request");
        }
        // Whoever has the users of another holds it.
        put(app, &merged("okta")).await.ok::<Issuer>();
        let theirs = app.with_token(&token(app, "new", "ada").signed_by(&KEYS[2]));
        assert_eq!(whoami(&theirs).await["id"], "okta:ada");
        let delete = app.eve().request(Method::DELETE, "/v1/issuers/okta");
        app.eve().send(delete).await.refused(409, "issuer_merge_unknown");
        assert!(trail(app).await[0].detail.contains("whose users are those of issuer okta"));
    })
    .await;
}

/// Users of a new issuer inherit nothing of those who were called so before.
#[tokio::test]
async fn an_alias_is_free_only_if_nobody_is_called_by_it() {
    on_both(async |app| {
        app.register("photos").await;
        let refused = async |alias: &str| {
            let answer = put(app, &issuer(app, alias, &[KEYS[1].jwk()])).await;
            answer.refused(409, "alias_names_users");
        };
        app.grant("photos", "okta:1", &[Permission::Read]).await;
        refused("okta").await;
        let member = app.root().put("/v1/groups/crew/members/dex:1", &json!({})).await;
        assert!(member.status < 300, "{}", member.body);
        refused("dex").await;
        let key = json!({ "user": "k8s:1", "name": "n" });
        let made = app.root().post("/v1/access-keys", &key).await;
        assert_eq!(made.status, 201, "{}", made.body);
        refused("k8s").await;
        // A name that only starts alike takes nobody's.
        app.grant("photos", "okt", &[Permission::Read]).await;
        put(app, &issuer(app, "okt", &[KEYS[1].jwk()])).await.ok::<Issuer>();

        // With an issuer, grants name its users. The alias stays its own when it is forgotten.
        app.grant("photos", "okt:1", &[Permission::Read]).await;
        app.eve().cargo.delete_issuer("okt").await.unwrap();
        let mut other = issuer(app, "okt", &[KEYS[1].jwk()]);
        other.issuer = name("other");
        put(app, &other).await.refused(409, "alias_taken");
        put(app, &issuer(app, "okt", &[KEYS[1].jwk()])).await.ok::<Issuer>();
        other.merge_identities = Some("okt".to_owned());
        put(app, &other).await.ok::<Issuer>();
        let detail = &trail(app).await[0].detail;
        assert!(detail.contains("the issuer that had this alias before"), "{detail}");
    })
    .await;
}

/// The same for the issuers of a server's configuration: it does not start.
#[tokio::test]
async fn a_server_does_not_start_with_an_alias_that_is_not_free() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "okta:1", &[Permission::Read]).await;
        let start = async |alias: &str| {
            let set = super::beside_default(app, vec![issuer(app, alias, &[KEYS[1].jwk()])]);
            app.start_replica(Setup::Usual, |config| config.auth.issuers = set).await
        };
        let refused = start("okta").await.err().unwrap().to_string();
        assert!(refused.contains("`okta:1` has grants"), "{refused}");
        start("dex").await.unwrap().stop().await;
        app.grant("photos", "dex:1", &[Permission::Read]).await;
        start("dex").await.unwrap().stop().await;
        assert!(trail(app).await[0].detail.contains("saved issuer dex"));
    })
    .await;
}

#[tokio::test]
async fn a_registered_issuer_that_cannot_be_believed_is_listed_and_costs_nobody_the_others() {
    on_both(async |app| {
        put(app, &issuer(app, "okta", &[KEYS[1].jwk()])).await.ok::<Issuer>();
        put(app, &issuer(app, "later", &[])).await.ok::<Issuer>();
        put(app, &issuer(app, "dex", &[])).await.ok::<Issuer>();
        let unknown = "UPDATE issuer SET settings = replace(settings, '\"algorithms\":[]', \
                       '\"algorithms\":[\"ES999\"]') WHERE alias = 'later'";
        app.database.execute(unknown);
        // This server's own file has Dex as well.
        let here = super::server(app, vec![issuer(app, "dex", &[])]).await;
        let okta = app.with_token(&token(app, "okta", "ada").signed_by(&KEYS[1])).at(&here);
        assert_eq!(whoami(&okta).await["id"], "okta:ada");
        let all = app.operator().at(&here).cargo.issuers(&PageQuery::default()).await.unwrap();
        let failed = all.items.iter().filter_map(|it| match &it.check {
            Check::Failed { detail } if detail.starts_with("not believed") => Some(&*it.alias),
            _ => None,
        });
        let failed: Vec<_> = failed.collect();
        assert_eq!(failed, ["later", "dex"], "{all:?}");
        here.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_test_of_a_token_says_at_which_step_it_fails_and_does_not_repeat_it() {
    on_both(async |app| {
        let mut okta = issuer(app, "okta", &[KEYS[1].jwk()]);
        okta.conditions = [("tier".to_owned(), ["gold".to_owned()].into())].into();
        put(app, &okta).await.ok::<Issuer>();
        let good = || token(app, "okta", "ada").claim("tier", "gold");
        let account = async |token: &str| -> TokenAccount {
            let answer = app.eve().post("/v1/issuers/okta/test", &json!({ "token": token })).await;
            let signature = token.rsplit('.').next().unwrap();
            assert!(signature == "c" || !answer.body.contains(signature), "{}", answer.body);
            answer.ok()
        };
        let accepted = account(&good().claim("groups", 7).signed_by(&KEYS[1])).await;
        assert!(accepted.accepted && accepted.steps.iter().all(|step| step.passed));
        let steps: Vec<_> = accepted.steps.iter().map(|step| step.step.as_str()).collect();
        let order =
            "form issuer audience algorithm key signature lifetime conditions user groups project";
        assert_eq!(steps.join(" "), order);
        assert_eq!(accepted.user.as_deref(), Some("okta:ada"));
        assert_eq!(accepted.project.as_deref(), Some("sail"));
        assert!(accepted.remarks[0].contains("`groups`"), "{accepted:?}");

        let now = app.clock.now().timestamp();
        for (token, step, said) in [
            ("a.b.c".to_owned(), "form", "compact form"),
            (
                good().claim("iss", "https://else.example").signed_by(&KEYS[1]),
                "issuer",
                "none that",
            ),
            (app.token("ada").signed_by(&KEYS[0]), "issuer", "of the issuer `default`"),
            (good().claim("aud", "else").signed_by(&KEYS[1]), "audience", "another audience"),
            (good().hs256(b"secret"), "algorithm", "RS256"),
            (good().header("kid", "second").signed_without_kid(&KEYS[0]), "signature", "wrong"),
            (good().claim("exp", now - 60).signed_by(&KEYS[1]), "lifetime", "expired"),
            (good().claim("tier", "tin").signed_by(&KEYS[1]), "conditions", "`tier`"),
            (good().claim("sub", json!(null)).signed_by(&KEYS[1]), "user", "`sub`"),
        ] {
            let account = account(&token).await;
            let last = account.steps.last().unwrap();
            assert!(!account.accepted && !last.passed, "{step}: {account:?}");
            assert_eq!(last.step, step);
            assert!(last.detail.contains(said), "{step}: {}", last.detail);
            assert_eq!((account.user, account.project), (None, None), "{step}");
        }
        let answer = app.eve().post("/v1/issuers/none/test", &json!({ "token": "a.b.c" })).await;
        answer.refused(404, "not_found");
        let nowhere = app.token("ada").claim("projectId", "nowhere").signed_by(&KEYS[0]);
        let asked = json!({ "token": nowhere });
        let account: TokenAccount = app.eve().post("/v1/issuers/default/test", &asked).await.ok();
        assert_eq!(account.steps.last().unwrap().step, "project", "{account:?}");
        assert!(!account.accepted);
        for (method, path) in [
            (Method::GET, "/v1/issuers"),
            (Method::PUT, "/v1/issuers/okta"),
            (Method::DELETE, "/v1/issuers/okta"),
            (Method::POST, "/v1/issuers/okta/test"),
        ] {
            for actor in [app.root(), app.ada()] {
                let request = actor.request(method.clone(), path).json(&json!(okta));
                actor.send(request).await.refused(403, "operator_only");
            }
        }
    })
    .await;
}

/// K1: without a time of the sign-in only the application makes keys, unless the issuer's row says that `iat` is it.
#[tokio::test]
async fn users_without_a_time_of_sign_in_make_keys_only_where_the_issuer_says_that_iat_counts() {
    on_both(async |app| {
        let okta = issuer(app, "okta", &[KEYS[1].jwk()]);
        put(app, &okta).await.ok::<Issuer>();
        let signed_in = |seconds: i64, since: Option<i64>| {
            let at = |ago: i64| app.clock.now().timestamp() - ago;
            let token = token(app, "okta", "ada").claim("iat", at(seconds));
            let token = token.claim("auth_time", since.map(at));
            app.with_token(&token.signed_by(&KEYS[1]))
        };
        for kind in ["s3", "token"] {
            let new = json!({ "name": "n", "kind": kind });
            let make = async |actor: &Actor| actor.post("/v1/access-keys", &new).await;
            make(&signed_in(0, None)).await.refused(401, "reauthenticate");
            assert_eq!(make(&signed_in(0, Some(60))).await.status, 201, "it says when");
            let theirs = json!({ "name": "n", "kind": kind, "user": "okta:ada" });
            assert_eq!(app.root().post("/v1/access-keys", &theirs).await.status, 201);
        }
        let counts = IssuerSettings { issued_at_is_sign_in: true, ..okta };
        put(app, &counts).await.ok::<Issuer>();
        for kind in ["s3", "token"] {
            let new = json!({ "name": "n", "kind": kind });
            let make = async |actor: &Actor| actor.post("/v1/access-keys", &new).await.status;
            eventually("it counts", async || make(&signed_in(0, None)).await == 201).await;
            assert_eq!(make(&signed_in(901, None)).await, 401);
            assert_eq!(make(&signed_in(0, Some(901))).await, 401, "what it says stands");
        }
    })
    .await;
}
