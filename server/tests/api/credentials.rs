//! Credentials: in headers, each at most once, and all for one project.

use chrono::TimeDelta;
use reqwest::Method;
use sail_cargo_client::protocol::{Actor, AuditQuery, Permission, Scope, Whoami};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::{self, KEYS, Proof, S3, Setup, TestApp, eventually, on_both, on_both_with};

#[tokio::test]
async fn credentials_come_in_headers_once_and_nowhere_else() {
    on_both(async |app| {
        let (anon, key) = (app.anon(), &app.secrets.root_key);
        let token = app.token("ada").signed_by(&KEYS[0]);
        for query in [
            format!("?api_key={key}"),
            format!("?x-api-key={key}"),
            format!("?access_token={token}"),
            format!("?authorization=Bearer%20{token}"),
        ] {
            let answer = anon.get(&format!("/v1/whoami{query}")).await;
            answer.refused(401, "missing_credentials");
        }
        let cookie =
            anon.request(Method::GET, "/v1/whoami").header("cookie", format!("token={token}"));
        anon.send(cookie).await.refused(401, "missing_credentials");

        let bearer = format!("Bearer {token}");
        for headers in [
            vec![("authorization", bearer.as_str()), ("authorization", bearer.as_str())],
            vec![("x-api-key", key.as_str()), ("x-api-key", key.as_str())],
            vec![("authorization", "Basic YWRhOmFkYQ==")],
            vec![("authorization", "Bearer ")],
            vec![("authorization", token.as_str())],
            vec![("authorization", bearer.as_str()), ("x-project", "sail"), ("x-project", "sail")],
        ] {
            let request = headers
                .iter()
                .fold(anon.request(Method::GET, "/v1/whoami"), |request, (name, value)| {
                    request.header(*name, *value)
                });
            anon.send(request).await.refused(401, "malformed_credentials");
        }
        // A Unicode space: characters beyond ASCII are not trimmed, so this is no valid credential.
        let padded = format!("Bearer \u{a0}{token}");
        let padded =
            anon.request(Method::GET, "/v1/whoami").header("authorization", padded.as_bytes());
        anon.send(padded).await.refused(401, "malformed_credentials");
        let lower = anon
            .request(Method::GET, "/v1/whoami")
            .header("authorization", format!("bearer {token}"));
        assert_eq!(anon.send(lower).await.status, 200, "the scheme's case does not matter");
    })
    .await;
}

/// The application, acting on behalf of a user.
fn on_behalf(app: &TestApp, token: &str, key: &str) -> harness::Actor {
    let (token, key) = (Some(token.to_owned()), Some(key.to_owned()));
    app.actor(&Proof { token, key, project: None })
}

#[tokio::test]
async fn key_and_token_together_ask_as_the_user_and_the_record_names_both() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        let key_id = app.secrets.root_key[10..22].to_owned();
        let both = on_behalf(app, &app.token("ada").signed_by(&KEYS[0]), &app.secrets.root_key);

        let whoami = both.cargo.whoami().await.unwrap();
        assert_eq!((whoami.actor, whoami.id.as_str()), (Actor::User, "ada"));
        assert_eq!(whoami.via_key.as_deref(), Some(key_id.as_str()));
        both.signed(&S3::new("GET", "/photos/cat.png")).await;
        both.sign(&S3::new("DELETE", "/photos/cat.png")).await.refused(403, "no_permission");

        let query = AuditQuery { actor: Some("user:ada".to_owned()), ..AuditQuery::default() };
        let events = app.root().cargo.audit_events(&query).await.unwrap().items;
        assert_eq!(events.len(), 2);
        assert!(events.iter().all(|event| event.via_key.as_deref() == Some(key_id.as_str())));
    })
    .await;
}

#[tokio::test]
async fn neither_of_two_proofs_makes_up_for_the_other() {
    on_both(async |app| {
        let token = app.token("ada").signed_by(&KEYS[0]);
        let typo = app.secrets.root_key.replace("live_", "live_0");
        on_behalf(app, &token, &typo).get("/v1/whoami").await.refused(401, "invalid_api_key");
        on_behalf(app, "a.b.c", &app.secrets.root_key)
            .get("/v1/whoami")
            .await
            .refused(401, "malformed_token");
        on_behalf(app, &token, &app.secrets.operator_key)
            .get("/v1/whoami")
            .await
            .refused(401, "operator_with_token");
        let wrong = format!("cgop_{}", "x".repeat(32));
        app.with_key(&wrong).get("/v1/whoami").await.refused(401, "invalid_api_key");
    })
    .await;
}

