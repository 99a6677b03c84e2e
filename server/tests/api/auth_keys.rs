//! The auth service's keys: all formats, rotation, and errors that must not lose good keys.

use chrono::TimeDelta;
use sail_cargo_client::protocol::{AuthKeys, Check};
use serde_json::{Value, json};

use crate::harness::{Form, KEYS, TestApp, eventually, logs, on_both};

/// Fetches the keys now, as an operator does.
async fn refresh(app: &TestApp) -> AuthKeys {
    app.operator().cargo.refresh_auth_keys().await.unwrap()
}

/// A JWK with some members replaced; null removes one.
fn jwk(key: usize, changes: &Value) -> Value {
    let mut jwk = KEYS[key].jwk();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            jwk.as_object_mut().unwrap().remove(name);
        } else {
            jwk[name] = value.clone();
        }
    }
    jwk
}

/// Publishes a JWKS and has it fetched.
async fn publish(app: &TestApp, keys: &[Value]) -> AuthKeys {
    app.auth.answer(json!({ "keys": keys }).to_string());
    refresh(app).await
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
        let old =
            app.token("ada").claim("exp", app.clock.now().timestamp() + 7200).signed_by(&KEYS[0]);
        let new = || app.token("ada").signed_by(&KEYS[1]);
        assert_eq!(app.with_token(&old).get("/v1/whoami").await.status, 200);
        // The server fetched the keys at its start. The new key may have been published since, so
        // it is not called unknown.
        app.with_token(&new()).get("/v1/whoami").await.refused(503, "keys_unavailable");

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
            let answer = eve.get("/v1/whoami").await;
            match number {
                // The auth service was asked about this key.
                0 => answer.refused(401, "unknown_key"),
                _ => answer.refused(503, "keys_unavailable"),
            };
            assert_eq!(app.ada().get("/v1/whoami").await.status, 200, "nobody else waits for it");
        }
        assert_eq!(app.auth.fetches() - before, 1);
    })
    .await;
}

