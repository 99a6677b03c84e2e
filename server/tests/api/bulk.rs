//! Bulk changes of grants: preconditions, dry runs, effects, and the last admin.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use reqwest::Method;
use reqwest::header::HeaderMap;
use sail_cargo_client::protocol::{
    Effect, Grant, GrantsChanged, Page, Permission, PrefixKind, SubjectKind,
};
use serde_json::{Value, json};

use Permission::{Admin, Read, Write};

use crate::harness::{Actor, TestApp, TestResponse, on_both};

const GRANTS: &str = "/v1/buckets/photos/grants";

async fn patch(actor: &Actor, query: &str, changes: Value) -> TestResponse {
    let request = actor.request(Method::PATCH, &format!("{GRANTS}{query}"));
    actor.send(request.json(&json!({ "changes": changes }))).await
}

async fn send_if(actor: &Actor, method: Method, header: &str, value: &str) -> TestResponse {
    let request = actor.request(method.clone(), &format!("{GRANTS}/ada")).header(header, value);
    let body = json!({ "permissions": ["read", "write"] });
    let request = if method == Method::PUT { request.json(&body) } else { request };
    actor.send(request).await
}

async fn all(app: &TestApp) -> Vec<(String, String)> {
    let page: Page<Grant> = app.root().get(&format!("{GRANTS}?page_size=1000")).await.ok();
    page.items.into_iter().map(|grant| (grant.prefix, grant.subject)).collect()
}

#[tokio::test]
async fn a_grant_is_changed_only_as_the_caller_expects_it() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        send_if(&root, Method::PUT, "if-match", "*").await.refused(412, "precondition_failed");
        let made = send_if(&root, Method::PUT, "if-none-match", "*").await;
        let grant: Grant = made.ok();
        let etag = made.header("etag").to_owned();
        assert_eq!(etag, format!("\"r{}\"", grant.updated_revision));
        assert_eq!(root.get(&format!("{GRANTS}/ada")).await.header("etag"), etag);
        send_if(&root, Method::PUT, "if-none-match", "*").await.refused(412, "precondition_failed");
        send_if(&root, Method::PUT, "if-match", "\"r1\"").await.refused(412, "precondition_failed");
        for wrong in ["r1", "W/\"r1\"", "\"r1\", \"r2\"", "\"1\"", ""] {
            send_if(&root, Method::PUT, "if-match", wrong).await.refused(400, "invalid_request");
        }
        let same = send_if(&root, Method::PUT, "if-match", &etag).await;
        assert_eq!(same.header("etag"), etag, "it was so already");
        send_if(&root, Method::DELETE, "if-match", "\"r1\"")
            .await
            .refused(412, "precondition_failed");
        send_if(&root, Method::DELETE, "if-match", &etag).await.done();
    })
    .await;
}

#[tokio::test]
async fn a_patch_is_one_revision_or_nothing() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Read]).await;
        let root = app.root();
        let ada: Grant = root.get(&format!("{GRANTS}/ada")).await.ok();
        let good = json!([
            { "subject": "bob", "put": { "permissions": ["read"] }, "if_revision": 0 },
            { "subject": "crew", "kind": "group", "prefix": "raw/", "put": { "permissions": ["write"] } },
            { "subject": "ada", "if_revision": ada.updated_revision },
            { "subject": "nobody" },
        ]);
        let stale = json!([
            { "subject": "eve", "put": { "permissions": ["read"] } },
            { "subject": "ada", "if_revision": ada.updated_revision + 1 },
        ]);
        let problem = patch(&root, "", stale).await.refused(412, "precondition_failed");
        assert_eq!(problem.errors[0].pointer, "/changes/1");
        assert_eq!(all(app).await, [(String::new(), "ada".to_owned())], "nothing was changed");

        let rehearsed: GrantsChanged = patch(&root, "?dry_run=true", good.clone()).await.ok();
        assert!(rehearsed.dry_run);
        assert_eq!(all(app).await.len(), 1, "nothing was changed");
        let effect = |subject: &str, kind, prefix: &str, gains: &[Permission], loses: &[Permission]| {
            Effect {
                bucket: "photos".to_owned(),
                prefix: prefix.to_owned(),
        prefix_kind: PrefixKind::Literal,
                kind,
                subject: subject.to_owned(),
                gains: gains.iter().copied().collect(),
                loses: loses.iter().copied().collect(),
            }
        };
        let effects = [
            effect("bob", SubjectKind::User, "", &[Read], &[]),
            effect("crew", SubjectKind::Group, "raw/", &[Write], &[]),
            effect("ada", SubjectKind::User, "", &[], &[Read]),
        ];
        assert_eq!(rehearsed.effects, effects);

        let done: GrantsChanged = patch(&root, "", good).await.ok();
        assert_eq!((done.created, done.updated, done.deleted, done.unchanged), (2, 0, 1, 1));
        assert_ne!(done.revision, rehearsed.revision);
        let grants: Page<Grant> = root.get(GRANTS).await.ok();
        let revisions: Vec<i64> =
            grants.items.iter().map(|grant| grant.updated_revision).collect();
        assert_eq!(revisions, [ada.updated_revision + 1; 2], "one revision");

        let twice = json!([{ "subject": "x" }, { "subject": "x" }]);
        patch(&root, "", twice).await.refused(400, "invalid_request");
        patch(&root, "", json!([])).await.refused(400, "invalid_request");
        let unknown = json!([{ "subject": "x", "expires": "never" }]);
        patch(&root, "", unknown).await.refused(400, "invalid_request");
        let wrong = json!([{ "subject": "x" }, { "subject": "y", "put": { "permissions": [] } }]);
        let problem = patch(&root, "", wrong).await.refused(400, "invalid_request");
        assert_eq!(problem.errors[0].pointer, "/changes/1/put/permissions");
    })
    .await;
}

