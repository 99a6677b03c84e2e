//! The auth service's keys: read in every form, followed when they change, never lost to an error.

use chrono::TimeDelta;

use crate::harness::{Form, KEYS, on_both};

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
