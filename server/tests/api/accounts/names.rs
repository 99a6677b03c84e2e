//! What accounts are called in lists of ids.

use sail_cargo_client::protocol::{Grant, GrantQuery, PutGrant, SubjectPermissions, User};

use super::*;

#[tokio::test]
async fn lists_of_users_say_what_their_accounts_are_called() {
    on_both_with(Setup::Accounts, async |app| {
        app.register("photos").await;
        let ada = make(app, "ada").await;
        let root = app.root();
        for user in [ada.id.as_str(), "eve"] {
            let put = PutGrant { permissions: [Permission::Read].into(), ..PutGrant::default() };
            root.cargo.put_grant("photos", user, &GrantQuery::default(), &put).await.unwrap();
        }
        let expected = [(ada.id.as_str(), Some("ada")), ("eve", None)];
        for path in ["/v1/buckets/photos/grants", "/v1/grants"] {
            let grants: Page<Grant> = root.get(path).await.ok();
            let named = grants.items.iter().map(|one| (&*one.subject, one.username.as_deref()));
            assert_eq!(named.collect::<Vec<_>>(), expected, "{path}");
        }
        let access: Page<SubjectPermissions> = root.get("/v1/buckets/photos/access").await.ok();
        let named = access.items.iter().map(|one| (&*one.subject, one.username.as_deref()));
        assert_eq!(named.collect::<Vec<_>>(), expected);
        let users: Page<User> = root.get("/v1/users").await.ok();
        let named = users.items.iter().map(|one| (&*one.id, one.username.as_deref()));
        assert_eq!(named.collect::<Vec<_>>(), expected);
    })
    .await;
}
