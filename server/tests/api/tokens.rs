//! A token is believed when the auth service signed it, for here and for now; else never.

use chrono::TimeDelta;
use reqwest::Method;
use sail_cargo_client::protocol::{Actor, AuditQuery, Permission, Whoami};
use serde_json::json;

use crate::harness::{Form, ISSUER, KEYS, Proof, S3, Setup, TestApp, Token, on_both, on_both_with};

/// How a token that is not to be believed is made, and what is said of it.
type Flaw = (&'static str, fn(Token) -> String, &'static str);

const FLAWS: &[Flaw] = &[
    ("not signed", Token::unsigned, "malformed_token"),
    ("no algorithm", |token| token.header("alg", "none").signed_by(&KEYS[0]), "wrong_algorithm"),
    (
        "the public key as a secret",
        |token| token.hs256(KEYS[0].pem().as_bytes()),
        "wrong_algorithm",
    ),
    ("RS512", |token| token.header("alg", "RS512").signed_by(&KEYS[0]), "wrong_algorithm"),
    ("rs256", |token| token.header("alg", "rs256").signed_by(&KEYS[0]), "wrong_algorithm"),
    (
        "critical extensions",
        |token| token.header("crit", json!(["x"])).signed_by(&KEYS[0]),
        "malformed_token",
    ),
    (
        "another type",
        |token| token.header("typ", "dpop+jwt").signed_by(&KEYS[0]),
        "malformed_token",
    ),
    ("a stranger's key", |token| token.signed_by(&KEYS[2]), "unknown_key"),
    (
        "a stranger's key under our kid",
        |token| token.header("kid", "first").signed_without_kid(&KEYS[2]),
        "bad_signature",
    ),
    ("a stranger's key without kid", |token| token.signed_without_kid(&KEYS[2]), "bad_signature"),
    (
        "a key brought along",
        |token| token.header("jwk", KEYS[2].jwk()).signed_without_kid(&KEYS[2]),
        "bad_signature",
    ),
    ("expired", |token| at(token, "exp", -30), "token_expired"),
    ("no expiry", |token| token.claim("exp", json!(null)).signed_by(&KEYS[0]), "invalid_claim"),
    (
        "expiry as text",
        |token| token.claim("exp", "1900000000").signed_by(&KEYS[0]),
        "invalid_claim",
    ),
    ("not valid yet", |token| at(token, "nbf", 31), "token_not_yet_valid"),
    ("issued in the future", |token| at(token, "iat", 31), "token_not_yet_valid"),
    ("lives for days", |token| at(token, "exp", 90_000), "token_lives_too_long"),
    (
        "another issuer",
        |token| token.claim("iss", "https://evil.example").signed_by(&KEYS[0]),
        "wrong_issuer",
    ),
    (
        "an issuer that starts alike",
        |token| token.claim("iss", format!("{ISSUER}/")).signed_by(&KEYS[0]),
        "wrong_issuer",
    ),
    ("no issuer", |token| token.claim("iss", json!(null)).signed_by(&KEYS[0]), "wrong_issuer"),
    ("another audience", |token| token.claim("aud", "else").signed_by(&KEYS[0]), "wrong_audience"),
    ("no audience", |token| token.claim("aud", json!(null)).signed_by(&KEYS[0]), "wrong_audience"),
    ("nobody", |token| token.claim("sub", json!(null)).signed_by(&KEYS[0]), "invalid_claim"),
    ("two users", |token| token.claim("id", "root").signed_by(&KEYS[0]), "ambiguous_user"),
    (
        "an unknown project",
        |token| token.claim("projectId", "none").signed_by(&KEYS[0]),
        "unknown_project",
    ),
    (
        "no project",
        |token| token.claim("projectId", json!(null)).signed_by(&KEYS[0]),
        "project_required",
    ),
    ("too long", |token| token.claim("x", "x".repeat(8192)).signed_by(&KEYS[0]), "token_too_long"),
    ("cut off", |token| token.signed_by(&KEYS[0])[..200].to_owned(), "malformed_token"),
    ("garbage", |_| "garbage".to_owned(), "malformed_token"),
    ("three empty parts", |_| "..".to_owned(), "malformed_token"),
    ("five parts, as encrypted ones have", |_| "a.b.c.d.e".to_owned(), "malformed_token"),
];

