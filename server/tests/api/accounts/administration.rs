//! Who administers accounts, and what they do.

use sail_cargo_server::config::Config;
use sail_cargo_server::domain::IssuerSet;
use sha2::{Digest as _, Sha256};

use super::*;

const ADMIN_ONLY: &str = "not_account_admin";

#[tokio::test]
async fn a_live_member_of_cargos_own_group_administers_and_no_group_of_a_token_does() {
    on_both_with(Setup::Accounts, async |app| {
        let ada = make(app, "ada").await;
        make(app, "bob").await;
        let ada_now = async || user(app, &sign_in(app, "ada").await);
        app.user_in("mallory", &["admins"]).get("/v1/accounts").await.refused(403, ADMIN_ONLY);
        ada_now().await.get("/v1/accounts").await.refused(403, ADMIN_ONLY);
        make_admin(app, &ada.id, Some(TimeDelta::minutes(5))).await;
        let admin = ada_now().await;
        admin.get("/v1/accounts").await.ok::<Page<Account>>();
        let given = json!({ "username": "carl", "password": PASSWORD });
        admin.post("/v1/accounts", &given).await.refused(403, "root_only");
        let invited = json!({ "username": "carl" });
        let made: CreatedAccount = admin.post("/v1/accounts", &invited).await.ok();
        assert!(made.invitation.is_some());
        patch(&admin, "bob", json!({ "display_name": "Bob" })).await.ok::<Account>();
        admin.post("/v1/accounts/bob/sessions/end", &json!({})).await.ok::<Value>();

        app.clock.advance(TimeDelta::minutes(5));
        admin.get("/v1/accounts").await.refused(403, ADMIN_ONLY);
        make_admin(app, &ada.id, None).await;
        admin.get("/v1/accounts").await.ok::<Page<Account>>();
        make_admin(app, "zoe", None).await;
        app.root().delete(&format!("/v1/groups/admins/members/{}", ada.id)).await.done();
        admin.delete("/v1/accounts/bob").await.refused(403, ADMIN_ONLY);
        // Members are made by the application only: an administrator makes nobody one.
        make_admin(app, &ada.id, None).await;
        let path = "/v1/groups/admins/members/mallory";
        admin.put(path, &json!({})).await.refused(403, "root_only");
    })
    .await;
}

#[tokio::test]
async fn the_application_needs_the_scopes() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let reader = app.with_key(&app.key([Scope::AccountsRead]).await.key);
        reader.get("/v1/accounts/ada").await.ok::<Account>();
        reader.delete("/v1/accounts/ada").await.refused(403, "scope_missing");
        let other = app.with_key(&app.key([Scope::KeysWrite]).await.key);
        other.get("/v1/accounts").await.refused(403, "scope_missing");
        other.post("/v1/accounts", &json!({})).await.refused(403, "scope_missing");
        let root = app.root();
        root.get("/v1/signing-keys").await.refused(403, "operator_only");
        root.get("/v1/reserved-usernames").await.refused(403, "operator_only");
    })
    .await;
}

#[tokio::test]
async fn a_username_is_nobody_elses_until_an_operator_gives_it_free_on_record() {
    on_both_with(Setup::Accounts, async |app| {
        let (ada, root) = (make(app, "ada").await, app.root());
        make(app, "bob").await;
        let again = json!({ "username": "ADA" });
        root.post("/v1/accounts", &again).await.refused(409, "username_taken");
        patch(&root, "bob", json!({ "username": "ada" })).await.refused(409, "username_taken");
        patch(&root, "ada", json!({ "username": "countess" })).await.ok::<Account>();
        root.post("/v1/accounts", &again).await.refused(409, "username_taken");
        patch(&root, "bob", json!({ "username": "ada" })).await.refused(409, "username_taken");
        let back: Account = patch(&root, "countess", json!({ "username": "ada" })).await.ok();
        assert_eq!(back.id, ada.id, "it is hers still");
        root.delete("/v1/accounts/ada").await.done();
        root.delete("/v1/accounts/ada").await.done();
        root.get(&format!("/v1/accounts/{}", ada.id)).await.refused(404, "not_found");
        root.post("/v1/accounts", &again).await.refused(409, "username_taken");

        let operator = app.operator_in("sail");
        let reserved: Page<ReservedUsername> = operator.get("/v1/reserved-usernames").await.ok();
        let names: Vec<_> = reserved.items.iter().map(|name| name.username.as_str()).collect();
        assert_eq!(names, ["ada", "countess"]);
        operator.delete("/v1/reserved-usernames/ada").await.done();
        assert_eq!(events(app, "account.free_username").await.len(), 1);
        let anew: CreatedAccount = root.post("/v1/accounts", &again).await.ok();
        assert_ne!(anew.account.id, ada.id, "what was granted to the old one is not hers");
    })
    .await;
}

