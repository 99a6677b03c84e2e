//! The fake authority of `sail-cargo-client` gives the server's answers, signatures included: both
//! run the signing pipeline of the domain.

use sail_cargo_client::protocol::Permission::{Delete, Read, Write};
use sail_cargo_client::protocol::{
    BucketClaim, CheckRequest, CreatedAccount, GrantQuery, PrefixKind, PresignRequest,
    PresignResponse, PutGrant, SignResponse, SubjectKind,
};
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};
use sail_cargo_client::{Client, Error};
use serde_json::{Value, json};

use crate::harness::{Actor, ENDPOINT, REGION, S3, Setup, TestApp, on_both_with};

/// A fake with the state of `app`.
async fn fake_of(app: &TestApp) -> FakeAuthority {
    let storage = FakeStorage {
        region: REGION.to_owned(),
        ..FakeStorage::at(ENDPOINT, "AKIACARGO", app.secrets.store.clone())
    };
    let fake = FakeAuthority::start(storage).await.unwrap();
    fake.set_clock(Some(app.clock.now()));
    fake.bucket("photos");
    app.register("photos").await;
    for (place, permissions) in [("photos/2026/", &[Read, Write][..]), ("photos/old/", &[Delete])] {
        fake.grant("ada", place, permissions.iter().copied());
        app.grant(place, "ada", permissions).await;
    }
    let query = GrantQuery {
        prefix: "home/${username}/".to_owned(),
        prefix_kind: PrefixKind::Template,
        kind: SubjectKind::Authenticated,
    };
    let put = PutGrant { permissions: [Read, Write].into(), ..PutGrant::default() };
    for root in [&app.root().cargo, &fake.root().unwrap()] {
        root.put_grant("photos", "*", &query, &put).await.unwrap();
    }
    fake
}

/// A user with an account called `lena`, at the server and at the fake.
async fn lena(app: &TestApp, fake: &FakeAuthority) -> (String, Actor, Client) {
    let new = json!({ "username": "lena", "password": "a lamp and seven pears",
        "must_change_password": false });
    let id = app.root().post("/v1/accounts", &new).await.ok::<CreatedAccount>().account.id;
    let proof = json!({ "username": "lena", "password": "a lamp and seven pears" });
    let signed_in = app.anon().post("/auth/login", &proof).await.json();
    let real = app.with_token(signed_in["access_token"].as_str().unwrap());
    fake.username(&id, "lena");
    let ours = fake.user(&id).unwrap();
    (id, real, ours)
}

fn to_sign() -> Vec<S3> {
    let keys = |keys: &[&str]| {
        let keys = keys.iter().map(|key| format!("<Object><Key>{key}</Key></Object>"));
        format!("<Delete>{}</Delete>", keys.collect::<String>())
    };
    let mut spoilt = S3::new("PUT", "/photos/2026/cat");
    spoilt.0.body = Some("no base64!".to_owned());
    vec![
        S3::new("GET", "/photos/2026/cat"),
        S3::new("PUT", "/photos/2026/cat").payload("UNSIGNED-PAYLOAD"),
        S3::new("PUT", "/photos/2026/cat").header("Date", "today").header("Accept", "*/*"),
        S3::new("PUT", "/photos/2026/cat").header("x-amz-acl", "public-read"),
        S3::new("PUT", "/photos/2026/cat").body(&"x".repeat(1024 * 1024)),
        S3::new("PUT", "/photos/2026/cat").body(&"x".repeat(1024 * 1024 + 1)),
        spoilt,
        S3::new("GET", "/photos/cat"),
        S3::new("GET", "/photos/2026/../cat"),
        S3::new("GET", "/letters/cat"),
        S3::new("GET", "/photos/2026/cat?acl"),
        S3::new("GET", "/photos?list-type=2&prefix=2026%2F"),
        S3::new("POST", "/photos?delete").body(&keys(&["old/a", "old/b"])),
        S3::new("POST", "/photos?delete").body(&keys(&["old/a", "new/b"])),
        S3::new("GET", "/photos/home/lena/cat"),
        S3::new("PUT", "/photos/home/lena/a/b").payload("UNSIGNED-PAYLOAD"),
        S3::new("DELETE", "/photos/home/lena/cat"),
        S3::new("GET", "/photos/home/ada/cat"),
        S3::new("GET", "/photos/home/%24%7Busername%7D/cat"),
        S3::new("GET", "/photos?list-type=2&prefix=home%2Flena%2F"),
        S3::new("GET", "/photos?list-type=2&prefix=home%2F"),
        S3::new("PUT", "/a-new-one"),
        S3::new("DELETE", "/photos"),
    ]
}

