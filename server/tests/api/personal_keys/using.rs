//! What personal API keys are good for: the rights of their user within their limits.

use std::collections::BTreeSet;

use super::*;

#[tokio::test]
async fn a_personal_key_has_its_user_s_rights_within_its_limits() {
    on_both(async |app| {
        app.register("photos").await;
        app.register("notes").await;
        for bucket in ["photos", "notes"] {
            app.grant(bucket, "ada", &[Permission::Read, Permission::Write]).await;
        }
        let ada = signed_in(app, "ada", 0);
        let put = || S3::new("PUT", "/photos/in/x");
        let elsewhere = || S3::new("GET", "/notes/x");
        for (limits, reads, writes, reads_elsewhere) in [
            (json!({}), true, true, true),
            (json!({ "buckets": ["photos"] }), true, true, false),
            (json!({ "permissions": ["read", "delete"] }), true, false, true),
            (json!({ "prefixes": ["in/"] }), false, true, false),
            (json!({ "cidrs": ["127.0.0.0/8"] }), true, true, true),
        ] {
            let key = bearer(app, &make(&ada, limits.clone()).await);
            for (request, is_allowed) in
                [(get("x"), reads), (put(), writes), (elsewhere(), reads_elsewhere)]
            {
                let answer = key.sign(&request).await;
                if is_allowed {
                    assert_eq!(answer.status, 200, "{limits}: {}", answer.body);
                } else {
                    answer.refused(403, "key_limits");
                }
            }
            let delete = key.sign(&S3::new("DELETE", "/photos/x")).await;
            delete.refused(403, "no_permission");
        }

        let key = bearer(app, &make(&ada, json!({ "buckets": ["photos"] })).await);
        let whoami: Whoami = key.get("/v1/whoami").await.ok();
        assert_eq!(whoami.id, "ada");
        assert!(whoami.via_key.is_some_and(|id| AccessKeyId::parse(&id).is_ok()));
        let buckets = key.get("/v1/buckets").await.json();
        assert_eq!(buckets["items"].as_array().unwrap().len(), 1);
        let held = key.get("/v1/users/ada/permissions").await.json();
        assert_eq!(
            (&held["items"][0]["bucket"], &held["items"][1]),
            (&json!("photos"), &Value::Null)
        );
        let given = key.get("/v1/users/ada/grants").await.json();
        let given = given["items"].as_array().unwrap();
        assert_eq!((given.len(), &given[0]["bucket"]), (1, &json!("photos")), "within its limits");
        key.get("/v1/users/bob/permissions").await.refused(403, "root_only");
        let check = async |bucket: &str| -> CheckResponse {
            key.post("/v1/check", &json!({ "action": "read", "bucket": bucket })).await.ok()
        };
        assert!(check("photos").await.decision);
        let limited = check("notes").await;
        assert_eq!((limited.decision, limited.code.as_str()), (false, "key_limits"));

        let query = AuditQuery { actor: Some("user:ada".to_owned()), ..AuditQuery::default() };
        let events = app.root().cargo.audit_events(&query).await.unwrap().items;
        let signed = events.iter().filter(|event| event.action == "s3:GetObject");
        assert!(signed.clone().count() > 5);
        assert!(signed.into_iter().all(|event| event.via_key.is_some()), "each names its key");
    })
    .await;
}