/// A token whose `claim` is so many seconds from now.
fn at(token: Token, claim: &str, seconds: i64) -> String {
    token.claim(claim, NOW + seconds).signed_by(&KEYS[0])
}

/// When the tests' clock starts.
const NOW: i64 = 1_800_000_000;

#[tokio::test]
async fn a_token_with_any_flaw_lets_nobody_in() {
    on_both(async |app| {
        assert_eq!(app.clock.now().timestamp(), NOW);
        for (flaw, spoil, code) in FLAWS {
            let answer = app.with_token(&spoil(app.token("ada"))).get("/v1/whoami").await;
            assert_eq!((answer.status, answer.problem().code.as_str()), (401, *code), "{flaw}");
            assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"sail-cargo\"", "{flaw}");
        }
        assert_eq!(app.ada().get("/v1/whoami").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_token_is_good_until_its_last_second_and_the_leeway() {
    on_both(async |app| {
        let ada = app.ada();
        app.clock.advance(TimeDelta::seconds(3600 + 29));
        assert_eq!(ada.get("/v1/whoami").await.status, 200);
        app.clock.advance(TimeDelta::seconds(1));
        ada.get("/v1/whoami").await.refused(401, "token_expired");
    })
    .await;
}

#[tokio::test]
async fn plain_oidc_and_the_sail_auth_service_are_both_understood() {
    on_both_with(Setup::AnyAudience, async |app| {
        let now = app.clock.now();
        let sail = Token::sail("6532f1", 1, now).signed_by(&KEYS[0]);
        let bot: Whoami = app.with_token(&sail).get("/v1/whoami").await.ok();
        assert_eq!((bot.actor, bot.id.as_str()), (Actor::User, "6532f1"));
        assert_eq!((bot.project.as_deref(), bot.service_account), (Some("sail"), true));
        assert_eq!(bot.expires_at.unwrap(), now + TimeDelta::hours(1));

        let oidc = app.token("ada").claim("groups", json!(["staff", "crew"])).signed_by(&KEYS[0]);
        let ada: Whoami = app.with_token(&oidc).get("/v1/whoami").await.ok();
        assert_eq!((ada.id.as_str(), ada.service_account), ("ada", false));
        assert_eq!(ada.groups, ["crew", "staff"]);
    })
    .await;
}

#[tokio::test]
async fn keys_are_read_in_every_form_they_are_published_in() {
    on_both(async |app| {
        for form in [Form::Pem, Form::PemArray, Form::Jwks] {
            app.auth.publish(form, &[&KEYS[1], &KEYS[0]]);
            app.clock.advance(TimeDelta::hours(24));
            let token = app.token("ada");
            for (case, token) in [
                ("by its kid", token.clone().signed_by(&KEYS[1])),
                ("without kid", token.signed_without_kid(&KEYS[1])),
            ] {
                let answer = app.with_token(&token).get("/v1/whoami").await;
                assert_eq!(answer.status, 200, "{form:?}, {case}: {}", answer.body);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_rotation_is_seen_when_the_first_new_token_comes() {
    on_both(async |app| {
        let old = app.token("ada").claim("exp", NOW + 7200).signed_by(&KEYS[0]);
        let new = || app.token("ada").signed_by(&KEYS[1]);
        assert_eq!(app.with_token(&old).get("/v1/whoami").await.status, 200);
        app.with_token(&new()).get("/v1/whoami").await.refused(401, "unknown_key");

        app.auth.publish(Form::Jwks, &[&KEYS[0], &KEYS[1]]);
        app.clock.advance(TimeDelta::seconds(30));
        assert_eq!(app.with_token(&new()).get("/v1/whoami").await.status, 200);
        assert_eq!(app.with_token(&old).get("/v1/whoami").await.status, 200, "both are good");

        app.auth.publish(Form::Jwks, &[&KEYS[1]]);
        app.clock.advance(TimeDelta::seconds(30));
        let stranger = app.token("eve").signed_by(&KEYS[2]);
        app.with_token(&stranger).get("/v1/whoami").await.refused(401, "unknown_key");
        app.with_token(&old).get("/v1/whoami").await.refused(401, "unknown_key");
    })
    .await;
}

#[tokio::test]
async fn unknown_keys_do_not_turn_callers_into_a_flood() {
    on_both(async |app| {
        assert_eq!(app.ada().get("/v1/whoami").await.status, 200);
        let before = app.auth.fetches();
        app.clock.advance(TimeDelta::seconds(30));
        for number in 0..20 {
            let token = app.token("eve").header("kid", format!("kid-{number}"));
            let eve = app.with_token(&token.signed_without_kid(&KEYS[2]));
            eve.get("/v1/whoami").await.refused(401, "unknown_key");
        }
        assert_eq!(app.auth.fetches() - before, 1);
    })
    .await;
}

#[tokio::test]
async fn a_document_without_usable_keys_never_displaces_good_ones() {
    on_both(async |app| {
        assert_eq!(app.ada().get("/v1/whoami").await.status, 200);
        for document in ["", "[]", r#"{"keys":[]}"#, "<html>sign in</html>"] {
            app.auth.answer(document);
            app.clock.advance(TimeDelta::seconds(30));
            let stranger = app.token("eve").signed_by(&KEYS[2]);
            app.with_token(&stranger).get("/v1/whoami").await.refused(401, "unknown_key");
            assert_eq!(app.ada().get("/v1/whoami").await.status, 200, "{document}");
        }
    })
    .await;
}

#[tokio::test]
async fn credentials_come_in_headers_once_and_nowhere_else() {
    on_both(async |app| {
        let (anon, key) = (app.anon(), &app.secrets.root_key);
        let token = app.token("ada").signed_by(&KEYS[0]);
        for query in [
            format!("?api_key={key}"),
            format!("?x-api-key={key}"),
            format!("?access_token={token}"),
            format!("?authorization=Bearer%20{token}"),
        ] {
            let answer = anon.get(&format!("/v1/whoami{query}")).await;
            answer.refused(401, "missing_credentials");
        }
        let cookie =
            anon.request(Method::GET, "/v1/whoami").header("cookie", format!("token={token}"));
        anon.send(cookie).await.refused(401, "missing_credentials");

        let bearer = format!("Bearer {token}");
        for headers in [
            vec![("authorization", bearer.as_str()), ("authorization", bearer.as_str())],
            vec![("x-api-key", key.as_str()), ("x-api-key", key.as_str())],
            vec![("authorization", "Basic YWRhOmFkYQ==")],
            vec![("authorization", "Bearer ")],
            vec![("authorization", token.as_str())],
            vec![("authorization", bearer.as_str()), ("x-project", "sail"), ("x-project", "sail")],
        ] {
            let request = headers
                .iter()
                .fold(anon.request(Method::GET, "/v1/whoami"), |request, (name, value)| {
                    request.header(*name, *value)
                });
            anon.send(request).await.refused(401, "malformed_credentials");
        }
        let lower = anon
            .request(Method::GET, "/v1/whoami")
            .header("authorization", format!("bearer {token}"));
        assert_eq!(anon.send(lower).await.status, 200, "the scheme's case does not matter");
    })
    .await;
}

/// The application, asking for a user.
fn on_behalf(app: &TestApp, token: &str, key: &str) -> crate::harness::Actor {
    let (token, key) = (Some(token.to_owned()), Some(key.to_owned()));
    app.actor(&Proof { token, key, project: None })
}

#[tokio::test]
async fn key_and_token_together_ask_as_the_user_and_the_record_names_both() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        let key_id = app.secrets.root_key[10..22].to_owned();
        let both = on_behalf(app, &app.token("ada").signed_by(&KEYS[0]), &app.secrets.root_key);

        let whoami = both.cargo.whoami().await.unwrap();
        assert_eq!((whoami.actor, whoami.id.as_str()), (Actor::User, "ada"));
        assert_eq!(whoami.via_key.as_deref(), Some(key_id.as_str()));
        both.signed(&S3::new("GET", "/photos/cat.png")).await;
        both.sign(&S3::new("DELETE", "/photos/cat.png")).await.refused(403, "no_permission");

        let query = AuditQuery { actor: Some("user:ada".to_owned()), ..AuditQuery::default() };
        let events = app.root().cargo.audit_events(&query).await.unwrap().items;
        assert_eq!(events.len(), 2);
        assert!(events.iter().all(|event| event.via_key.as_deref() == Some(key_id.as_str())));
    })
    .await;
}

#[tokio::test]
async fn neither_of_two_proofs_makes_up_for_the_other() {
    on_both(async |app| {
        let token = app.token("ada").signed_by(&KEYS[0]);
        let typo = app.secrets.root_key.replace("live_", "live_0");
        on_behalf(app, &token, &typo).get("/v1/whoami").await.refused(401, "invalid_api_key");
        on_behalf(app, "a.b.c", &app.secrets.root_key)
            .get("/v1/whoami")
            .await
            .refused(401, "malformed_token");
        on_behalf(app, &token, &app.secrets.operator_key)
            .get("/v1/whoami")
            .await
            .refused(401, "operator_with_token");
        let wrong = format!("cgop_{}", "x".repeat(32));
        app.with_key(&wrong).get("/v1/whoami").await.refused(401, "invalid_api_key");
    })
    .await;
}

#[tokio::test]
async fn token_key_and_request_name_one_project() {
    on_both(async |app| {
        let other_key = app.make_project("other", "main").await;
        let token = app.token("ada").signed_by(&KEYS[0]);
        let bare = app.token("ada").claim("projectId", json!(null)).signed_by(&KEYS[0]);
        let proof = |token: Option<&String>, key: Option<&String>, project: Option<&str>| Proof {
            token: token.cloned(),
            key: key.cloned(),
            project: project.map(ToOwned::to_owned),
        };
        for (case, proof) in [
            ("token and request", proof(Some(&token), None, Some("other"))),
            ("token and key", proof(Some(&token), Some(&other_key), None)),
            ("key and request", proof(None, Some(&other_key), Some("sail"))),
            ("key and request, for a user", proof(Some(&bare), Some(&other_key), Some("sail"))),
        ] {
            let answer = app.actor(&proof).get("/v1/whoami").await;
            assert_eq!(answer.problem().code, "project_mismatch", "{case}");
            assert_eq!(answer.status, 401, "{case}");
        }
        for (case, proof, slug) in [
            ("the key says it", proof(Some(&bare), Some(&other_key), None), "other"),
            ("all say it", proof(Some(&token), Some(&app.secrets.root_key), Some("sail")), "sail"),
        ] {
            let whoami: Whoami = app.actor(&proof).get("/v1/whoami").await.ok();
            assert_eq!(whoami.project.as_deref(), Some(slug), "{case}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_request_alone_names_the_project_only_where_the_operator_said_so() {
    let test = async |app: &TestApp, trusted: bool| {
        let bare = app.token("ada").claim("projectId", json!(null)).signed_by(&KEYS[0]);
        let named = |slug: &str| {
            let (token, project) = (Some(bare.clone()), Some(slug.to_owned()));
            app.actor(&Proof { token, key: None, project })
        };
        let answer = named("sail").get("/v1/whoami").await;
        if trusted {
            assert_eq!(answer.ok::<Whoami>().project.as_deref(), Some("sail"));
            named("nowhere").get("/v1/whoami").await.refused(401, "unknown_project");
        } else {
            answer.refused(401, "project_required");
        }
    };
    on_both(async |app| test(app, false).await).await;
    on_both_with(Setup::ProjectFromHeader, async |app| test(app, true).await).await;
}
