//! Groups with member lists in Cargo, users named by grants, and checks.

use chrono::TimeDelta;
use sail_cargo_client::protocol::{
    Batch, BatchAnswer, BatchItem, BucketPermissions, CheckRequest, CheckResponse, Grant, Group,
    Member, Page, Permission, User,
};
use serde_json::{Value, json};

use crate::harness::{S3, on_both};

fn ask(action: &str, key: Option<&str>, user: Option<&str>) -> CheckRequest {
    CheckRequest {
        action: action.to_owned(),
        bucket: "photos".to_owned(),
        key: key.map(ToOwned::to_owned),
        user: user.map(ToOwned::to_owned),
        ..CheckRequest::default()
    }
}

#[tokio::test]
async fn a_member_holds_what_the_group_holds_until_they_are_none() {
    on_both(async |app| {
        app.register("photos").await;
        let (root, ada, get) = (app.root(), app.ada(), S3::new("GET", "/photos/x"));
        let crew = "/v1/buckets/photos/grants/crew?kind=group";
        root.put(crew, &json!({ "permissions": ["read"] })).await.ok::<Grant>();
        ada.sign(&get).await.refused(403, "no_permission");
        let path = "/v1/groups/crew/members/ada";
        let until = app.clock.now() + TimeDelta::hours(1);
        let member: Member = root.put(path, &json!({ "expires_at": until })).await.ok();
        assert_eq!((member.group.as_str(), member.expires_at), ("crew", Some(until)));
        let again: Member = root.put(path, &json!({ "expires_at": until })).await.ok();
        assert_eq!(again, member, "no revision for nothing");
        ada.signed(&get).await;
        root.put("/v1/groups/crew/members/bob", &json!({})).await.ok::<Member>();

        let groups: Page<Group> = root.get("/v1/groups").await.ok();
        let crew = Group { name: "crew".to_owned(), members: 2, tokens_left_out: false };
        assert_eq!(groups.items, [crew]);
        let first: Page<Member> = root.get("/v1/groups/crew/members?page_size=1").await.ok();
        root.delete("/v1/groups/crew/members/bob").await.done();
        let token = first.next_page_token.unwrap();
        let path = format!("/v1/groups/crew/members?page_size=1&page_token={token}");
        let second: Page<Member> = root.get(&path).await.ok();
        assert_eq!(second.items[0].user, "bob", "as it was when the listing began");
        let users: Page<User> = root.get("/v1/users").await.ok();
        let [user] = &users.items[..] else { panic!("{users:?}") };
        assert_eq!(
            (user.id.as_str(), user.grants, user.groups.join(",")),
            ("ada", 0, "crew".into())
        );
        app.clock.advance(TimeDelta::hours(1));
        app.ada().sign(&get).await.refused(403, "no_permission");
        for path in ["/v1/groups", "/v1/groups/crew/members", "/v1/users", "/v1/grants"] {
            ada.get(path).await;
            app.ada().get(path).await.refused(403, "root_only");
        }
    })
    .await;
}

#[tokio::test]
async fn a_membership_loses_its_end_when_it_is_put_without_one() {
    on_both(async |app| {
        let (root, path) = (app.root(), "/v1/groups/crew/members/ada");
        let until = app.clock.now() + TimeDelta::hours(1);
        root.put(path, &json!({ "expires_at": until })).await.ok::<Member>();
        root.put(path, &json!({})).await.ok::<Member>();
        let members: Page<Member> = root.get("/v1/groups/crew/members").await.ok();
        let [member] = &members.items[..] else { panic!("{members:?}") };
        assert_eq!((member.user.as_str(), member.expires_at), ("ada", None));
    })
    .await;
}