#[tokio::test]
async fn of_two_accounts_of_one_name_at_once_one_is_made() {
    on_both_with(Setup::Accounts, async |app| {
        for (one, other, code) in [
            (json!({ "username": "ada" }), json!({ "username": "ada" }), "username_taken"),
            (
                json!({ "username": "bob", "email": "b@example.com" }),
                json!({ "username": "carl", "email": "B@example.com" }),
                "email_taken",
            ),
        ] {
            let (first, second) = (app.root(), app.root());
            let (first, second) =
                tokio::join!(first.post("/v1/accounts", &one), second.post("/v1/accounts", &other));
            let mut statuses = [first.status, second.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 409], "{} {}", first.body, second.body);
            let lost = if first.status == 409 { first } else { second };
            lost.refused(409, code);
        }
    })
    .await;
}

/// Where nobody but accounts names users, a username is nobody's name: neither a grant, nor a group, nor a key is for it,
/// and who is in `admins` under it administers nothing.
#[tokio::test]
async fn where_all_users_have_accounts_they_are_named_by_their_ids() {
    on_both_with(Setup::Accounts, async |app| {
        let ada = make(app, "ada").await;
        make_admin(app, &ada.id, None).await;
        app.register("photos").await;
        let alone = |config: &mut Config| config.auth.issuers = IssuerSet::default();
        let here = app.replica_that(Setup::Accounts, alone).await;
        let root = app.root().at(&here);
        let member = root.put("/v1/groups/admins/members/ada", &json!({})).await;
        let problem = member.refused(409, "username_for_id");
        assert!(problem.detail.contains(&ada.id), "{}", problem.detail);
        let read = json!({ "permissions": ["read"] });
        let grant = root.put("/v1/buckets/photos/grants/ADA", &read).await;
        grant.refused(409, "username_for_id");
        let give = |user: &str| json!({ "subject": user, "put": { "permissions": ["read"] } });
        let patch_grants = async |items: Value| {
            let request = root.request(Method::PATCH, "/v1/buckets/photos/grants");
            root.send(request.json(&json!({ "changes": items }))).await
        };
        // Whoever administers a bucket only does not find out who has an account.
        let carl = make(app, "carl").await;
        app.grant("photos", &carl.id, &[Permission::Admin]).await;
        let token = sign_in(app, "carl").await.access_token;
        let bucket_admin = app.with_token(token.expose()).at(&here);
        for name in ["ada", "nobody"] {
            let path = format!("/v1/buckets/photos/grants/{name}");
            bucket_admin.put(&path, &read).await.ok::<Value>();
        }
        // A grant that is there may be changed.
        let less = json!({ "permissions": ["list"] });
        root.put("/v1/buckets/photos/grants/ada", &less).await.ok::<Value>();
        root.delete("/v1/buckets/photos/grants/ada").await.done();
        let second = patch_grants(json!([give("bob"), give("ada")])).await;
        let problem = second.refused(409, "username_for_id");
        assert_eq!(problem.errors[0].pointer, "/changes/1", "{problem:?}");
        let key = root.post("/v1/access-keys", &json!({ "user": "ada", "name": "laptop" })).await;
        key.refused(409, "username_for_id");

        // Nobody signs in as these.
        for nobody in ["zoe", "user:ada"] {
            let path = format!("/v1/groups/admins/members/{nobody}");
            root.put(&path, &json!({})).await.ok::<Value>();
        }
        let disabled = json!({ "status": "disabled" });
        patch(&root, "ada", disabled.clone()).await.refused(409, "last_admin");
        here.stop().await;
        // Another auth service may call its users so.
        app.root().put("/v1/groups/staff/members/ada", &json!({})).await.ok::<Value>();
        patch(&app.root(), "ada", disabled).await.ok::<Account>();
    })
    .await;
}