#[tokio::test]
async fn a_personal_key_is_proved_by_all_of_it_alone_and_where_it_may_be_used() {
    on_both(async |app| {
        let ada = signed_in(app, "ada", 0);
        let made = make(&ada, json!({})).await;
        let (text, id) = (made.secret.expose(), &made.stored.access_key_id);
        let id = AccessKeyId::parse(id).unwrap();
        let wrong = PersonalKey::compose(&id, &"x".repeat(PersonalKey::SECRET));
        let unknown = AccessKeyId::parse("CGAKAAAAAAAAAAAAAAAA").unwrap();
        let unknown = PersonalKey::compose(&unknown, &"x".repeat(PersonalKey::SECRET));
        let elsewhere = make(&ada, json!({ "cidrs": ["10.0.0.0/8"] })).await;
        let all = [
            (wrong.expose(), "personal_key_wrong"),
            (unknown.expose(), "access_key_unknown"),
            (&text[..text.len() - 1], "personal_key_malformed"),
            ("cgpk_", "personal_key_malformed"),
            (elsewhere.secret.expose(), "access_key_address"),
        ];
        let mut told = BTreeSet::new();
        for (shown, _) in all {
            let refused = app.with_token(shown).get("/v1/whoami").await;
            told.insert(refused.refused(401, NOBODY).detail);
        }
        assert_eq!(told.len(), 1, "who asks reads the same of each: {told:?}");
        app.clock.advance(TimeDelta::seconds(61));
        for (_, reason) in all {
            eventually(reason, async || {
                let of_nobody = app.operator().get("/v1/audit-events").await.body;
                let of_project = app.root().get("/v1/audit-events").await.body;
                of_project.contains(reason) || of_nobody.contains(reason)
            })
            .await;
        }
        // It is no API key, and none goes with it.
        app.with_key(text).get("/v1/whoami").await.refused(401, "invalid_api_key");
        let (token, key) = (Some(text.to_owned()), Some(app.secrets.root_key.clone()));
        let both = app.actor(&Proof { token, key, project: None });
        both.get("/v1/whoami").await.refused(401, "personal_key_with_api_key");
        let (token, key) = (Some(text.to_owned()), Some(app.secrets.operator_key.clone()));
        let both = app.actor(&Proof { token, key, project: None });
        both.get("/v1/whoami").await.refused(401, "operator_with_token");
        app.make_neighbour("maps").await;
        for (project, is_taken) in [("sail", true), ("maps", false), ("nowhere", false)] {
            let (token, project) = (Some(text.to_owned()), Some(project.to_owned()));
            let answer = app.actor(&Proof { token, key: None, project }).get("/v1/whoami").await;
            if is_taken {
                answer.ok::<Whoami>();
            } else {
                answer.refused(401, "project_mismatch");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn when_a_personal_key_was_last_used_is_told_to_the_minute() {
    on_both(async |app| {
        let ada = signed_in(app, "ada", 0);
        let made = make(&ada, json!({})).await;
        assert_eq!(made.stored.last_used_at, None);
        let key = bearer(app, &made);
        let request = key.request(Method::GET, "/v1/whoami").header("user-agent", "a robot/1");
        key.send(request).await.ok::<Whoami>();
        eventually("the use is noted", async || {
            let key: AccessKey = ada.get(&path(&made)).await.ok();
            let address = key.last_used_ip.as_deref() == Some("127.0.0.1");
            address
                && key.last_used_at == Some(app.clock.now())
                && key.last_used_agent.as_deref() == Some("a robot/1")
        })
        .await;
        let changes = app.root().get("/v1/changes").await;
        let made = changes.json()["items"].as_array().unwrap().last().unwrap().clone();
        let made: Change = serde_json::from_value(made).unwrap();
        assert_eq!(made.kind, "access_key.create", "a use makes no revision");
    })
    .await;
}

/// A session is no key: it ends with the personal key that opened it, and has its limits.
#[tokio::test]
async fn a_session_of_a_personal_key_has_its_limits_and_ends_with_it() {
    on_both(async |app| {
        let ada = signed_in(app, "ada", 0);
        let end = app.clock.now() + TimeDelta::minutes(20);
        let limits = json!({ "buckets": ["photos"], "expires_at": end });
        let made = make(&ada, limits).await;
        let opened = bearer(app, &made).post("/v1/sessions", &json!({})).await;
        let opened: OpenedSession = opened.ok();
        assert!(opened.expires_at <= end);
        let session = async || {
            let id = sail_cargo_server::domain::SessionId::parse(&opened.access_key_id).unwrap();
            app.sees.session(&id, &opened.session_token, app.clock.now()).await.unwrap()
        };
        let limits = session().await.unwrap().holder.limits;
        assert_eq!(limits.buckets.as_ref().map(BTreeSet::len), Some(1));
        patch(&ada, &made, json!({ "status": "disabled" })).await.ok::<AccessKey>();
        assert!(session().await.is_err());
    })
    .await;
}
