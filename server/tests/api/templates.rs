//! Grants on templates: a part of a bucket for each user.

use sail_cargo_client::protocol::{
    BucketPermissions, Explanation, Grant, GrantQuery, GrantsChanged, Page, Permission, PrefixKind,
    ProbeCase, ProbeOutcome, PutGrant, SubjectKind, SubjectPermissions, Whoami,
};
use serde_json::{Value, json};

use Permission::{Delete, Read, Write};

use crate::harness::{Actor, ENDPOINT, S3, TestApp, on_both, strict_report};

const HOME: &str = "home/${user}/";
/// [`HOME`] in a URL.
const IN_URL: &str = "home/%24%7Buser%7D/";

fn query(kind: SubjectKind, prefix_kind: PrefixKind) -> GrantQuery {
    GrantQuery { prefix: HOME.to_owned(), prefix_kind, kind }
}

/// Gives everybody with a token a home of their own.
async fn give_homes(app: &TestApp) -> Grant {
    app.register("photos").await;
    let permissions = [Read, Write, Delete].into();
    let put = PutGrant { permissions, ..PutGrant::default() };
    let everybody = query(SubjectKind::Authenticated, PrefixKind::Template);
    app.root().cargo.put_grant("photos", "*", &everybody, &put).await.unwrap()
}

async fn may(user: &Actor, method: &str, path: &str) -> bool {
    match user.sign(&S3::new(method, path)).await.status {
        200 => true,
        403 => false,
        other => panic!("{other}: {path}"),
    }
}

#[tokio::test]
async fn m2_a_template_is_everybody_s_own_home_and_no_other_s() {
    on_both(async |app| {
        let given = give_homes(app).await;
        assert_eq!((given.prefix.as_str(), given.prefix_kind), (HOME, PrefixKind::Template));
        let (ada, bob) = (app.ada(), app.bob());
        for (path, is_adas) in [
            ("/photos/home/ada/x", true),
            ("/photos/home/ada/a/b", true),
            ("/photos/home/bob/x", false),
            ("/photos/home/adam/x", false),
            ("/photos/home/x", false),
            ("/photos/home/%24%7Buser%7D/x", false),
        ] {
            assert_eq!(may(&ada, "PUT", path).await, is_adas, "{path}");
            assert_eq!(may(&bob, "PUT", path).await, path.contains("/bob/"), "{path}");
        }
        assert!(may(&ada, "GET", "/photos?list-type=2&prefix=home%2Fada%2F").await);
        assert!(!may(&ada, "GET", "/photos?list-type=2&prefix=home%2F").await);
        // Ids that are no plain segment of a key have no home, and no other's.
        for odd in ["..", ".", "a/b", "%2e", "a\\b"] {
            let held: Page<BucketPermissions> =
                app.user(odd).get("/v1/permissions?bucket=photos").await.ok();
            assert_eq!(held.items[0].prefixes, [], "{odd}");
        }
        let held: Page<BucketPermissions> = ada.get("/v1/permissions").await.ok();
        assert_eq!(
            json!(held.items),
            json!([{ "bucket": "photos", "permissions": [], "prefixes": [
                { "prefix": "home/ada/", "permissions": ["read", "write", "delete"] }] }])
        );
        let asked = json!({ "request": { "method": "GET", "url": format!("{ENDPOINT}/photos/home/bob/x"),
            "payload": "UNSIGNED-PAYLOAD" } });
        let told: Explanation = ada.post("/v1/explain", &asked).await.ok();
        let looked = &told.missing[0].looked_at[0];
        assert!(looked.source.contains("on template photos/home/${user}/"), "{looked:?}");
        assert_eq!(looked.because, "it covers `home/ada/` only");
    })
    .await;
}

