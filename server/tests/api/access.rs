//! Who can do what in a bucket: a listing of some subjects is the part of the whole that is theirs.

use chrono::{SecondsFormat, TimeDelta};
use reqwest::Method;
use sail_cargo_client::protocol::{CreatedAccount, Page, Permission, SubjectPermissions};
use serde_json::{Value, json};

use crate::harness::{Actor, Setup, TestApp, on_both, on_both_with};

const ACCESS: &str = "/v1/buckets/photos/access?page_size=1000";
const KINDS: [&str; 5] = ["user", "group", "token_group", "authenticated", "public"];

async fn access(actor: &Actor, more: &str) -> Vec<Value> {
    let page: Page<SubjectPermissions> = actor.get(&format!("{ACCESS}{more}")).await.ok();
    page.items.iter().map(|one| json!(one)).collect()
}

/// A bucket in which each way to a permission is taken; the id of an account with a home in it.
async fn set_up(app: &TestApp) -> String {
    let root = app.root();
    root.put("/v1/buckets/photos", &json!({ "public_permissions": ["list"] })).await.ok::<Value>();
    let account = json!({ "username": "lena", "password": "a lamp and seven pears" });
    let lena = root.post("/v1/accounts", &account).await.ok::<CreatedAccount>().account.id;
    for (group, user) in [("crew", "ada"), ("crew", "mia"), ("idle", "bob"), ("crew", &lena)] {
        let path = format!("/v1/groups/{group}/members/{user}");
        root.put(&path, &json!({})).await.ok::<Value>();
    }
    let give = |kind: &str, subject: &str, prefix: &str, permission: &str| {
        let prefix_kind = if prefix.contains("${") { "template" } else { "literal" };
        json!({ "kind": kind, "subject": subject, "prefix": prefix, "prefix_kind": prefix_kind,
            "put": { "permissions": [permission] } })
    };
    let changes = [
        give("user", "ada", "", "read"),
        give("user", "ada", "raw/", "write"),
        give("user", "bob", "raw/", "delete"),
        give("user", "crew", "raw/", "read"),
        give("group", "crew", "crew/", "write"),
        give("group", "empty", "", "read"),
        give("token_group", "crew", "", "delete"),
        give("authenticated", "*", "home/${user}/", "write"),
        give("authenticated", "*", "by-name/${username}/", "write"),
        give("public", "*", "out/", "read"),
    ];
    let request = root.request(Method::PATCH, "/v1/buckets/photos/grants");
    root.send(request.json(&json!({ "changes": changes }))).await.ok::<Value>();
    lena
}

#[tokio::test]
async fn a_listing_of_some_subjects_is_that_part_of_the_whole() {
    on_both_with(Setup::Accounts, async |app| {
        let lena = set_up(app).await;
        let before = app.clock.now().to_rfc3339_opts(SecondsFormat::Micros, true);
        app.clock.advance(TimeDelta::minutes(1));
        let root = app.root();
        for path in ["/v1/buckets/photos/grants/ada", "/v1/groups/crew/members/mia"] {
            root.delete(path).await.done();
        }
        app.grant("photos/late/", "zoe", &[Permission::Admin]).await;
        app.grant("photos", "eve", &[Permission::Admin]).await;

        let names = ["ada", "bob", "mia", "zoe", "crew", "idle", "empty", "*", "nobody", "", &lena];
        for part in [
            String::new(),
            "&permission=write".to_owned(),
            "&key=home/nina/x".to_owned(),
            "&key=by-name/lena/x&permission=write".to_owned(),
            "&key=raw/x".to_owned(),
            format!("&at={before}"),
            format!("&at={before}&key=crew/x&permission=write"),
        ] {
            let whole = access(&root, &part).await;
            assert!(!whole.is_empty(), "{part}");
            let expect = |kind: Option<&str>, name: Option<&str>| -> Vec<Value> {
                let is_meant = |one: &&Value| {
                    kind.is_none_or(|kind| one["kind"] == kind)
                        && name.is_none_or(|name| one["subject"] == name)
                };
                whole.iter().filter(is_meant).cloned().collect()
            };
            for kind in KINDS {
                let path = format!("{part}&kind={kind}");
                assert_eq!(access(&root, &path).await, expect(Some(kind), None), "{path}");
            }
            for name in names.iter().copied().chain(["nina"]) {
                let path = format!("{part}&subject={name}");
                assert_eq!(access(&root, &path).await, expect(None, Some(name)), "{path}");
                for kind in KINDS {
                    let path = format!("{path}&kind={kind}");
                    let expected = expect(Some(kind), Some(name));
                    assert_eq!(access(&root, &path).await, expected, "{path}");
                }
            }
        }
        // Somebody is in each part of it, also of the past, or nothing is compared.
        let of = async |more: &str| access(&root, more).await.len();
        assert_eq!(of("&kind=user&subject=ada").await, 1);
        assert_eq!(
            (of("&subject=mia").await, of(&format!("&subject=mia&at={before}")).await),
            (0, 1)
        );
        assert_eq!(of("&subject=crew").await, 3);
        assert_eq!(of(&format!("&key=by-name/lena/x&permission=write&subject={lena}")).await, 1);
        // An admin of all of it learns the same.
        let admins = access(&app.user("eve"), "&kind=user&subject=ada").await;
        assert_eq!(admins, access(&root, "&kind=user&subject=ada").await);
    })
    .await;
}

#[tokio::test]
async fn a_page_of_some_subjects_goes_on_with_them_and_is_refused_for_others() {
    on_both(async |app| {
        app.register("photos").await;
        for user in ["ada", "bob", "eve"] {
            app.grant("photos", user, &[Permission::Read]).await;
        }
        let root = app.root();
        let first = "/v1/buckets/photos/access?page_size=1&kind=user";
        let page: Page<SubjectPermissions> = root.get(first).await.ok();
        let token = page.next_page_token.unwrap();
        let next: Page<SubjectPermissions> =
            root.get(&format!("{first}&page_token={token}")).await.ok();
        assert_eq!(next.items[0].subject, "bob");
        for other in ["", "&kind=group", "&kind=user&subject=ada"] {
            let path = format!("/v1/buckets/photos/access?page_size=1{other}&page_token={token}");
            let problem = root.get(&path).await.refused(400, "invalid_request");
            assert_eq!(problem.errors[0].pointer, "page_token", "{other}");
        }
        for (wrong, pointer) in [("subject=a%00b", "subject"), ("kind=person", "query")] {
            let path = format!("/v1/buckets/photos/access?{wrong}");
            let problem = root.get(&path).await.refused(400, "invalid_request");
            assert_eq!(problem.errors[0].pointer, pointer);
        }
        let of_oneself = "/v1/buckets/photos/access?kind=user&subject=ada";
        app.ada().get(of_oneself).await.refused(404, "not_found");
    })
    .await;
}