#[tokio::test]
async fn token_key_and_request_name_one_project() {
    on_both(async |app| {
        let other_key = app.make_neighbour("other").await;
        let token = app.token("ada").signed_by(&KEYS[0]);
        let bare = app.token("ada").claim("projectId", json!(null)).signed_by(&KEYS[0]);
        let proof = |token: Option<&String>, key: Option<&String>, project: Option<&str>| Proof {
            token: token.cloned(),
            key: key.cloned(),
            project: project.map(ToOwned::to_owned),
        };
        for (case, proof) in [
            ("token and request", proof(Some(&token), None, Some("other"))),
            ("token and key", proof(Some(&token), Some(&other_key), None)),
            ("key and request", proof(None, Some(&other_key), Some("sail"))),
            ("key and request, for a user", proof(Some(&bare), Some(&other_key), Some("sail"))),
        ] {
            let answer = app.actor(&proof).get("/v1/whoami").await;
            assert_eq!(answer.problem().code, "project_mismatch", "{case}");
            assert_eq!(answer.status, 401, "{case}");
        }
        for (case, proof, slug) in [
            ("the key says it", proof(Some(&bare), Some(&other_key), None), "other"),
            ("all say it", proof(Some(&token), Some(&app.secrets.root_key), Some("sail")), "sail"),
        ] {
            let whoami: Whoami = app.actor(&proof).get("/v1/whoami").await.ok();
            assert_eq!(whoami.project.as_deref(), Some(slug), "{case}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_request_alone_names_the_project_only_where_the_operator_said_so() {
    let test = async |app: &TestApp, trusted: bool| {
        let bare = app.token("ada").claim("projectId", json!(null)).signed_by(&KEYS[0]);
        let named = |slug: &str| {
            let (token, project) = (Some(bare.clone()), Some(slug.to_owned()));
            app.actor(&Proof { token, key: None, project })
        };
        let answer = named("sail").get("/v1/whoami").await;
        if trusted {
            assert_eq!(answer.ok::<Whoami>().project.as_deref(), Some("sail"));
            named("nowhere").get("/v1/whoami").await.refused(401, "unknown_project");
        } else {
            answer.refused(401, "project_required");
        }
    };
    on_both(async |app| test(app, false).await).await;
    on_both_with(Setup::ProjectFromHeader, async |app| test(app, true).await).await;
}

#[tokio::test]
async fn who_asks_is_told_where_the_objects_are() {
    on_both(async |app| {
        for who in [app.ada(), app.root()] {
            let answer = who.get("/v1/whoami").await.json();
            let answer: Whoami = serde_json::from_value(answer).unwrap();
            let storage = answer.storage.unwrap();
            let urls: Vec<_> = storage.endpoints.iter().map(|end| end.url.as_str()).collect();
            assert_eq!(
                urls,
                [harness::ENDPOINT, harness::VIRTUAL_HOST],
                "the first is the one to use"
            );
            assert_eq!(storage.region, harness::REGION);
        }
        let operator = app.operator().get("/v1/whoami").await.json();
        assert!(operator.get("storage").is_none(), "operators have none");
        let text = app.ada().get("/v1/whoami").await.body;
        assert!(!text.contains("access_key"), "the keys stay here: {text}");
    })
    .await;
}

/// A request whose head is sent and whose body is held back.
pub(crate) struct HeldBack(tokio::net::TcpStream);

impl HeldBack {
    pub(crate) async fn begin(app: &TestApp, key: &str, body: &str) -> Self {
        let address = app.base.strip_prefix("http://").unwrap();
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /v1/sign HTTP/1.1\r\nhost: {address}\r\nx-api-key: {key}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        Self(stream)
    }

    /// Sends the body, and returns the status line of the answer.
    pub(crate) async fn end(mut self, body: &str) -> String {
        self.0.write_all(body.as_bytes()).await.unwrap();
        let mut answer = vec![0; 12];
        self.0.read_exact(&mut answer).await.unwrap();
        String::from_utf8(answer).unwrap()
    }
}

#[tokio::test]
async fn a_body_that_is_held_back_holds_no_key_back_from_its_end() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let body = serde_json::to_string(&S3::new("GET", "/photos/x").0).unwrap();
        for (meanwhile, expected) in
            [("", "HTTP/1.1 200"), ("revoked", "HTTP/1.1 401"), ("made less", "HTTP/1.1 401")]
        {
            let key = app.key([Scope::Check, Scope::Sign]).await;
            let path = format!("/v1/api-keys/{}", key.stored.id);
            let held = HeldBack::begin(app, &key.key, &body).await;
            // The key is valid at the time of the request's head.
            eventually("the key is in use", async || {
                !root.get(&path).await.json()["last_used_at"].is_null()
            })
            .await;
            app.clock.advance(TimeDelta::seconds(2));
            let less = root.request(Method::PATCH, &path).json(&json!({ "scopes": ["check"] }));
            match meanwhile {
                "revoked" => assert_eq!(root.delete(&path).await.status, 204),
                "made less" => assert_eq!(root.send(less).await.status, 200),
                _ => {}
            }
            assert_eq!(held.end(&body).await, expected, "{meanwhile}");
        }
    })
    .await;
}
