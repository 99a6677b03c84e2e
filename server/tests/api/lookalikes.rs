//! Ids with invisible or misleading characters: new grants and tokens with them are refused, and
//! old grants to them can be seen and deleted.

use sail_cargo_client::protocol::{Grant, Page, PrefixKind, PutGrant, SubjectKind, User, Whoami};
use sail_cargo_database::tables::{grants, group_members};
use sail_cargo_database::tenancy::set_tenant;
use sail_cargo_database::transaction::transaction;
use sail_cargo_server::domain::{
    GrantKey, GrantState, Membership, Permission, ProjectId, StoredGrant, SubjectId,
};
use serde_json::json;

use crate::harness::{KEYS, TestApp, on_both};

/// Ids, each with the reason for its refusal.
const ODD: &[(&str, &str)] = &[
    ("a\u{200b}da", "the invisible character U+200B"),
    ("ada\u{3164}", "the invisible character U+3164"),
    ("ada\u{202e}", "the bidirectional control U+202E"),
    ("ada\u{600}", "the format character U+0600"),
    ("ada\u{85}", "control characters"),
    ("ad\u{fffd}", "U+FFFD"),
    ("ade\u{301}", "NFC"),
];

/// The id, percent-encoded as clients send it in a path.
fn path(id: &str) -> String {
    id.bytes().flat_map(|byte| ["%".to_owned(), hex::encode([byte])]).collect()
}

/// Creates a grant and a membership as earlier versions did.
async fn give_as_before(app: &TestApp, id: &str) {
    let project: ProjectId = app.sees.project_id("sail").await.unwrap();
    let user = SubjectId::parse(id).unwrap();
    let key = GrantKey::parse("photos", (PrefixKind::Literal, ""), SubjectKind::User, id).unwrap();
    let put = PutGrant { permissions: [Permission::Read].into(), ..PutGrant::default() };
    let grant = StoredGrant {
        state: GrantState::parse(put, &key.subject).unwrap(),
        key,
        granted_by: "operator".to_owned(),
        created_revision: 1,
        updated_revision: 1,
    };
    let member = Membership { group: user.clone(), user, expires_at: None, updated_revision: 1 };
    let given = app.sees.database().run(move |connection| {
        transaction(connection, |connection| {
            set_tenant(connection, &project)?;
            grants::insert(connection, &project, &[grant])?;
            group_members::insert(connection, &project, &member)
        })
    });
    given.await.unwrap();
}

#[tokio::test]
async fn an_odd_user_id_in_a_token_is_refused_with_what_is_odd() {
    on_both(async |app| {
        for (id, said) in ODD {
            let token = app.token(id).signed_by(&KEYS[0]);
            let answer = app.with_token(&token).get("/v1/whoami").await;
            answer.refused(401, "invalid_claim");
            let detail = answer.problem().detail;
            assert!(
                detail.starts_with("the token's user id ") && detail.contains(said),
                "{detail}"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn an_odd_group_in_a_token_is_left_out() {
    on_both(async |app| {
        let odd = ODD.iter().map(|(id, _)| *id);
        let groups: Vec<&str> = odd.chain(["staff", "команда"]).collect();
        let token = app.token("ada").claim("groups", json!(groups)).signed_by(&KEYS[0]);
        let ada: Whoami = app.with_token(&token).get("/v1/whoami").await.ok();
        assert_eq!(ada.groups, ["staff", "команда"]);
    })
    .await;
}

#[tokio::test]
async fn nothing_new_is_given_to_an_odd_id() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let put = json!({ "permissions": ["read"] });
        for (id, said) in ODD {
            let path = path(id);
            for kind in ["user", "group", "token_group"] {
                let url = format!("/v1/buckets/photos/grants/{path}?kind={kind}");
                let answer = root.put(&url, &put).await;
                answer.refused(400, "invalid_request");
                assert!(answer.problem().detail.contains(said), "{}", answer.body);
            }
            for url in [
                format!("/v1/groups/{path}/members/ada"),
                format!("/v1/groups/staff/members/{path}"),
            ] {
                let answer = root.put(&url, &json!({})).await;
                answer.refused(400, "invalid_request");
                assert!(answer.problem().detail.contains(said), "{}", answer.body);
            }
            let change = json!({ "changes": [{ "subject": id, "put": put }] });
            let request =
                root.request(reqwest::Method::PATCH, "/v1/buckets/photos/grants").json(&change);
            let answer = root.send(request).await;
            answer.refused(400, "invalid_request");
            assert_eq!(answer.problem().errors[0].pointer, "/changes/0/subject");
            let line = json!({ "bucket": "photos", "subject": id, "permissions": ["read"] });
            let request = root
                .request(reqwest::Method::POST, "/v1/grants/import")
                .header("content-type", "application/x-ndjson")
                .body(line.to_string());
            root.send(request).await.refused(400, "invalid_request");
        }
    })
    .await;
}

#[tokio::test]
async fn what_an_odd_id_was_given_before_is_seen_and_taken_away() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        for (id, said) in ODD.iter().filter(|(id, _)| !id.chars().any(char::is_control)) {
            give_as_before(app, id).await;
            let path = path(id);
            let users: Page<User> = root.get("/v1/users").await.ok();
            let [user] = &users.items[..] else { panic!("{users:?}") };
            assert_eq!((user.id.as_str(), user.grants, user.groups.len()), (*id, 1, 1));
            assert!(user.flaw.as_ref().is_some_and(|flaw| flaw.contains(said)), "{user:?}");

            let grants: Page<Grant> = root.get("/v1/buckets/photos/grants").await.ok();
            assert_eq!(grants.items[0].subject, *id);
            let url = format!("/v1/buckets/photos/grants/{path}");
            assert_eq!(root.get(&url).await.ok::<Grant>().subject, *id);
            assert_eq!(root.get("/v1/buckets/photos/access").await.status, 200);
            assert_eq!(root.get(&format!("/v1/users/{path}/permissions")).await.status, 200);

            assert_eq!(root.delete(&url).await.status, 204);
            let member = format!("/v1/groups/{path}/members/{path}");
            assert_eq!(root.delete(&member).await.status, 204);
            give_as_before(app, id).await;
            assert_eq!(root.delete(&format!("/v1/users/{path}/grants")).await.status, 200);
            assert_eq!(root.delete(&member).await.status, 204);
            let users: Page<User> = root.get("/v1/users").await.ok();
            assert!(users.items.is_empty(), "{users:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn ids_of_mixed_scripts_are_marked() {
    on_both(async |app| {
        app.register("photos").await;
        for id in ["ada", "\u{430}da", "Ада", "田中さくら"] {
            app.grant("photos", id, &[sail_cargo_client::protocol::Permission::Read]).await;
        }
        let users: Page<User> = app.root().get("/v1/users").await.ok();
        let mixed = users.items.iter().filter(|user| user.mixed_scripts);
        assert_eq!(mixed.map(|user| user.id.as_str()).collect::<Vec<_>>(), ["\u{430}da"]);
        assert!(users.items.iter().all(|user| user.flaw.is_none()), "{users:?}");
    })
    .await;
}
