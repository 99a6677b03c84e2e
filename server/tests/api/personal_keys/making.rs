//! Who makes personal API keys, and that they make none.

use super::*;

#[tokio::test]
async fn a_personal_key_is_shown_once_and_is_nowhere_in_the_database() {
    on_both(async |app| {
        let ada = signed_in(app, "ada", 0);
        let once = || ada.request(Method::POST, PATH).header("idempotency-key", "once");
        let new = json!({ "kind": "token", "name": "ci", "buckets": ["photos"] });
        let answer = ada.send(once().json(&new)).await;
        assert_eq!(answer.status, 201);
        assert!(answer.json()["secret_access_key"].is_null(), "it has no other secret");
        let made: CreatedAccessKey = answer.ok();
        let (text, stored) = (made.secret.expose(), &made.stored);
        assert!(matches!(made.secret, AccessKeySecret::Token(_)));
        assert!(text.starts_with(&format!("cgpk_live_{}_", stored.access_key_id)), "recognised");
        assert_eq!((stored.kind, stored.user.as_deref()), (AccessKeyKind::Token, Some("ada")));
        assert_eq!(stored.expires_at, app.clock.now() + TimeDelta::days(365));
        let again: CreatedAccessKey = ada.send(once().json(&new)).await.ok();
        assert_eq!(again, made, "a repetition is answered as the first time");

        let secret = &text[31..];
        bearer(app, &made).get("/v1/whoami").await.ok::<Whoami>();
        for answer in [
            ada.get(PATH).await,
            ada.get(&path(&made)).await,
            patch(&ada, &made, json!({ "name": "old ci" })).await,
            app.root().get("/v1/changes").await,
            app.root().get("/v1/audit-events").await,
        ] {
            assert!(answer.body.contains(&stored.access_key_id) && !answer.body.contains(secret));
        }
        let dump = app.database.dump();
        let is_there = |text: &str| dump.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(is_there(&stored.access_key_id));
        assert!(!is_there(secret) && !is_there(&hex::encode(secret)), "{:?}", app.database.kind());
    })
    .await;
}

/// K1: keys never make keys, and never see, change or revoke any.
#[tokio::test]
async fn a_personal_key_makes_no_other_key() {
    on_both(async |app| {
        let ada = signed_in(app, "ada", 0);
        let made = make(&ada, json!({})).await;
        let other = make(&ada, json!({ "name": "laptop" })).await;
        let key = bearer(app, &made);
        for path in [path(&made), path(&other)] {
            for new in [json!({ "name": "n" }), json!({ "name": "n", "kind": "token" })] {
                key.post(PATH, &new).await.refused(403, "sign_in_required");
            }
            key.get(PATH).await.refused(403, "sign_in_required");
            key.get(&path).await.refused(403, "sign_in_required");
            let rotate = format!("{path}/rotate");
            key.post(&rotate, &json!({})).await.refused(403, "sign_in_required");
            let patch = key.request(Method::PATCH, &path).json(&json!({ "name": "n" }));
            key.send(patch).await.refused(403, "sign_in_required");
            key.delete(&path).await.refused(403, "sign_in_required");
        }
        let all = key.request(Method::DELETE, PATH).query(&[("user", "ada")]);
        key.send(all).await.refused(403, "sign_in_required");
        key.post("/auth/token", &json!({ "name": "n" })).await.refused(403, "sign_in_required");
        key.get("/v1/api-keys").await.refused(403, "root_only");
        key.post("/v1/api-keys", &json!({ "name": "n" })).await.refused(403, "root_only");
        key.post("/v1/users/ada/sessions/end", &json!({})).await.refused(403, "root_only");
        let listed: Page<AccessKey> = ada.get(PATH).await.ok();
        assert_eq!(listed.items.len(), 2);

        // Neither is a token of an old sign-in, an access key's secret or an API key a sign-in.
        let stale = signed_in(app, "ada", 901);
        for actor in [&stale, &app.ada()] {
            let new = json!({ "name": "n", "kind": "token" });
            actor.post(PATH, &new).await.refused(401, "reauthenticate");
        }
    })
    .await;
}

#[tokio::test]
async fn the_application_makes_personal_keys_of_users_with_the_scopes_that_they_come_to() {
    on_both(async |app| {
        let root = app.root();
        let made = make(&root, json!({ "user": "bob" })).await;
        assert_eq!(made.stored.user.as_deref(), Some("bob"));
        let whoami: Whoami = bearer(app, &made).get("/v1/whoami").await.ok();
        assert_eq!(whoami.id, "bob");
        let nobody_s = root.post(PATH, &json!({ "kind": "token", "name": "n" })).await;
        assert_eq!(nobody_s.refused(400, "invalid_request").errors[0].pointer, "/user");
        let new = json!({ "kind": "token", "name": "n", "user": "bob" });
        for missing in [Scope::Sign, Scope::GrantsWrite, Scope::GrantsRead, Scope::Check] {
            let scopes = [Scope::KeysWrite, Scope::Sign, Scope::GrantsWrite]
                .into_iter()
                .chain([Scope::GrantsRead, Scope::Check])
                .filter(|scope| *scope != missing);
            let holder = app.with_key(&app.key(scopes).await.key);
            holder.post(PATH, &new).await.refused(403, "scope_missing");
        }
        let patch = app.operator().request(Method::PATCH, "/v1/projects/sail");
        app.operator().send(patch.json(&json!({ "self_service_keys": false }))).await.ok::<Value>();
        let ada = signed_in(app, "ada", 0);
        let own = json!({ "kind": "token", "name": "n" });
        ada.post(PATH, &own).await.refused(403, "self_service_off");
        make(&root, json!({ "user": "ada" })).await;
    })
    .await;
}

#[tokio::test]
async fn both_kinds_are_in_one_list_that_can_be_told_apart() {
    on_both(async |app| {
        let ada = signed_in(app, "ada", 0);
        let token = make(&ada, json!({})).await;
        let s3: CreatedAccessKey = ada.post(PATH, &json!({ "name": "laptop" })).await.ok();
        assert!(matches!(s3.secret, AccessKeySecret::SecretAccessKey(_)));
        for _ in 1..10 {
            ada.post(PATH, &json!({ "name": "n" })).await.ok::<CreatedAccessKey>();
        }
        let more = ada.post(PATH, &json!({ "name": "n" })).await;
        more.refused(409, "too_many_access_keys");
        let other = make(&ada, json!({})).await;
        let list = async |query: &str| -> Page<AccessKey> {
            ada.get(&format!("{PATH}?{query}")).await.ok()
        };
        let mut tokens = vec![token.stored.access_key_id, other.stored.access_key_id];
        tokens.sort();
        let ids = |page: &Page<AccessKey>| {
            page.items.iter().map(|key| key.access_key_id.clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&list("kind=token").await), tokens);
        assert_eq!(list("kind=s3").await.items.len(), 10);
        assert_eq!(list("").await.items.len(), 12);
        let first = list("kind=token&page_size=1").await;
        let next = first.next_page_token.unwrap();
        let rest = list(&format!("kind=token&page_size=1&page_token={next}")).await;
        assert_eq!(ids(&rest), tokens[1..]);
        let mixed = ada.get(&format!("{PATH}?page_token={next}")).await;
        mixed.refused(400, "invalid_request");
        ada.get(&format!("{PATH}?kind=badge")).await.refused(400, "invalid_request");
        for number in 2..50 {
            make(&ada, json!({ "name": format!("n{number}") })).await;
        }
        let full = ada.post(PATH, &json!({ "kind": "token", "name": "n" })).await;
        full.refused(409, "too_many_access_keys");
    })
    .await;
}
