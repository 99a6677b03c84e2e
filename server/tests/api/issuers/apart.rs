//! No issuer speaks for another.

use sail_cargo_client::protocol::{Check, IssuerSettings, OpenedSession, Permission};
use serde_json::json;

use super::{bearer, issuer, name, refused, server, token, who};
use crate::harness::{KEYS, S3, on_both};

#[tokio::test]
async fn users_of_several_issuers_are_told_apart() {
    on_both(async |app| {
        let here = server(app, vec![issuer(app, "okta", &[KEYS[1].jwk()])]).await;
        let theirs = token(app, "okta", "ada").claim("groups", json!(["staff"]));
        let okta = who(app, &here, &theirs.signed_by(&KEYS[1])).await;
        assert_eq!((okta.id.as_str(), okta.project.as_deref()), ("okta:ada", Some("sail")));
        assert_eq!(okta.groups, ["okta:staff"]);
        assert_eq!(who(app, &here, &app.token("ada").signed_by(&KEYS[0])).await.id, "ada");
        here.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_token_of_one_issuer_is_never_anothers() {
    on_both(async |app| {
        // Both publish a key under the same id.
        let mut same_kid = KEYS[1].jwk();
        same_kid["kid"] = json!(KEYS[0].kid);
        let mut okta = issuer(app, "okta", &[same_kid]);
        okta.audiences.insert("shared".to_owned());
        let here = server(app, vec![okta]).await;
        let ours = || app.token("ada").header("kid", KEYS[0].kid);
        let theirs = || token(app, "okta", "ada").header("kid", KEYS[0].kid);
        assert_eq!(who(app, &here, &ours().signed_without_kid(&KEYS[0])).await.id, "ada");
        assert_eq!(who(app, &here, &theirs().signed_without_kid(&KEYS[1])).await.id, "okta:ada");
        for (case, token, code) in [
            ("ours by their key", ours().signed_without_kid(&KEYS[1]), "bad_signature"),
            ("theirs by our key", theirs().signed_without_kid(&KEYS[0]), "bad_signature"),
            (
                "ours by their key, without a kid",
                ours().header("kid", json!(null)).signed_without_kid(&KEYS[1]),
                "bad_signature",
            ),
            (
                "ours for their audience",
                ours().claim("aud", "shared").signed_without_kid(&KEYS[0]),
                "wrong_audience",
            ),
            (
                "a name that nearly is theirs",
                theirs().claim("iss", name("okta") + "/").signed_without_kid(&KEYS[1]),
                "wrong_issuer",
            ),
        ] {
            assert_eq!(refused(app, &here, &token).await, code, "{case}");
        }
        // What was remembered of one token says nothing of another.
        assert_eq!(who(app, &here, &ours().signed_without_kid(&KEYS[0])).await.id, "ada");
        here.stop().await;
    })
    .await;
}

/// `sub = "okta:1"` of the default issuer is not Okta's 1, and its groups are not Okta's.
#[tokio::test]
async fn nobody_takes_the_names_of_another_issuers_users() {
    on_both(async |app| {
        app.register("photos").await;
        let here = server(app, vec![issuer(app, "okta", &[KEYS[1].jwk()])]).await;
        app.grant("photos", "okta:1", &[Permission::Read]).await;
        let one = token(app, "okta", "1").signed_by(&KEYS[1]);
        let (get, okta) = (S3::new("GET", "/photos/x"), bearer(app, &here, &one));
        assert_eq!(okta.sign(&get).await.status, 200);
        let two = token(app, "okta", "2").signed_by(&KEYS[1]);
        assert_eq!(bearer(app, &here, &two).sign(&get).await.status, 403);
        let as_they = app.token("okta:1").signed_by(&KEYS[0]);
        assert_eq!(refused(app, &here, &as_they).await, "foreign_name");
        let in_theirs = app.token("ada").claim("groups", json!(["okta:admins"]));
        assert_eq!(refused(app, &here, &in_theirs.signed_by(&KEYS[0])).await, "foreign_name");
        here.stop().await;
        // Grants still name them when Okta is gone.
        let later = server(app, vec![]).await;
        assert_eq!(refused(app, &later, &as_they).await, "foreign_name");
        let in_theirs = app.token("ada").claim("groups", json!(["okta:admins"]));
        assert_eq!(refused(app, &later, &in_theirs.signed_by(&KEYS[0])).await, "foreign_name");
        later.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_issuer_without_keys_leaves_the_others_their_users() {
    on_both(async |app| {
        let nowhere = IssuerSettings {
            keys: Some("http://127.0.0.1:1/keys".to_owned()),
            ..issuer(app, "okta", &[])
        };
        let here = server(app, vec![nowhere]).await;
        let theirs = token(app, "okta", "ada").signed_by(&KEYS[1]);
        let answer = bearer(app, &here, &theirs).get("/v1/whoami").await;
        answer.refused(503, "keys_unavailable");
        assert_eq!(who(app, &here, &app.token("ada").signed_by(&KEYS[0])).await.id, "ada");
        let ready = app.anon().at(&here).cargo.ready().await.unwrap();
        assert!(matches!(ready.checks["auth_keys:okta"], Check::Degraded { .. }), "{ready:?}");
        let keys = app.operator().at(&here).cargo.refresh_auth_keys().await.unwrap();
        let Check::Failed { detail } = &keys.check else { panic!("{keys:?}") };
        assert!(detail.starts_with("okta: "), "{detail}");
        assert_eq!(keys.keys, 1);
        here.stop().await;
    })
    .await;
}

#[tokio::test]
async fn sessions_live_as_long_as_their_users_issuer_lets_them() {
    on_both(async |app| {
        let okta = IssuerSettings {
            max_session_seconds: Some(900),
            ..issuer(app, "okta", &[KEYS[1].jwk()])
        };
        let here = server(app, vec![okta]).await;
        let theirs = token(app, "okta", "ada").signed_by(&KEYS[1]);
        let ours = app.token("ada").signed_by(&KEYS[0]);
        for (token, seconds) in [(theirs, 900), (ours, 3600)] {
            let bearer = bearer(app, &here, &token);
            let opened: OpenedSession = bearer.post("/v1/sessions", &json!({})).await.ok();
            assert_eq!(opened.expires_in, seconds);
        }
        here.stop().await;
    })
    .await;
}
