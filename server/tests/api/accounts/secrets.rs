//! Passwords, tokens and invitations are in no log, error, audit event, change or other answer.

use super::*;

#[tokio::test]
async fn no_password_token_or_invitation_is_anywhere_but_where_it_was_asked_for() {
    on_both_with(Setup::Accounts, async |app| {
        let unique = uuid::Uuid::new_v4().simple().to_string();
        let (first, second) = (format!("{unique} a lamp"), format!("{unique} a pear"));
        let root = app.root();
        let new = json!({ "username": "ada", "email": "ada@example.com" });
        let made: CreatedAccount = root.post("/v1/accounts", &new).await.ok();
        let invitation = made.invitation.unwrap().token.expose().to_owned();
        let body = json!({ "token": invitation, "password": first });
        post_from(app, HOME, "/auth/invitations", &body).await.ok::<InvitationAccepted>();
        let signed_in: SignedIn = login(app, "ada", &first).await.ok();
        let refreshed: SignedIn = refresh(app, signed_in.refresh_token.expose()).await.ok();
        let change = json!({ "password": first, "new_password": second });
        let ada = user(app, &signed_in);
        let anew: SignedIn = ada.post("/auth/password", &change).await.ok();
        let answers = [
            login(app, "ada", &format!("{second} wrong")).await,
            login(app, &second, &second).await,
            refresh(app, refreshed.refresh_token.expose()).await,
            post_from(app, HOME, "/auth/invitations", &body).await,
            post_from(app, HOME, "/auth/login", &json!({ "username": "ada", "passwort": second }))
                .await,
            user(app, &anew).get("/auth/account").await,
            root.get("/v1/accounts").await,
            root.get("/v1/accounts/ada").await,
            root.get("/v1/changes").await,
            root.get("/v1/audit-events").await,
            app.operator().get("/v1/signing-keys").await,
        ];
        let secrets = [
            unique,
            invitation,
            signed_in.refresh_token.expose().to_owned(),
            anew.refresh_token.expose().to_owned(),
            signed_in.access_token.expose().rsplit('.').next().unwrap().to_owned(),
            anew.access_token.expose().rsplit('.').next().unwrap().to_owned(),
        ];
        let dump = app.database.dump();
        for secret in &secrets {
            for answer in &answers {
                assert!(!answer.body.contains(secret), "{}", answer.body);
            }
            assert!(logs::lines_with(secret).is_empty(), "{:?}", logs::lines_with(secret));
            let is_kept = dump.windows(secret.len()).any(|bytes| bytes == secret.as_bytes());
            assert!(!is_kept, "it is in the database");
        }
        assert!(!format!("{signed_in:?} {anew:?}").contains(&secrets[2]));
        let changes = root.get("/v1/changes").await;
        assert!(!changes.body.contains("ada@example.com"), "{}", changes.body);
    })
    .await;
}