#[tokio::test]
async fn a_check_answers_what_signing_would() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos/raw/", "ada", &[Permission::Read]).await;
        let (root, ada) = (app.root(), app.ada());
        let yes: CheckResponse =
            ada.post("/v1/check", &ask("read", Some("raw/x"), None)).await.ok();
        assert_eq!((yes.decision, yes.code.as_str()), (true, "ok"));
        assert!(yes.expires_at.is_none());
        let no = ada.post("/v1/check", &ask("s3:GetObject", Some("x"), None)).await;
        let told: CheckResponse = no.ok();
        assert_eq!((told.decision, told.code.as_str()), (false, "no_permission"));
        assert_eq!(
            (told.required, no.header("revision")),
            (Some(Permission::Read), &*told.revision)
        );

        let of_ada: CheckResponse =
            root.post("/v1/check", &ask("read", Some("raw/x"), Some("ada"))).await.ok();
        assert_eq!(of_ada, yes);
        ada.post("/v1/check", &ask("read", None, Some("bob"))).await.refused(403, "root_only");
        // An answer for now would be wrong for another time.
        let then = "/v1/check?at=2026-01-01T00:00:00Z";
        ada.post(then, &ask("read", Some("raw/x"), None)).await.refused(400, "invalid_request");
        for (field, wrong) in [
            ("/action", ask("fly", None, None)),
            ("/action", ask("s3:CopyObject", Some("x"), None)),
            ("/key", ask("read", Some(""), None)),
            ("/bucket", CheckRequest { bucket: "Bad Name".to_owned(), ..ask("read", None, None) }),
            (
                "/groups",
                CheckRequest { groups: vec!["crew".to_owned()], ..ask("read", None, None) },
            ),
        ] {
            let problem = ada.post("/v1/check", &wrong).await.refused(400, "invalid_request");
            assert_eq!(problem.errors[0].pointer, field);
        }
        let of_root: CheckResponse =
            ada.post("/v1/check", &ask("s3:CreateBucket", None, None)).await.ok();
        assert_eq!((of_root.decision, of_root.code.as_str()), (false, "root_only"));

        let items = vec![
            ask("read", Some("raw/x"), Some("ada")),
            ask("fly", None, None),
            ask("read", None, Some("bob")),
        ];
        let answers: BatchAnswer<CheckResponse> =
            root.post("/v1/check/batch", &Batch { items }).await.ok();
        let said: Vec<_> = answers
            .items
            .iter()
            .map(|item| match item {
                BatchItem::Ok { answer } => answer.code.as_str(),
                BatchItem::Failed { problem } => problem.code.as_str(),
            })
            .collect();
        assert_eq!(said, ["ok", "invalid_request", "no_permission"]);
        let many = vec![ask("read", None, None); 1001];
        root.post("/v1/check/batch", &Batch { items: many }).await.refused(400, "invalid_request");
    })
    .await;
}

#[tokio::test]
async fn users_see_their_own_grants_and_the_application_everybodys() {
    on_both(async |app| {
        app.register("photos").await;
        app.register("letters").await;
        app.grant("photos/raw/", "ada", &[Permission::Read]).await;
        app.grant("letters", "ada", &[Permission::Write]).await;
        let (root, ada) = (app.root(), app.ada());
        let own: Page<Grant> = ada.get("/v1/users/ada/grants").await.ok();
        let places: Vec<_> = own.items.iter().map(|grant| grant.bucket.as_str()).collect();
        assert_eq!(places, ["letters", "photos"]);
        assert_eq!(root.get("/v1/users/ada/grants").await.ok::<Page<Grant>>(), own);
        ada.get("/v1/users/bob/grants").await.refused(403, "root_only");
        ada.get("/v1/users/bob/permissions").await.refused(403, "root_only");
        let held: Page<BucketPermissions> = root.get("/v1/users/ada/permissions").await.ok();
        assert_eq!(held, ada.get("/v1/permissions").await.ok());
        assert_eq!(held.items.len(), 2);
        let in_crew: Page<BucketPermissions> =
            root.get("/v1/users/eve/permissions?groups=crew,staff").await.ok();
        assert!(in_crew.items.is_empty());

        let told: Value = root.delete("/v1/users/ada/grants?dry_run=true").await.ok();
        assert_eq!((&told["deleted"], &told["dry_run"]), (&json!(2), &json!(true)));
        root.delete("/v1/users/ada/grants").await.ok::<Value>();
        assert!(ada.get("/v1/permissions").await.ok::<Page<BucketPermissions>>().items.is_empty());
        ada.delete("/v1/users/ada/grants").await.refused(403, "root_only");
    })
    .await;
}