fn to_presign() -> Vec<PresignRequest> {
    let url = |method: &str, path: &str, expires_in| PresignRequest {
        method: method.to_owned(),
        url: format!("{ENDPOINT}{path}"),
        headers: vec![("Accept".to_owned(), "*/*".to_owned())],
        payload: None,
        expires_in,
    };
    let hash = S3::new("PUT", "/").hashed("bytes").0.payload;
    vec![
        url("GET", "/photos/2026/cat", None),
        url("GET", "/photos/2026/cat", Some(3600)),
        url("GET", "/photos/2026/cat", Some(3601)),
        url("GET", "/photos/cat", Some(0)),
        url("GET", "/photos/2026/cat?response-content-type=text%2Fhtml", None),
        PresignRequest { payload: hash, ..url("PUT", "/photos/2026/cat", Some(60)) },
        url("PUT", "/photos/cat", None),
        url("DELETE", "/photos/old/a", None),
        url("GET", "/photos/home/lena/cat", None),
        url("GET", "/photos/home/ada/cat", None),
    ]
}

async fn sign(client: &Client, asked: &S3) -> Value {
    said(client.sign(&asked.0).await.map(|signed| SignResponse {
        revision: String::new(),
        claim: signed.claim.map(|claim| BucketClaim { id: String::new(), ..claim }),
        ..signed
    }))
}

async fn presign(client: &Client, asked: &PresignRequest) -> Value {
    said(
        client.presign(asked).await.map(|made| PresignResponse { revision: String::new(), ..made }),
    )
}

/// The whole answer, signature included; for a refusal only the parts that do not vary between
/// requests.
fn said(answer: Result<impl serde::Serialize, Error>) -> Value {
    match answer {
        Ok(answer) => json!(answer),
        Err(error) => {
            let problem = error.problem().unwrap();
            json!([problem.status, problem.code, problem.detail, problem.required])
        }
    }
}

#[tokio::test]
async fn the_fake_authority_says_what_the_server_says() {
    on_both_with(Setup::Accounts, async |app| {
        let fake = fake_of(app).await;
        let (lenas_id, lena, our_lena) = lena(app, &fake).await;
        let by_name = S3::new("GET", "/photos/home/lena/cat");
        assert_eq!(sign(&our_lena, &by_name).await["operation"], "GetObject", "she has a home");
        let ours = S3::new("GET", &format!("/photos/home/{lenas_id}/cat"));
        assert_eq!(sign(&our_lena, &ours).await, sign(&lena.cargo, &ours).await);
        for user in ["ada", &lenas_id] {
            for key in ["home/lena/cat", "home/ada/cat", "2026/cat"] {
                let question = CheckRequest {
                    user: Some(user.to_owned()),
                    action: "write".to_owned(),
                    bucket: "photos".to_owned(),
                    key: Some(key.to_owned()),
                    ..CheckRequest::default()
                };
                let asked = async |root: &Client| {
                    let said = root.check(&question).await.unwrap();
                    (said.decision, said.code, said.required)
                };
                let said = asked(&app.root().cargo).await;
                assert_eq!(asked(&fake.root().unwrap()).await, said, "{user} {key}");
            }
        }
        for (actor, ours) in [
            (app.ada(), fake.user("ada").unwrap()),
            (lena, our_lena),
            (app.root(), fake.root().unwrap()),
        ] {
            let held = actor.cargo.permissions().await.unwrap().items;
            assert_eq!(ours.permissions().await.unwrap().items, held);
            for asked in to_presign() {
                let said = presign(&actor.cargo, &asked).await;
                assert_eq!(presign(&ours, &asked).await, said, "{asked:?}");
            }
            for asked in to_sign() {
                let said = sign(&actor.cargo, &asked).await;
                assert_eq!(sign(&ours, &asked).await, said, "{} {}", asked.0.method, asked.0.url);
            }
        }
    })
    .await;
}