#[tokio::test]
async fn what_public_and_ceilings_already_decide_is_no_effect() {
    on_both(async |app| {
        let rules = json!({ "public_permissions": ["read"], "ceiling": ["read", "write"] });
        app.root().put("/v1/buckets/photos", &rules).await.ok::<Value>();
        let put = json!([
            { "subject": "ada", "put": { "permissions": ["read", "write", "delete"] } },
            { "subject": "bob", "put": { "permissions": ["read"] } },
        ]);
        let told: GrantsChanged = patch(&app.root(), "?dry_run=true", put).await.ok();
        let [only] = told.effects.as_slice() else { panic!("{told:?}") };
        assert_eq!((only.subject.as_str(), &only.gains), ("ada", &[Write].into()));
    })
    .await;
}

#[tokio::test]
async fn a_bucket_keeps_an_admin_who_does_not_expire() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Admin, Read]).await;
        app.grant("photos", "bob", &[Admin]).await;
        let (root, ada) = (app.root(), app.ada());
        let path = |user: &str| format!("{GRANTS}/{user}");
        ada.delete(&path("bob")).await.done();
        let refused = ada.delete(&path("ada")).await;
        refused.refused(409, "last_admin");
        assert_eq!(app.record(&refused).await.reason, "last_admin");
        let less = json!({ "permissions": ["read"] });
        let ending = json!({ "permissions": ["admin"], "expires_at": "2030-01-01T00:00:00Z" });
        for body in [less, ending] {
            ada.put(&path("ada"), &body).await.refused(409, "last_admin");
            root.put(&path("ada"), &body).await.refused(409, "last_admin");
        }
        patch(&root, "", json!([{ "subject": "ada" }])).await.refused(409, "last_admin");
        root.delete("/v1/users/ada/grants").await.refused(409, "last_admin");
        let swap = json!([
            { "subject": "ada" },
            { "subject": "eve", "put": { "permissions": ["admin"] } },
        ]);
        patch(&root, "", swap).await.ok::<GrantsChanged>();
        app.user("eve")
            .delete(&format!("{}?force=true", path("eve")))
            .await
            .refused(403, "root_only");
        root.delete(&format!("{}?force=true", path("eve"))).await.done();
        assert_eq!(all(app).await.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn an_import_is_authorised_row_by_row_and_all_or_nothing() {
    on_both(async |app| {
        app.register("photos").await;
        app.register("letters").await;
        app.grant("photos/raw/", "ada", &[Admin]).await;
        let line = |bucket: &str, prefix: &str, subject: &str| {
            json!({ "bucket": bucket, "prefix": prefix, "subject": subject, "permissions": ["read"] })
                .to_string()
        };
        let import = async |actor: &Actor, query: &str, text: String| {
            let request = actor.request(Method::POST, &format!("/v1/grants/import{query}"));
            let request = request.header("content-type", "application/x-ndjson").body(text);
            actor.send(request).await
        };
        let own = line("photos", "raw/", "bob");
        let beyond = [own.clone(), line("photos", "", "bob")].join("\n");
        let refused = import(&app.ada(), "", beyond).await;
        assert_eq!(refused.refused(403, "no_permission").errors[0].pointer, "/1");
        assert_eq!(app.record(&refused).await.reason, "no_permission");
        let foreign = [own.clone(), line("letters", "", "bob")].join("\n");
        import(&app.ada(), "", foreign).await.refused(404, "not_found");
        assert_eq!(all(app).await.len(), 1, "nothing was changed");
        let done: GrantsChanged = import(&app.ada(), "", format!("{own}\n\n")).await.ok();
        assert_eq!(done.created, 1);

        let root = app.root();
        import(&root, "", String::new()).await.refused(400, "invalid_request");
        let broken = import(&root, "", format!("{own}\n{{\"bucket\":1}}")).await;
        assert_eq!(broken.refused(400, "invalid_request").errors[0].pointer, "/1/bucket");
        let admin = r#"{"bucket":"photos","kind":"public","subject":"*","permissions":["admin"]}"#;
        let refused = import(&root, "", admin.to_owned()).await.refused(400, "invalid_request");
        assert_eq!(refused.errors[0].pointer, "/0/permissions");
        let as_json = root.request(Method::POST, "/v1/grants/import").json(&json!({}));
        root.send(as_json).await.refused(415, "unsupported_media_type");
        let users: String = (0..2500).fold(String::new(), |mut text, user| {
            writeln!(text, "{}", line("letters", "", &format!("user-{user:04}"))).unwrap();
            text
        });
        let rehearsed: GrantsChanged = import(&root, "?dry_run=true", users.clone()).await.ok();
        assert_eq!((rehearsed.created, rehearsed.effects.len()), (2500, 2500));
        let done: GrantsChanged = import(&root, "", users.clone()).await.ok();
        assert_eq!((done.created, done.effects.len()), (2500, 0));
        let again: GrantsChanged = import(&root, "", users).await.ok();
        assert_eq!((again.unchanged, &again.revision), (2500, &done.revision));
        let mut listed = 0;
        let mut token = String::new();
        loop {
            let page: Page<Grant> =
                root.get(&format!("/v1/grants?page_size=700{token}")).await.ok();
            listed += page.items.len();
            match page.next_page_token {
                Some(next) => token = format!("&page_token={next}"),
                None => break,
            }
        }
        assert_eq!(listed, 2502);
    })
    .await;
}

#[tokio::test]
async fn every_page_of_a_listing_is_of_the_revision_of_its_first() {
    on_both(async |app| {
        app.register("photos").await;
        for user in ["a", "b", "c", "d"] {
            app.grant("photos", user, &[Read]).await;
        }
        let root = app.root();
        let first: Page<Grant> = root.get(&format!("{GRANTS}?page_size=2")).await.ok();
        root.delete(&format!("{GRANTS}/c")).await.done();
        app.grant("photos", "cc", &[Read]).await;
        app.grant("photos", "d", &[Write]).await;
        let token = first.next_page_token.as_ref().unwrap();
        let second = root.get(&format!("{GRANTS}?page_size=2&page_token={token}")).await;
        let second: Page<Grant> = second.ok();
        let told: Vec<_> = second.items.iter().map(|grant| grant.subject.as_str()).collect();
        assert_eq!(told, ["c", "d"]);
        assert_eq!(second.items[1].permissions, [Read].into());
        assert_eq!((second.next_page_token, second.revision), (None, first.revision.clone()));

        let head = root.get("/v1/buckets").await.header("revision").to_owned();
        assert_ne!(Some(&head), first.revision.as_ref());
        let ask = async |actor: &Actor, revision: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("if-revision-at-least", revision.parse().unwrap());
            actor.send(actor.request(Method::GET, "/v1/buckets").headers(headers)).await
        };
        assert_eq!(ask(&root, &head).await.status, 200);
        ask(&root, "yesterday").await.refused(400, "invalid_request");
        let other = app.with_key(&app.make_neighbour("other").await);
        ask(&other, &head).await.refused(409, "revision_foreign");
        app.database.execute("UPDATE project_head SET revision = revision - 1");
        ask(&root, &head).await.refused(409, "revision_future");
        app.database.execute("UPDATE project_head SET epoch = 'restored'");
        ask(&root, &head).await.refused(409, "revision_epoch");
    })
    .await;
}

#[tokio::test]
async fn a_page_token_that_was_made_up_shows_no_other_day() {
    on_both(async |app| {
        app.register("photos").await;
        let end = app.clock.now() + chrono::TimeDelta::minutes(1);
        let put = json!({ "permissions": ["read"], "expires_at": end });
        app.root().put(&format!("{GRANTS}/ada"), &put).await.ok::<Grant>();
        app.clock.advance(chrono::TimeDelta::hours(2));
        let ada = app.ada();
        let none: Page<Value> = ada.get("/v1/buckets").await.ok();
        assert!(none.items.is_empty());
        for now in
            [end - chrono::TimeDelta::seconds(1), app.clock.now() + chrono::TimeDelta::days(1)]
        {
            let cursor = json!({ "after": "", "revision": none.revision,
                "now": now.timestamp_micros() });
            let token = URL_SAFE_NO_PAD.encode(cursor.to_string());
            let made_up = ada.get(&format!("/v1/buckets?page_token={token}")).await;
            assert_eq!(made_up.refused(400, "invalid_request").errors[0].pointer, "page_token");
        }
    })
    .await;
}
