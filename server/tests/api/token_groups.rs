//! Groups with members in Cargo, and groups named by tokens, are different subjects even with the
//! same name.

use reqwest::Method;
use sail_cargo_client::protocol::{
    AuditEvent, BucketPermissions, CheckRequest, CheckResponse, Explanation, Grant, GrantsChanged,
    Member, Page, Permission, SubjectKind, SubjectPermissions,
};
use serde_json::{Value, json};

use crate::harness::{Actor, S3, Setup, TestApp, on_both};

use SubjectKind::{Group, TokenGroup};

const GROUP: &str = "/v1/buckets/photos/grants/admins?kind=group";
const TOKEN_GROUP: &str = "/v1/buckets/photos/grants/admins?kind=token_group";

fn may(permissions: &[&str]) -> Value {
    json!({ "permissions": permissions })
}

/// Creates Cargo's group `admins`, with bob as its member and all permissions.
async fn admins_of_cargo(app: &TestApp) -> Actor {
    app.register("photos").await;
    let root = app.root();
    root.put(GROUP, &may(&["read", "write", "delete", "admin"])).await.ok::<Grant>();
    root.put("/v1/groups/admins/members/bob", &json!({})).await.ok::<Member>();
    root
}

#[tokio::test]
async fn a_token_that_says_admins_gets_nothing_of_cargos_admins() {
    on_both(async |app| {
        let root = admins_of_cargo(app).await;
        let get = S3::new("GET", "/photos/x");
        let (bob, eve) = (app.bob(), app.user_in("eve", &["admins"]));
        let plain = app.replica(Setup::NothingRemembered).await;
        for (bob, eve) in [(&bob, &eve), (&bob.at(&plain), &eve.at(&plain))] {
            bob.signed(&get).await;
            for method in ["GET", "PUT", "DELETE"] {
                let request = S3::new(method, "/photos/x");
                eve.sign(&request).await.refused(403, "no_permission");
            }
        }
        let held: Page<BucketPermissions> = eve.get("/v1/permissions").await.ok();
        assert_eq!(held.items, []);
        eve.get("/v1/buckets/photos/grants").await.refused(404, "not_found");
        eve.put("/v1/buckets/photos/grants/eve", &may(&["read"])).await.refused(404, "not_found");

        let asked = CheckRequest {
            action: "read".to_owned(),
            bucket: "photos".to_owned(),
            user: Some("eve".to_owned()),
            groups: vec!["admins".to_owned()],
            ..CheckRequest::default()
        };
        assert!(!root.post("/v1/check", &asked).await.ok::<CheckResponse>().decision);
        let question = json!({ "request": get.0, "user": "eve", "groups": ["admins"] });
        let trace: Explanation = root.post("/v1/explain", &question).await.ok();
        assert!(!trace.allowed && trace.needs[0].looked_at.is_empty(), "{trace:?}");
        let path = "/v1/users/eve/permissions?groups=admins";
        assert_eq!(root.get(path).await.ok::<Page<BucketPermissions>>().items, []);
        plain.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_grant_to_a_token_group_is_for_those_whose_tokens_name_it_and_nobody_else() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        root.put("/v1/groups/admins/members/bob", &json!({})).await.ok::<Member>();
        let granted: Grant = root.put(TOKEN_GROUP, &may(&["read", "admin"])).await.ok();
        assert_eq!((granted.kind, granted.subject.as_str()), (TokenGroup, "admins"));

        let (get, put) = (S3::new("GET", "/photos/x"), S3::new("PUT", "/photos/x"));
        let (member, named) = (app.bob(), app.user_in("eve", &["others", "admins"]));
        let plain = app.replica(Setup::NothingRemembered).await;
        for (member, named) in [(&member, &named), (&member.at(&plain), &named.at(&plain))] {
            named.signed(&get).await;
            named.sign(&put).await.refused(403, "no_permission");
            member.sign(&get).await.refused(403, "no_permission");
        }
        app.user("admins").sign(&get).await.refused(403, "no_permission");
        app.user_in("eve", &["Admins", "admin"]).sign(&get).await.refused(403, "no_permission");
        let question = json!({ "request": get.0, "user": "eve", "groups": ["admins"] });
        let trace: Explanation = root.post("/v1/explain", &question).await.ok();
        let looked_at = &trace.needs[0].looked_at[0];
        assert_eq!(looked_at.source, "grant to token group admins on photos/: read+admin");

        // A member of the token group administers the bucket, and creates grants for both kinds.
        named.put(GROUP, &may(&["write"])).await.ok::<Grant>();
        member.signed(&put).await;
        named.sign(&put).await.refused(403, "no_permission");
        root.delete(TOKEN_GROUP).await.done();
        named.sign(&get).await.refused(403, "no_permission");
        member.signed(&put).await;
        plain.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_group_and_a_token_group_of_one_name_are_two_lines_everywhere() {
    on_both(async |app| {
        let root = admins_of_cargo(app).await;
        root.put(TOKEN_GROUP, &may(&["read"])).await.ok::<Grant>();
        let mut kinds = Vec::new();
        let mut path = "/v1/buckets/photos/grants?page_size=1".to_owned();
        loop {
            let page: Page<Grant> = root.get(&path).await.ok();
            kinds.extend(page.items.into_iter().map(|grant| (grant.kind, grant.subject)));
            let Some(token) = page.next_page_token else { break };
            path = format!("/v1/buckets/photos/grants?page_size=1&page_token={token}");
        }
        let admins = || "admins".to_owned();
        assert_eq!(kinds, [(Group, admins()), (TokenGroup, admins())]);
        for (kind, count) in [("group", 1), ("token_group", 1), ("user", 0)] {
            let path = format!("/v1/grants?kind={kind}&subject=admins");
            assert_eq!(root.get(&path).await.ok::<Page<Grant>>().items.len(), count, "{kind}");
        }

        let mut lines = Vec::new();
        let mut path = "/v1/buckets/photos/access?page_size=1".to_owned();
        loop {
            let page: Page<SubjectPermissions> = root.get(&path).await.ok();
            lines.extend(page.items);
            let Some(token) = page.next_page_token else { break };
            path = format!("/v1/buckets/photos/access?page_size=1&page_token={token}");
        }
        let lines: Vec<_> = lines
            .iter()
            .map(|one| (one.kind, &*one.subject, one.permissions.len(), one.members_unknown))
            .collect();
        let user = (SubjectKind::User, "bob", 4, false);
        assert_eq!(lines, [user, (Group, "admins", 4, false), (TokenGroup, "admins", 1, true)]);

        let events: Page<AuditEvent> = root.get("/v1/audit-events?action=grant.put").await.ok();
        let objects: Vec<_> =
            events.items.iter().map(|event| event.key.as_deref().unwrap()).collect();
        assert_eq!(objects, ["token_group:admins", "group:admins"]);
        let changes = root.get("/v1/changes?after=0").await.json();
        let changes = changes["items"].as_array().unwrap().clone();
        let kinds: Vec<_> = changes
            .iter()
            .filter(|change| change["kind"] == "grant.put")
            .map(|change| change["rows"][0]["after"]["kind"].as_str().unwrap())
            .collect();
        assert_eq!(kinds, ["group", "token_group"]);
    })
    .await;
}

#[tokio::test]
async fn a_precondition_on_one_kind_says_nothing_of_the_other() {
    on_both(async |app| {
        let root = admins_of_cargo(app).await;
        let put = async |path: &str, header: &'static str, value: &str| {
            let request = root.request(Method::PUT, path).header(header, value);
            root.send(request.json(&may(&["read"]))).await
        };
        let of_group = root.get(GROUP).await.header("etag").to_owned();
        root.get(TOKEN_GROUP).await.refused(404, "not_found");
        put(TOKEN_GROUP, "if-match", "*").await.refused(412, "precondition_failed");
        put(TOKEN_GROUP, "if-match", &of_group).await.refused(412, "precondition_failed");
        put(TOKEN_GROUP, "if-none-match", "*").await.ok::<Grant>();
        let of_tokens = root.get(TOKEN_GROUP).await.header("etag").to_owned();
        assert_ne!(of_tokens, of_group);
        assert_eq!(root.get(GROUP).await.header("etag"), of_group, "it is as it was");
        put(GROUP, "if-match", &of_tokens).await.refused(412, "precondition_failed");
        put(GROUP, "if-match", &of_group).await.ok::<Grant>();

        // Two edits for the same name but different kinds are two edits, each with its own revision
        // to expect.
        let edit = |kind: &str, revision: &Value| {
            json!({ "kind": kind, "subject": "admins", "if_revision": revision,
                    "put": may(&["write"]) })
        };
        let revision = async |path: &str| root.get(path).await.json()["updated_revision"].clone();
        let (group, tokens) = (revision(GROUP).await, revision(TOKEN_GROUP).await);
        let change = async |changes: [Value; 2]| {
            let path = "/v1/buckets/photos/grants?dry_run=true";
            let body = json!({ "changes": changes });
            root.send(root.request(Method::PATCH, path).json(&body)).await
        };
        let crossed = [edit("group", &tokens), edit("token_group", &group)];
        change(crossed).await.refused(412, "precondition_failed");
        let right = [edit("group", &group), edit("token_group", &tokens)];
        let told: GrantsChanged = change(right).await.ok();
        let effects: Vec<_> = told
            .effects
            .iter()
            .map(|effect| (effect.kind, &*effect.subject, effect.gains.clone()))
            .collect();
        let gains = || [Permission::Write].into();
        assert_eq!(effects, [(Group, "admins", gains()), (TokenGroup, "admins", gains())]);
    })
    .await;
}