#[tokio::test]
async fn m2_the_kind_of_a_prefix_is_stated_and_never_guessed() {
    on_both(async |app| {
        app.register("photos").await;
        let (root, kinds) = (app.root(), [PrefixKind::Literal, PrefixKind::Template]);
        let put = PutGrant { permissions: [Read].into(), ..PutGrant::default() };
        let key = |kind| query(SubjectKind::User, kind);
        root.cargo.put_grant("photos", "ada", &key(PrefixKind::Literal), &put).await.unwrap();
        assert!(!may(&app.ada(), "GET", "/photos/home/ada/x").await);
        assert!(may(&app.ada(), "GET", "/photos/home/%24%7Buser%7D/x").await);
        let none = root.cargo.grant("photos", "ada", &key(PrefixKind::Template)).await;
        assert_eq!(none.unwrap_err().code(), Some("not_found"));
        root.cargo.put_grant("photos", "ada", &key(PrefixKind::Template), &put).await.unwrap();
        assert!(may(&app.ada(), "GET", "/photos/home/ada/x").await);
        // Both are listed, one on a page, and taken one by one.
        let path = "/v1/buckets/photos/grants?page_size=1";
        let first: Page<Grant> = root.get(path).await.ok();
        let token = first.next_page_token.unwrap();
        let second: Page<Grant> = root.get(&format!("{path}&page_token={token}")).await.ok();
        let listed = [&first.items[0], &second.items[0]].map(|grant| grant.prefix_kind);
        assert_eq!((listed, second.next_page_token), (kinds, None));
        root.cargo.delete_grant("photos", "ada", &key(PrefixKind::Literal)).await.unwrap();
        assert!(may(&app.ada(), "GET", "/photos/home/ada/x").await);
        assert!(!may(&app.ada(), "GET", "/photos/home/%24%7Buser%7D/x").await);

        for (prefix, rule) in [
            ("home/${aws:username}/", "no other variable"),
            ("home/", "no other variable"),
            ("x${user}/", "whole segment"),
            ("${user}/${user}/", "once"),
        ] {
            let change = json!({ "changes": [{ "subject": "ada", "prefix": prefix,
                "prefix_kind": "template", "put": { "permissions": ["read"] } }] });
            let refused = root.request(reqwest::Method::PATCH, "/v1/buckets/photos/grants");
            let refused = root.send(refused.json(&change)).await.refused(400, "invalid_request");
            let error = &refused.errors[0];
            assert_eq!(error.pointer, "/changes/0/prefix");
            assert!(error.detail.contains(rule), "{error:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn m2_who_can_and_what_a_change_does_know_templates() {
    on_both(async |app| {
        give_homes(app).await;
        let root = app.root();
        app.grant("photos", "bob", &[Permission::List]).await;
        let all: Page<SubjectPermissions> = root.get("/v1/buckets/photos/access").await.ok();
        let said: Vec<Value> = all.items.iter().map(|one| json!([one.kind, one.prefixes])).collect();
        let all_of_it = json!(["read", "write", "delete"]);
        assert_eq!(
            json!(said),
            json!([
                ["user", [{ "prefix": "home/bob/", "permissions": all_of_it }]],
                ["authenticated", [{ "prefix": HOME, "prefix_kind": "template", "permissions": all_of_it }]],
            ])
        );
        // The owner of a key is found by the key.
        let who: Page<SubjectPermissions> =
            root.get("/v1/buckets/photos/access?key=home/ada/x&permission=write").await.ok();
        let who: Vec<_> = who.items.iter().map(|one| (one.kind, one.subject.as_str())).collect();
        assert_eq!(who, [(SubjectKind::User, "ada")]);

        let change = json!({ "changes": [{ "kind": "authenticated", "subject": "*", "prefix": HOME,
            "prefix_kind": "template" }] });
        let patch =
            root.request(reqwest::Method::PATCH, "/v1/buckets/photos/grants?dry_run=true");
        let tried: GrantsChanged = root.send(patch.json(&change)).await.ok();
        let effect = &tried.effects[0];
        assert_eq!((effect.prefix.as_str(), effect.prefix_kind), (HOME, PrefixKind::Template));
        assert_eq!(effect.loses, [Read, Write, Delete].into());
        // Who administers a home does not give one to others; who administers all of them does.
        app.grant("photos/home/eve/", "eve", &[Permission::Admin]).await;
        app.grant("photos/home/", "zoe", &[Permission::Admin]).await;
        let path = format!(
            "/v1/buckets/photos/grants/crew?kind=group&prefix={IN_URL}&prefix_kind=template"
        );
        let read = json!({ "permissions": ["read"] });
        app.user("eve").put(&path, &read).await.refused(403, "no_permission");
        app.user("zoe").put(&path, &read).await.ok::<Grant>();
    })
    .await;
}

#[tokio::test]
async fn m2_where_case_is_folded_only_ids_in_lower_case_have_a_home() {
    on_both(async |app| {
        give_homes(app).await;
        let (ada, other) = (app.ada(), app.user("Ada"));
        assert!(may(&other, "PUT", "/photos/home/Ada/x").await);
        let mut folding = strict_report();
        folding.cases.push(ProbeCase {
            id: "G009".to_owned(),
            outcome: ProbeOutcome::Acted,
            ..folding.cases[0].clone()
        });
        app.prove("main", folding).await;
        assert!(app.operator().cargo.store("main").await.unwrap().contract.folds_case);
        for path in ["/photos/home/Ada/x", "/photos/home/ada/x"] {
            assert!(!may(&other, "PUT", path).await, "{path}");
        }
        assert!(may(&ada, "PUT", "/photos/home/ada/x").await);
        let held: Page<BucketPermissions> = other.get("/v1/permissions").await.ok();
        assert_eq!(held.items, []);
        let root = app.root();
        for (key, whose) in [("home/Ada/x", None), ("home/ada/x", Some("ada"))] {
            let path = format!("/v1/buckets/photos/access?key={key}&permission=write");
            let who: Page<SubjectPermissions> = root.get(&path).await.ok();
            let who: Vec<_> = who.items.iter().map(|one| one.subject.as_str()).collect();
            assert_eq!(who, Vec::from_iter(whose), "{key}");
        }
        let change = json!({ "changes": [{ "subject": "Ada", "prefix": HOME,
            "prefix_kind": "template", "put": { "permissions": ["list"] } }] });
        let patch = root.request(reqwest::Method::PATCH, "/v1/buckets/photos/grants?dry_run=true");
        let tried: GrantsChanged = root.send(patch.json(&change)).await.ok();
        assert_eq!(tried.effects, [], "it would be nothing for her");
        app.prove("main", strict_report()).await;
        assert!(may(&other, "PUT", "/photos/home/Ada/x").await);
    })
    .await;
}

#[tokio::test]
async fn m2_whoami_names_the_caller_s_home() {
    on_both(async |app| {
        let operator = app.operator();
        let set = async |body: Value| {
            operator
                .send(operator.request(reqwest::Method::PATCH, "/v1/projects/sail").json(&body))
                .await
        };
        let home = async |actor: Actor| actor.get("/v1/whoami").await.ok::<Whoami>().home;
        assert_eq!(home(app.ada()).await, None);
        let wrong = set(json!({ "home": { "bucket": "photos", "prefix": "home/" } })).await;
        assert_eq!(wrong.refused(400, "invalid_request").errors[0].pointer, "/home/prefix");
        let project = set(json!({ "home": { "bucket": "photos", "prefix": HOME } })).await.json();
        assert_eq!(project["home"]["prefix"], HOME);
        let adas = home(app.ada()).await.unwrap();
        assert_eq!((adas.bucket.as_str(), adas.prefix.as_str()), ("photos", "home/ada/"));
        assert_eq!(home(app.user("..")).await, None);
        assert_eq!(home(app.root()).await, None);
        set(json!({ "no_home": true })).await.ok::<Value>();
        assert_eq!(home(app.ada()).await, None);
    })
    .await;
}
