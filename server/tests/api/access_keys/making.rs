//! Who makes keys, sees and changes them, and what is on record of it.

use super::*;

#[tokio::test]
async fn a_secret_is_shown_once_and_is_nowhere_in_the_database() {
    on_both(async |app| {
        let root = app.root();
        let request = root.request(Method::POST, PATH).header("idempotency-key", "once");
        let new = json!({ "user": "ada", "name": "laptop", "buckets": ["photos"] });
        let answer = root.send(request.json(&new)).await;
        assert_eq!(answer.status, 201);
        let made: CreatedAccessKey = answer.ok();
        let (secret, stored) = (made.secret.expose(), &made.stored);
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
        assert_eq!(sealed.secret().unwrap().expose(), secret);

        let request = root.request(Method::POST, PATH).header("idempotency-key", "once");
        let again: CreatedAccessKey = root.send(request.json(&new)).await.ok();
        assert_eq!(again, made, "a repetition is answered as the first time");
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
        let secret = made.secret.expose();
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
        let again = patch(&ada, &one, json!({ "status": "active" })).await;
        again.refused(403, "self_service_off");
        ada.delete(&path(&one)).await.done();
    })
    .await;
}

#[tokio::test]
async fn what_the_application_disabled_its_user_does_not_put_in_use_again() {
    on_both(async |app| {
        let (ada, root) = (signed_in(app, "ada", 0), app.root());
        let made = make(&ada, json!({ "name": "laptop" })).await;
        let set = async |by: &Actor, key: &CreatedAccessKey, status: &str| {
            let request = by.request(Method::PATCH, &path(key)).header("x-project", "sail");
            by.send(request.json(&json!({ "status": status }))).await
        };
        let by = async |by: &Actor, key: &CreatedAccessKey, status: &str| {
            set(by, key, status).await.ok::<AccessKey>().disabled_by
        };
        // Their own: as often as they like.
        assert_eq!(by(&ada, &made, "disabled").await.as_deref(), Some("user:ada"));
        assert_eq!(by(&ada, &made, "active").await, None);
        for keeper in [&root, &app.operator()] {
            assert_ne!(by(keeper, &made, "disabled").await.as_deref(), Some("user:ada"));
            set(&ada, &made, "active").await.refused(409, "key_disabled");
            // Disabling it once more does not make it theirs, nor does another edit, nor its rotation.
            assert_ne!(by(&ada, &made, "disabled").await.as_deref(), Some("user:ada"));
            patch(&ada, &made, json!({ "name": "mine" })).await.ok::<AccessKey>();
            set(&ada, &made, "active").await.refused(409, "key_disabled");
            assert_eq!(by(keeper, &made, "active").await, None);
        }
        // What they disabled before the application did is the application's.
        by(&ada, &made, "disabled").await;
        by(&root, &made, "disabled").await;
        set(&ada, &made, "active").await.refused(409, "key_disabled");
        let rotated = ada.post(&format!("{}/rotate", path(&made)), &json!({})).await;
        let next: CreatedAccessKey = rotated.ok();
        assert_eq!(next.stored.status, AccessKeyStatus::Disabled);
        set(&ada, &next, "active").await.refused(409, "key_disabled");
        // One that was disabled before it was kept by whom is in no user's hands.
        by(&root, &made, "active").await;
        app.database.execute("UPDATE access_key SET status = 'disabled', disabled_by = NULL");
        set(&ada, &made, "active").await.refused(409, "key_disabled");
        assert_eq!(by(&root, &made, "active").await, None);
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