#[tokio::test]
async fn a_test_of_a_token_says_of_accounts_what_the_api_does() {
    on_both_with(Setup::Accounts, async |app| {
        let ada = make(app, "ada").await;
        let own = sign_in(app, "ada").await.access_token.expose().to_owned();
        for (token, step, said) in [
            (own, "issuer", "this server's own accounts"),
            (app.token(&ada.id).signed_by(&KEYS[0]), "user", "account"),
        ] {
            let asked = json!({ "token": token });
            let tested: TokenAccount =
                app.operator().post("/v1/issuers/default/test", &asked).await.ok();
            let last = tested.steps.last().unwrap();
            assert!(!tested.accepted && !last.passed && last.step == step, "{tested:?}");
            assert!(last.detail.contains(said), "{}", last.detail);
        }
    })
    .await;
}

#[tokio::test]
async fn the_last_administrator_stays() {
    on_both_with(Setup::Accounts, async |app| {
        let (ada, bob) = (make(app, "ada").await, make(app, "bob").await);
        make_admin(app, &ada.id, None).await;
        make_admin(app, &bob.id, None).await;
        let admin = user(app, &sign_in(app, "ada").await);
        let disabled = json!({ "status": "disabled" });
        patch(&admin, "bob", disabled.clone()).await.ok::<Account>();
        patch(&admin, "ada", disabled).await.refused(409, "last_admin");
        admin.delete("/v1/accounts/ada").await.refused(409, "last_admin");
        admin.delete("/v1/accounts/bob").await.done();
        patch(&admin, "ada", json!({ "display_name": "Ada" })).await.ok::<Account>();
        // Nor is she taken out of the group, by whomever, until there is another.
        let member = format!("/v1/groups/admins/members/{}", ada.id);
        app.root().delete(&member).await.refused(409, "last_admin");
        app.operator_in("sail").delete(&member).await.refused(409, "last_admin");
        let soon = json!({ "expires_at": app.clock.now() + TimeDelta::minutes(1) });
        app.root().put(&member, &soon).await.refused(409, "last_admin");
        make_admin(app, "zoe", Some(TimeDelta::minutes(5))).await;
        app.root().delete(&member).await.refused(409, "last_admin");
        app.clock.advance(TimeDelta::minutes(5));
        app.root().delete(&member).await.refused(409, "last_admin");
        make_admin(app, "zoe", None).await;
        app.root().delete(&member).await.done();
        app.root().delete("/v1/groups/admins/members/zoe").await.refused(409, "last_admin");
    })
    .await;
}

#[tokio::test]
async fn a_group_admins_without_accounts_is_like_any_other() {
    on_both_with(Setup::Accounts, async |app| {
        make_admin(app, "zoe", None).await;
        app.root().delete("/v1/groups/admins/members/zoe").await.done();
    })
    .await;
}

#[tokio::test]
async fn an_account_is_made_once_for_an_idempotency_key() {
    on_both_with(Setup::Accounts, async |app| {
        let root = app.root();
        let create = async |key: &str, body: &Value| {
            let request = root.request(Method::POST, "/v1/accounts").header("idempotency-key", key);
            root.send(request.json(body)).await
        };
        let new = json!({ "username": "ada", "email": "ada@example.com", "display_name": "Ada" });
        let (one, other) = tokio::join!(create("a", &new), create("a", &new));
        assert_eq!((one.status, other.status), (201, 201), "{} {}", one.body, other.body);
        let replayed = [&one, &other].map(|answer| answer.header("idempotency-replayed") == "true");
        assert_eq!(replayed.iter().filter(|replayed| **replayed).count(), 1);
        let (first, again): (CreatedAccount, CreatedAccount) = (one.ok(), other.ok());
        assert_eq!(first, again);
        let invited = first.invitation.unwrap();
        let accept = json!({ "token": invited.token.expose(), "password": PASSWORD });
        post_from(app, HOME, "/auth/invitations", &accept).await.ok::<InvitationAccepted>();
        let other = json!({ "username": "bob" });
        create("a", &other).await.refused(422, "idempotency_key_reused");
        let same = json!({ "username": "ada" });
        create("b", &same).await.refused(409, "username_taken");

        let mut given = json!({ "username": "carl", "password": PASSWORD });
        create("c", &given).await.ok::<CreatedAccount>();
        given["password"] = OTHER.into();
        create("c", &given).await.refused(422, "idempotency_key_reused");
        // What is kept shows neither the invitation nor, by its hash, the password.
        let dump = app.database.dump();
        let body =
            serde_json::to_vec(&json!({ "username": "carl", "password": PASSWORD })).unwrap();
        let hash = Sha256::new().chain_update("POST /v1/accounts\0").chain_update(body).finalize();
        let hex = hash.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
        for secret in [invited.token.expose().as_bytes(), &hash[..], hex.as_bytes()] {
            assert!(!dump.windows(secret.len()).any(|window| window == secret));
        }
        // Whoever administers accounts no more gets no old answer either.
        let admin = make(app, "dora").await;
        make_admin(app, &admin.id, None).await;
        let dora = user(app, &sign_in(app, "dora").await);
        let create = async || {
            let request = dora.request(Method::POST, "/v1/accounts").header("idempotency-key", "d");
            dora.send(request.json(&json!({ "username": "emil" }))).await
        };
        create().await.ok::<CreatedAccount>();
        make_admin(app, "zoe", None).await;
        root.delete(&format!("/v1/groups/admins/members/{}", admin.id)).await.done();
        create().await.refused(403, ADMIN_ONLY);
    })
    .await;
}