#[tokio::test]
async fn a_document_without_usable_keys_never_displaces_good_ones() {
    on_both(async |app| {
        assert_eq!(app.ada().get("/v1/whoami").await.status, 200);
        for document in
            ["", "[]", "{}", r#"{"keys":[{}]}"#, r#"{"keys":null}"#, "<html>sign in</html>"]
        {
            app.auth.answer(document);
            app.clock.advance(TimeDelta::seconds(30));
            // The service answers without keys, so nothing is known about this key.
            let stranger = app.token("eve").signed_by(&KEYS[2]);
            app.with_token(&stranger).get("/v1/whoami").await.refused(503, "keys_unavailable");
            let keys = refresh(app).await;
            assert!(matches!(keys.check, Check::Degraded { .. }), "{document}: {keys:?}");
            assert_eq!(keys.keys, 1, "{document}");
            assert_eq!(app.ada().get("/v1/whoami").await.status, 200, "{document}");
        }
        let ready = app.anon().cargo.ready().await.unwrap();
        assert!(matches!(ready.checks["auth_keys"], Check::Degraded { .. }), "{ready:?}");
        assert!(ready.ready);
    })
    .await;
}

#[tokio::test]
async fn one_bad_member_costs_nobody_their_login_and_is_said_once() {
    on_both(async |app| {
        let odd = uuid::Uuid::new_v4().to_string();
        let short = "A".repeat(171);
        let plain = format!("+/{}", KEYS[1].jwk()["n"].as_str().unwrap());
        for bad in [
            jwk(1, &json!({ "kid": odd, "n": short })),
            jwk(1, &json!({ "kid": odd, "n": null, "e": null, "x5c": ["MIIB"] })),
            json!({ "kid": odd }),
            jwk(1, &json!({ "kid": 7 })),
            jwk(1, &json!({ "kid": odd, "e": "Aw" })),
            jwk(1, &json!({ "kid": odd, "n": plain })),
        ] {
            for _ in 0..3 {
                let keys = publish(app, &[bad.clone(), KEYS[0].jwk()]).await;
                assert_eq!((&keys.check, keys.keys), (&Check::Ok, 1), "{bad}");
                assert_eq!(keys.skipped.len(), 1, "{bad}: {keys:?}");
            }
            assert_eq!(app.ada().get("/v1/whoami").await.status, 200, "{bad}");
        }
        let said = logs::lines_with(&odd);
        let warned = said.iter().filter(|line| line.contains("is not used")).count();
        assert_eq!(warned, 5, "{said:#?}");
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_published_for_something_else_verifies_nothing() {
    on_both(async |app| {
        let token = app.token("ada").signed_by(&KEYS[1]);
        for other in [json!({ "use": "enc" }), json!({ "key_ops": ["wrapKey"] })] {
            publish(app, &[KEYS[0].jwk(), jwk(1, &other)]).await;
            app.clock.advance(TimeDelta::seconds(30));
            let ada = app.with_token(&token);
            ada.get("/v1/whoami").await.refused(401, "unknown_key");
        }
        publish(app, &[KEYS[0].jwk(), jwk(1, &json!({ "key_ops": ["verify"] }))]).await;
        assert_eq!(app.with_token(&token).get("/v1/whoami").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn every_key_under_a_kid_is_tried_and_four_without_one() {
    on_both(async |app| {
        let same = json!({ "kid": "shared" });
        publish(app, &[jwk(0, &same), jwk(2, &same), jwk(1, &same)]).await;
        let token = app.token("ada").header("kid", "shared").signed_without_kid(&KEYS[1]);
        assert_eq!(app.with_token(&token).get("/v1/whoami").await.status, 200);

        // Keys with other ids.
        let filler = |number: usize| jwk(0, &json!({ "kid": format!("filler-{number}") }));
        let token = app.token("ada").signed_without_kid(&KEYS[1]);
        publish(app, &[filler(1), filler(2), filler(3), KEYS[1].jwk()]).await;
        assert_eq!(app.with_token(&token).get("/v1/whoami").await.status, 200, "the fourth");
        publish(app, &[filler(1), filler(2), filler(3), filler(4), KEYS[1].jwk()]).await;
        app.with_token(&token).get("/v1/whoami").await.refused(401, "bad_signature");
    })
    .await;
}

#[tokio::test]
async fn seventeen_keys_are_sixteen() {
    on_both(async |app| {
        let numbered = |number: usize| jwk(0, &json!({ "kid": format!("key-{number}") }));
        let keys = publish(app, &(1..=17).map(numbered).collect::<Vec<_>>()).await;
        assert_eq!((&keys.check, keys.keys), (&Check::Ok, 16));
        assert!(keys.skipped[0].contains("key-17"), "{keys:?}");
        let with = |kid: &str| app.token("ada").header("kid", kid).signed_without_kid(&KEYS[0]);
        assert_eq!(app.with_token(&with("key-16")).get("/v1/whoami").await.status, 200);
        app.clock.advance(TimeDelta::seconds(30));
        app.with_token(&with("key-17")).get("/v1/whoami").await.refused(401, "unknown_key");
    })
    .await;
}

#[tokio::test]
async fn an_empty_set_ends_the_keys_when_it_is_still_there_ten_seconds_later() {
    on_both(async |app| {
        // A token with an unknown key triggers a fetch.
        let look = async |believed: bool| {
            app.clock.advance(TimeDelta::seconds(30));
            let stranger = app.token("eve").signed_by(&KEYS[2]);
            let answer = app.with_token(&stranger).get("/v1/whoami").await;
            let (status, code) =
                if believed { (401, "unknown_key") } else { (503, "keys_unavailable") };
            answer.refused(status, code);
        };
        let works = async || app.ada().get("/v1/whoami").await.status == 200;
        assert!(works().await);
        app.auth.answer(r#"{"keys":[]}"#);
        look(false).await;
        assert!(works().await, "once could be a mishap");
        app.auth.publish(Form::Jwks, &[&KEYS[0]]);
        look(true).await;
        app.auth.answer(r#"{"keys":[]}"#);
        look(false).await;
        assert!(works().await, "it was well in between");

        look(true).await;
        app.ada().get("/v1/whoami").await.refused(401, "unknown_key");
        let ready = app.anon().cargo.ready().await.unwrap();
        assert!(matches!(ready.checks["auth_keys"], Check::Degraded { .. }), "{ready:?}");
        assert!(ready.ready, "applications need no tokens");

        app.auth.publish(Form::Jwks, &[&KEYS[0]]);
        look(true).await;
        assert!(works().await, "there are keys again");
    })
    .await;
}

#[tokio::test]
async fn an_operators_refresh_believes_an_empty_set_at_once() {
    on_both(async |app| {
        let ada = app.ada();
        assert_eq!(ada.get("/v1/whoami").await.status, 200);
        let keys = publish(app, &[]).await;
        assert!(matches!(keys.check, Check::Degraded { .. }), "{keys:?}");
        assert_eq!(keys.keys, 0);
        ada.get("/v1/whoami").await.refused(401, "unknown_key");
    })
    .await;
}

#[tokio::test]
async fn a_removed_key_is_out_with_what_was_remembered_of_its_tokens() {
    on_both(async |app| {
        let old = app.ada();
        let new = app.with_token(&app.token("ada").signed_by(&KEYS[1]));
        publish(app, &[KEYS[0].jwk(), KEYS[1].jwk()]).await;
        assert_eq!(old.get("/v1/whoami").await.status, 200);
        assert_eq!(new.get("/v1/whoami").await.status, 200);
        publish(app, &[KEYS[1].jwk()]).await;
        old.get("/v1/whoami").await.refused(401, "unknown_key");
        assert_eq!(new.get("/v1/whoami").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn only_operators_have_the_keys_fetched() {
    on_both(async |app| {
        eventually("ready", async || app.anon().cargo.ready().await.unwrap().ready).await;
        let before = app.auth.fetches();
        for actor in [app.root(), app.ada()] {
            let answer = actor.post("/v1/auth-keys/refresh", &json!({})).await;
            answer.refused(403, "operator_only");
        }
        assert_eq!(app.auth.fetches(), before);
        app.clock.advance(TimeDelta::seconds(1));
        let keys = refresh(app).await;
        assert_eq!((keys.check, keys.keys), (Check::Ok, 1));
        assert_eq!(keys.confirmed_at, Some(app.clock.now()));
        assert_eq!(app.auth.fetches(), before + 1);
    })
    .await;
}

/// The token has an unknown key, the auth service is down, and the pause between two fetches is not
/// over.
#[tokio::test]
async fn whether_a_key_is_unknown_is_said_only_when_the_auth_service_was_asked_just_now() {
    on_both(async |app| {
        let stranger = app.with_token(&app.token("eve").signed_by(&KEYS[2]));
        let is_told = async |status, code| stranger.get("/v1/whoami").await.refused(status, code);
        app.clock.advance(TimeDelta::seconds(30));
        is_told(401, "unknown_key").await;
        is_told(503, "keys_unavailable").await;
        app.auth.go_down();
        app.clock.advance(TimeDelta::seconds(30));
        is_told(503, "keys_unavailable").await;
        is_told(503, "keys_unavailable").await;
        assert_eq!(app.ada().get("/v1/whoami").await.status, 200, "known keys are good");
        app.auth.publish(Form::Jwks, &[&KEYS[0], &KEYS[2]]);
        app.clock.advance(TimeDelta::seconds(30));
        assert_eq!(stranger.get("/v1/whoami").await.status, 200);
    })
    .await;
}

/// Their holders fetch a new token on 401, and only then.
#[tokio::test]
async fn tokens_of_a_key_that_was_taken_back_are_refused_at_once() {
    on_both(async |app| {
        let old = app.ada();
        assert_eq!(old.get("/v1/whoami").await.status, 200);
        publish(app, &[KEYS[1].jwk()]).await;
        for _ in 0..3 {
            old.get("/v1/whoami").await.refused(401, "unknown_key");
        }
        publish(app, &[KEYS[0].jwk(), KEYS[1].jwk()]).await;
        assert_eq!(old.get("/v1/whoami").await.status, 200, "it is published again");
    })
    .await;
}
