//! The keys that access tokens are signed with.

use std::collections::BTreeSet;

use diesel::deserialize::QueryableByName;
use diesel::sql_types::Text;
use sail_cargo_database::testing::diesel;

use super::*;

async fn keys(app: &TestApp) -> Vec<SigningKey> {
    app.operator().get("/v1/signing-keys").await.ok::<Page<SigningKey>>().items
}

fn of(keys: &[SigningKey], status: SigningKeyStatus) -> &SigningKey {
    keys.iter().find(|key| key.status == status).unwrap()
}

fn kid(signed_in: &SignedIn) -> String {
    parts(signed_in.access_token.expose()).0["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_key_is_published_before_it_signs_and_until_its_last_token_ended() {
    on_both_with(Setup::Accounts, async |app| {
        use SigningKeyStatus::{Current, Next, Retiring};
        make(app, "ada").await;
        let before = keys(app).await;
        let (current, next) = (of(&before, Current).kid.clone(), of(&before, Next).kid.clone());
        let old = sign_in(app, "ada").await;
        assert_eq!(kid(&old), current);

        let configuration = app.anon().get("/.well-known/openid-configuration").await.json();
        assert_eq!(configuration["issuer"], PUBLIC_URL);
        assert_eq!(configuration["jwks_uri"], format!("{PUBLIC_URL}/auth/jwks.json"));
        let jwks = app.anon().get("/auth/jwks.json").await.json();
        let published: BTreeSet<_> = jwks["keys"].as_array().unwrap().iter().map(|key| {
            assert!(key["d"].is_null() && key["alg"] == "RS256", "{key}");
            let modulus = URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap();
            assert_eq!(modulus.len(), 3072 / 8);
            key["kid"].as_str().unwrap().to_owned()
        }).collect();
        assert_eq!(published, BTreeSet::from([current.clone(), next.clone()]));
        let pems: Vec<String> = app.anon().get("/auth/public-key").await.ok();
        assert_eq!(pems.len(), 2);
        let set = sail_cargo_server::authn::Published::parse(&json!(pems).to_string()).unwrap();
        let thumbprints: BTreeSet<_> = set.keys.ids().map(ToOwned::to_owned).collect();
        assert_eq!(thumbprints, published, "a kid is the thumbprint of its key");

        let rotate = "/v1/signing-keys/rotate";
        let after: Page<SigningKey> = app.operator().post(rotate, &json!({})).await.ok();
        assert_eq!(of(&after.items, Current).kid, next);
        assert_eq!(of(&after.items, Retiring).kid, current);
        let new = sign_in(app, "ada").await;
        assert_eq!(kid(&new), next);
        for signed_in in [&old, &new] {
            user(app, signed_in).get("/v1/whoami").await.ok::<Whoami>();
        }
        let trail = app.operator().cargo.audit_events(&AuditQuery::default()).await.unwrap();
        assert_eq!(trail.items[0].action, "signing_keys.rotate");
    })
    .await;
}

#[tokio::test]
async fn a_withdrawn_key_is_good_for_nothing_at_once() {
    on_both_with(Setup::Accounts, async |app| {
        make(app, "ada").await;
        let (before, old) = (keys(app).await, sign_in(app, "ada").await);
        let path = "/v1/signing-keys/rotate?withdraw=true";
        let after: Page<SigningKey> = app.operator().post(path, &json!({})).await.ok();
        assert!(after.items.iter().all(|key| before.iter().all(|old| old.kid != key.kid)));
        assert_eq!(user(app, &old).get("/v1/whoami").await.status, 401);
        let new = sign_in(app, "ada").await;
        user(app, &new).get("/v1/whoami").await.ok::<Whoami>();
        let refreshed: SignedIn = refresh(app, old.refresh_token.expose()).await.ok();
        user(app, &refreshed).get("/v1/whoami").await.ok::<Whoami>();
    })
    .await;
}

#[derive(QueryableByName)]
struct Sealed {
    #[diesel(sql_type = Text)]
    text: String,
}

#[tokio::test]
async fn the_private_halves_are_sealed_under_the_master_key() {
    on_both_with(Setup::Accounts, async |app| {
        let rows: Vec<Sealed> = app.database.rows(match app.database.kind() {
            crate::harness::Kind::Sqlite => "SELECT hex(private_sealed) AS text FROM signing_key",
            crate::harness::Kind::Postgres => {
                "SELECT upper(encode(private_sealed, 'hex')) AS text FROM signing_key"
            }
        });
        assert_eq!(rows.len(), 2);
        // What PKCS#8 in base64 begins with.
        let clear = hex::encode_upper("MIIG");
        assert!(rows.iter().all(|row| !row.text.contains(&clear)));
    })
    .await;
}