#[tokio::test]
async fn an_invitation_is_good_once_for_three_days_and_until_a_newer_one() {
    on_both_with(Setup::Accounts, async |app| {
        let root = app.root();
        let invite = async || {
            let made: Invitation = root.post("/v1/accounts/guest/reset", &json!({})).await.ok();
            made
        };
        let new = json!({ "username": "guest" });
        let made: CreatedAccount = root.post("/v1/accounts", &new).await.ok();
        let first = made.invitation.unwrap();
        let (token, link) = (first.token.expose().to_owned(), first.link.expose().to_owned());
        assert_eq!(link, format!("{PUBLIC_URL}/console/#/invite/{token}"));
        let accept = async |token: &str, password: &str| {
            let body = json!({ "token": token, "password": password });
            post_from(app, HOME, "/auth/invitations", &body).await
        };
        accept(&token, "guest guest guest").await.refused(400, "invalid_request");
        let accepted: InvitationAccepted = accept(&token, PASSWORD).await.ok();
        assert_eq!((accepted.username.as_str(), accepted.project.as_str()), ("guest", "sail"));
        sign_in(app, "guest").await;
        let used = accept(&token, OTHER).await;

        let (older, newer) = (invite().await, invite().await);
        login(app, "guest", PASSWORD).await.refused(401, "invalid_login");
        let ended = accept(older.token.expose(), OTHER).await;
        app.clock.advance(TimeDelta::hours(72));
        let expired = accept(newer.token.expose(), OTHER).await;
        let last = invite().await;
        patch(&root, "guest", json!({ "status": "disabled" })).await.ok::<Account>();
        let disabled = accept(last.token.expose(), OTHER).await;
        let made_up = accept("cgiv_AAAA", OTHER).await;
        for refused in [&used, &ended, &expired, &disabled, &made_up] {
            let problem = refused.refused(401, "invalid_invitation");
            assert_eq!(problem.detail, used.problem().detail);
        }
    })
    .await;
}

#[tokio::test]
async fn a_reset_ends_what_was_and_its_user_sees_who_did_it() {
    on_both_with(Setup::Accounts, async |app| {
        let (ada, bob) = (make(app, "ada").await, make(app, "bob").await);
        make_admin(app, &bob.id, None).await;
        let (before, admin) = (sign_in(app, "ada").await, user(app, &sign_in(app, "bob").await));
        let made: Invitation = admin.post("/v1/accounts/ada/reset", &json!({})).await.ok();
        user(app, &before).get("/v1/whoami").await.refused(401, "token_ended");
        refresh(app, before.refresh_token.expose()).await.refused(401, "invalid_refresh_token");
        login(app, "ada", PASSWORD).await.refused(401, "invalid_login");
        let body = json!({ "token": made.token.expose(), "password": OTHER });
        post_from(app, HOME, "/auth/invitations", &body).await.ok::<InvitationAccepted>();
        let again: SignedIn = login(app, "ada", OTHER).await.ok();
        let by = format!("user:{}", bob.id);
        assert_eq!(again.user.reset_by.as_ref(), Some(&by));
        let own: Account = user(app, &again).get("/auth/account").await.ok();
        assert_eq!((own.id, own.reset_by, own.reset_at.is_some()), (ada.id, Some(by), true));
        assert_eq!(events(app, "account.reset").await.len(), 1);
        app.clock.advance(TimeDelta::seconds(901));
        // An administrator who signed in long ago takes over nobody.
        let stale: SignedIn = sign_in(app, "bob").await;
        app.clock.advance(TimeDelta::minutes(14));
        let fresh: SignedIn = refresh(app, stale.refresh_token.expose()).await.ok();
        app.clock.advance(TimeDelta::minutes(2));
        let admin = user(app, &fresh);
        admin.post("/v1/accounts/ada/reset", &json!({})).await.refused(401, "reauthenticate");
        let email = json!({ "email": "bob@example.com" });
        patch(&admin, "ada", email).await.refused(401, "reauthenticate");
    })
    .await;
}

