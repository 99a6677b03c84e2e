//! Telling whose a key is: sealed, remembered, gone in time.

use super::*;

/// A row that is copied, or that says it is somebody else's, opens for nobody.
#[tokio::test]
async fn a_seal_is_bound_to_its_key_its_project_and_its_user() {
    on_both(async |app| {
        let (root, forged) = (app.root(), "CGAKAAAAAAAAAAAAAAAA");
        let replica = app.replica(Setup::NothingRemembered).await;
        for (change, is_forged) in [
            ("user_ = 'eve'", false),
            ("user_ = NULL", false),
            ("key_id = 'CGAKAAAAAAAAAAAAAAAA'", true),
        ] {
            let made = make(&root, json!({ "user": "ada", "name": "k" })).await;
            assert!(look(app, &replica.sees, &id(&made)).await.is_ok());
            app.database.execute(&format!("UPDATE access_key SET {change}"));
            let shown = if is_forged { AccessKeyId::parse(forged).unwrap() } else { id(&made) };
            let opened = replica.sees.access_key(&shown, app.clock.now()).await;
            assert!(opened.is_err(), "{change}: {opened:?}");
            app.database.execute("DELETE FROM access_key");
        }
        replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn another_projects_key_is_nobodys() {
    on_both(async |app| {
        let made = make(&app.root(), json!({ "user": "ada", "name": "n" })).await;
        let stranger = app.with_key(&app.make_neighbour("other").await);
        stranger.get(&path(&made)).await.refused(404, "not_found");
        patch(&stranger, &made, json!({ "status": "disabled" })).await.refused(404, "not_found");
        let rotate = format!("{}/rotate", path(&made));
        stranger.post(&rotate, &json!({})).await.refused(404, "not_found");
        stranger.delete(&path(&made)).await.done();
        let all = stranger.request(Method::DELETE, PATH).query(&[("user", "ada")]);
        stranger.send(all).await.done();
        assert_eq!(stranger.get(PATH).await.json()["items"], json!([]));
        let key = look(app, &app.sees, &id(&made)).await.unwrap();
        let sail: Value = app.operator().get("/v1/projects/sail").await.ok();
        assert_eq!(sail["id"], key.holder.project.as_str());
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_remembered_is_told_without_a_query_and_so_is_one_that_nobody_has() {
    on_both(async |app| {
        let made = make(&app.root(), json!({ "user": "ada", "name": "n" })).await;
        let (known, unknown) = (id(&made), AccessKeyId::from_random([7; 16]));
        let queries = || app.sees.database().queries();
        eventually("a look without a query", async || {
            let before = queries();
            look(app, &app.sees, &known).await.unwrap();
            queries() == before
        })
        .await;
        eventually("one query for many looks", async || {
            let before = queries();
            for _ in 0..50 {
                assert_eq!(flaw(app, &app.sees, &unknown).await, Some(AccessKeyFlaw::Unknown));
            }
            queries() <= before + 2
        })
        .await;
        // One that is made here is known at once, whoever asked for it before.
        let next = make(&app.root(), json!({ "name": "n" })).await;
        assert_eq!(flaw(app, &app.sees, &id(&next)).await, None);
    })
    .await;
}

/// Waits until the replica tells of `key` what `told` says, no later than was promised.
async fn until_it_counts(
    app: &TestApp,
    what: &str,
    sees: &Service,
    key: &AccessKeyId,
    told: Option<AccessKeyFlaw>,
) {
    let changed = Instant::now();
    loop {
        let asked = Instant::now();
        if flaw(app, sees, key).await == told {
            return;
        }
        let late = asked.saturating_duration_since(changed);
        assert!(late < MAX_STALENESS, "{what}: {late:?} too late");
    }
}

#[tokio::test]
async fn what_ends_a_key_at_one_server_counts_at_another_within_the_lease() {
    on_both(async |app| {
        let replica = app.replica(Setup::Usual).await;
        let (root, sees) = (app.root(), &replica.sees);
        let warm = async |key: &AccessKeyId| {
            eventually("the replica remembers the key", async || {
                let before = sees.database().queries();
                look(app, sees, key).await.is_ok() && sees.database().queries() == before
            })
            .await;
        };
        let first = make(&root, json!({ "user": "ada", "name": "n" })).await;
        warm(&id(&first)).await;
        patch(&root, &first, json!({ "status": "disabled" })).await.ok::<AccessKey>();
        until_it_counts(app, "disabled", sees, &id(&first), Some(AccessKeyFlaw::Disabled)).await;
        patch(&root, &first, json!({ "status": "active" })).await.ok::<AccessKey>();
        until_it_counts(app, "active again", sees, &id(&first), None).await;
        warm(&id(&first)).await;
        root.delete(&path(&first)).await.done();
        until_it_counts(app, "revoked", sees, &id(&first), Some(AccessKeyFlaw::Unknown)).await;

        let second = make(&root, json!({ "user": "ada", "name": "n" })).await;
        until_it_counts(app, "made elsewhere", sees, &id(&second), None).await;
        warm(&id(&second)).await;
        root.send(root.request(Method::DELETE, PATH).query(&[("user", "ada")])).await.done();
        until_it_counts(app, "all of a user", sees, &id(&second), Some(AccessKeyFlaw::Unknown))
            .await;

        let third = make(&root, json!({ "name": "n" })).await;
        warm(&id(&third)).await;
        let operator = app.operator();
        let suspend = json!({ "status": "suspended" });
        let request = operator.request(Method::PATCH, "/v1/projects/sail").json(&suspend);
        operator.send(request).await.ok::<Value>();
        let inactive = Some(AccessKeyFlaw::ProjectInactive);
        until_it_counts(app, "the project is suspended", sees, &id(&third), inactive).await;
        replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn the_last_use_of_a_key_is_noted_once_a_minute() {
    on_both(async |app| {
        let root = app.root();
        let made = make(&root, json!({ "user": "ada", "name": "n" })).await;
        let key = look(app, &app.sees, &id(&made)).await.unwrap();
        let origin = |agent: &str| Origin {
            address: Some("192.0.2.7".parse().unwrap()),
            agent: Some(agent.into()),
            request_id: None,
        };
        let first = app.clock.now();
        app.sees.note_access_key_use(&key.holder, &origin("aws-cli/2"), first);
        let seen = async || root.get(&path(&made)).await.ok::<AccessKey>();
        eventually("the use is noted", async || seen().await.last_used_at.is_some()).await;
        app.clock.advance(TimeDelta::seconds(59));
        app.sees.note_access_key_use(&key.holder, &origin("too soon"), app.clock.now());
        let noted = seen().await;
        assert_eq!(noted.last_used_ip.as_deref(), Some("192.0.2.7"));
        assert_eq!(noted.last_used_agent.as_deref(), Some("aws-cli/2"));
        assert_eq!(noted.last_used_at, Some(first));
        app.clock.advance(TimeDelta::seconds(1));
        app.sees.note_access_key_use(&key.holder, &origin("rclone"), app.clock.now());
        eventually("the next use is noted", async || {
            seen().await.last_used_agent.as_deref() == Some("rclone")
        })
        .await;
    })
    .await;
}

/// Who shows a key's id is shown its row, and can do nothing to it.
#[tokio::test]
async fn row_level_security_shows_a_key_to_its_project_and_to_whoever_names_it() {
    on_both(async |app| {
        let DatabaseUrl::Postgres(url) = app.database.url() else { return };
        let made = make(&app.root(), json!({ "user": "ada", "name": "n" })).await;
        make(&app.root(), json!({ "name": "n" })).await;
        app.make_neighbour("other").await;
        let project = async |slug: &str| {
            let project: Value = app.operator().get(&format!("/v1/projects/{slug}")).await.ok();
            project["id"].as_str().unwrap().to_owned()
        };
        let (sail, other) = (project("sail").await, project("other").await);
        let mut server = diesel::pg::PgConnection::establish(&url).unwrap();
        let mut rows = |project: &str, key: &str, sql: &str| {
            let set = format!(
                "SELECT set_config('sail.project', '{project}', false), \
                 set_config('sail.access_key', '{key}', false)"
            );
            diesel::sql_query(set).execute(&mut server).unwrap();
            diesel::sql_query(sql).execute(&mut server).unwrap()
        };
        let (shown, all) = (&made.stored.access_key_id, "SELECT * FROM access_key");
        assert_eq!((rows("", "", all), rows(&sail, "", all), rows(&other, "", all)), (0, 2, 0));
        assert_eq!((rows("", shown, all), rows(&other, shown, all)), (1, 1));
        for sql in ["UPDATE access_key SET status = 'disabled'", "DELETE FROM access_key"] {
            assert_eq!((rows("", shown, sql), rows(&other, shown, sql)), (0, 0), "{sql}");
        }
        assert_eq!(rows(&sail, "", all), 2);
    })
    .await;
}
