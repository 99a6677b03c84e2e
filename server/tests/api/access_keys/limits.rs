//! A key is at most what its limits and its user are.

use super::*;

#[tokio::test]
async fn a_rotated_key_goes_on_for_the_overlap_and_its_successor_has_its_limits() {
    on_both(async |app| {
        let root = app.root();
        let new =
            json!({ "user": "ada", "name": "ci", "buckets": ["photos"], "cidrs": ["10.0.0.0/8"] });
        let old = make(&root, new).await;
        let rotate = RotateAccessKey { overlap_seconds: Some(3600), expires_at: None };
        let id_text = old.stored.access_key_id.clone();
        let new = root.cargo.rotate_access_key(&id_text, &rotate).await.unwrap();
        assert_ne!(new.secret, old.secret);
        assert_eq!((&new.stored.limits, &new.stored.user), (&old.stored.limits, &old.stored.user));
        assert_eq!(new.stored.family, id_text);
        let good = async |key: &CreatedAccessKey| flaw(app, &app.sees, &id(key)).await;
        assert_eq!((good(&old).await, good(&new).await), (None, None));
        let again = root.cargo.rotate_access_key(&id_text, &rotate).await.unwrap_err();
        assert_eq!(again.code(), Some("too_many_live_keys"));

        app.clock.advance(TimeDelta::seconds(3600));
        assert_eq!(good(&old).await, Some(AccessKeyFlaw::Expired));
        assert_eq!(good(&new).await, None);
        let again = root.cargo.rotate_access_key(&id_text, &rotate).await.unwrap_err();
        assert_eq!(again.code(), Some("key_not_live"));
        let third = root.cargo.rotate_access_key(new.stored.access_key_id.as_str(), &rotate).await;
        assert_eq!(good(&third.unwrap()).await, None);
        root.get(&path(&old)).await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn a_key_is_made_less_and_never_more() {
    on_both(async |app| {
        let root = app.root();
        let made = make(
            &root,
            json!({ "user": "ada", "name": "n", "buckets": ["photos", "videos"],
                "prefixes": ["a/"], "permissions": ["read", "write"], "cidrs": ["10.0.0.0/8"] }),
        )
        .await;
        let later = made.stored.expires_at + TimeDelta::seconds(1);
        for wider in [
            json!({ "buckets": ["photos", "other"] }),
            json!({ "prefixes": ["b/"] }),
            json!({ "prefixes": ["a/", "b/"] }),
            json!({ "permissions": ["read", "delete"] }),
            json!({ "cidrs": ["0.0.0.0/0"] }),
            json!({ "expires_at": later }),
        ] {
            patch(&root, &made, wider.clone()).await.refused(409, "key_widened");
        }
        let less = json!({ "name": "less", "buckets": ["photos"], "prefixes": ["a/b/"],
            "permissions": ["read"], "cidrs": ["10.1.0.0/16"],
            "expires_at": app.clock.now() + TimeDelta::hours(1) });
        let patched: AccessKey = patch(&root, &made, less).await.ok();
        assert_eq!(root.get(&path(&made)).await.ok::<AccessKey>(), patched);
        let key = look(app, &app.sees, &id(&made)).await.unwrap();
        assert_eq!(patched.limits, (&*key.holder.limits).into());
        assert!(key.holder.limits.allows(Some("10.1.2.3".parse().unwrap())));
        assert!(!key.holder.limits.allows(Some("10.2.2.3".parse().unwrap())));
        for (status, flawed) in [("disabled", Some(AccessKeyFlaw::Disabled)), ("active", None)] {
            patch(&root, &made, json!({ "status": status })).await.ok::<AccessKey>();
            assert_eq!(flaw(app, &app.sees, &id(&made)).await, flawed);
        }
        app.clock.advance(TimeDelta::hours(1));
        assert_eq!(flaw(app, &app.sees, &id(&made)).await, Some(AccessKeyFlaw::Expired));
    })
    .await;
}

/// K2: what its user loses, the key loses.
#[tokio::test]
async fn a_key_never_has_more_than_its_user_now() {
    on_both(async |app| {
        app.register("photos").await;
        app.register("other").await;
        for bucket in ["photos", "other"] {
            app.grant(bucket, "ada", &[Permission::Read, Permission::Write]).await;
        }
        let new = json!({ "user": "ada", "name": "n", "buckets": ["photos"], "permissions": ["read", "delete"] });
        let made = make(&app.root(), new).await;
        let key = look(app, &app.sees, &id(&made)).await.unwrap();
        let caller = Caller::AccessKey(key.holder.clone());
        let ask = async |action: &str, bucket: &str| {
            let bucket = sail_cargo_server::domain::BucketName::parse(bucket).unwrap();
            let context = sail_cargo_server::domain::Context {
                caller: caller.clone(),
                ..app.context()
            };
            let (project, names) = (key.holder.project.clone(), vec![bucket.clone()]);
            let authority = app.sees.authority_and_unsettled(project, &context, names).await;
            let (authority, _) = authority.unwrap().value;
            let action = Action::parse(action).unwrap();
            check(&caller, action, &bucket, "x", &authority, app.clock.now()).map(drop)
        };
        assert_eq!(ask("read", "photos").await, Ok(()));
        let limited = |permission| Err(Denied::KeyLimits(Some(permission)));
        assert_eq!(ask("write", "photos").await, limited(Permission::Write));
        assert_eq!(ask("read", "other").await, limited(Permission::Read));
        let delete = ask("delete", "photos").await;
        assert!(matches!(delete, Err(Denied::NoPermission { .. })), "its user may not: {delete:?}");
        app.root().delete("/v1/buckets/photos/grants/ada").await.done();
        let gone = ask("read", "photos").await;
        assert!(matches!(gone, Err(Denied::NoPermission { .. })), "{gone:?}");
    })
    .await;
}