#[tokio::test]
async fn a_disabled_account_signs_nothing_more_on_any_server_and_its_keys_die_with_it() {
    on_both_with(Setup::Accounts, async |app| {
        let ada = make(app, "ada").await;
        app.register("photos").await;
        app.grant("photos", &ada.id, &[Permission::Read]).await;
        let replica = app.replica(Setup::Accounts).await;
        let key = json!({ "user": ada.id, "name": "laptop" });
        let key: CreatedAccessKey = app.root().post("/v1/access-keys", &key).await.ok();
        let id = sail_cargo_server::domain::AccessKeyId::parse(&key.stored.access_key_id).unwrap();
        let flaw = async |sees: &sail_cargo_server::service::Service| {
            let found = sees.access_key(&id, app.clock.now()).await.unwrap();
            found.err().map(|bad| bad.flaw)
        };
        let signed_in = sign_in(app, "ada").await;
        let (here, get) = (user(app, &signed_in), S3::new("GET", "/photos/x"));
        let there = here.at(&replica);
        there.signed(&get).await;
        for sees in [&app.sees, &replica.sees] {
            assert_eq!(flaw(sees).await, None);
        }
        let disabled = json!({ "status": "disabled" });
        patch(&app.root(), "ada", disabled).await.ok::<Account>();
        here.sign(&get).await.refused(401, "token_ended");
        refresh(app, signed_in.refresh_token.expose()).await.refused(401, "invalid_refresh_token");
        eventually("the replica refuses the token", async || there.sign(&get).await.status == 401)
            .await;
        let inactive = Some(AccessKeyFlaw::AccountInactive);
        assert_eq!(flaw(&app.sees).await, inactive);
        eventually("the replica refuses the key", async || flaw(&replica.sees).await == inactive)
            .await;

        patch(&app.root(), "ada", json!({ "status": "active" })).await.ok::<Account>();
        assert_eq!(flaw(&app.sees).await, None, "the key is good again");
        here.sign(&get).await.refused(401, "token_ended");
        user(app, &sign_in(app, "ada").await).signed(&get).await;

        let path = "/v1/accounts/ada/sessions/end?keys=true";
        let ended = app.root().post(path, &json!({})).await.json();
        assert_eq!(ended["keys_disabled"], 1);
        assert_eq!(flaw(&app.sees).await, Some(AccessKeyFlaw::Disabled));
        app.root().delete("/v1/accounts/ada").await.done();
        assert_eq!(flaw(&app.sees).await, Some(AccessKeyFlaw::Unknown));
        replica.stop().await;
    })
    .await;
}

#[tokio::test]
async fn accounts_are_listed_by_page_name_and_status() {
    on_both_with(Setup::Accounts, async |app| {
        let root = app.root();
        for (name, email) in
            [("ada", "x@example.com"), ("adam", "y@example.com"), ("bob", "ad@example.com")]
        {
            let new = json!({ "username": name, "email": email });
            root.post("/v1/accounts", &new).await.ok::<CreatedAccount>();
        }
        make(app, "zoe").await;
        let list = async |query: &str| -> (Vec<String>, Option<String>) {
            let page: Page<Account> = root.get(&format!("/v1/accounts?{query}")).await.ok();
            let names = page.items.into_iter().map(|account| account.username).collect();
            (names, page.next_page_token)
        };
        let (all, none) = list("").await;
        assert_eq!(
            (all, none),
            (["ada", "adam", "bob", "zoe"].map(ToOwned::to_owned).into(), None)
        );
        let (first, next) = list("page_size=3").await;
        assert_eq!(first, ["ada", "adam", "bob"]);
        let next = next.unwrap();
        assert_eq!(list(&format!("page_size=3&page_token={next}")).await.0, ["zoe"]);
        assert_eq!(list("search=AD").await.0, ["ada", "adam", "bob"]);
        assert_eq!(list("search=adam").await.0, ["adam"]);
        assert_eq!(list("status=active").await.0, ["zoe"]);
        assert_eq!(list("status=invited&search=b").await.0, ["bob"]);
        let other = format!("/v1/accounts?search=b&page_token={next}");
        root.get(&other).await.refused(400, "invalid_request");
    })
    .await;
}
