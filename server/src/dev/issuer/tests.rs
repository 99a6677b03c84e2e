#![allow(clippy::unwrap_used)]

use std::{path::Path, sync::Arc};

use crate::clock::Clock;
use crate::domain::WebOrigin;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use super::{AuthService, ISSUER, Issuer, IssuerError};

/// The origin of the console.
const PAGE: &str = "http://localhost:8080";

/// Verifies a token against a published key and returns its claims.
fn verify(token: &str, pem: &str) -> Value {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.set_issuer(&[ISSUER]);
    let key = DecodingKey::from_rsa_pem(pem.as_bytes()).unwrap();
    decode::<Value>(token, &key, &validation).unwrap().claims
}

async fn start(dir: &Path) -> AuthService {
    let issuer = Arc::new(Issuer::load_or_create(dir).unwrap());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let page = WebOrigin::parse(PAGE).unwrap();
    let users = ["ada", "bob", "carl"];
    AuthService::start(listener, issuer, ("demo", &users), vec![page]).await.unwrap()
}

/// Sends one request and returns the status, the head and the body of the answer.
async fn send(service: &AuthService, line: &str, body: &str) -> (u16, String, String) {
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let mut socket = TcpStream::connect(service.address()).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), head.to_owned(), body.to_owned())
}

#[test]
fn a_token_says_what_the_auth_service_would() {
    let dir = tempfile::tempdir().unwrap();
    let issuer = Issuer::load_or_create(dir.path()).unwrap();
    let now = Clock::system().now();
    let token = issuer.token("ada", "demo", now, TimeDelta::minutes(5)).unwrap();
    let iat = now.timestamp();
    let expected = json!({
        "id": "ada", "projectId": "demo", "role": 0, "iss": ISSUER, "iat": iat, "exp": iat + 300,
    });
    assert_eq!(verify(&token, issuer.public_key_pem()), expected);
}

#[test]
fn the_key_is_kept_and_is_private() {
    let dir = tempfile::tempdir().unwrap();
    let nested = dir.path().join("state");
    let first = Issuer::load_or_create(&nested).unwrap();
    let again = Issuer::load_or_create(&nested).unwrap();
    assert_eq!(first.public_key_pem(), again.public_key_pem());
    assert!(first.public_key_pem().starts_with("-----BEGIN PUBLIC KEY-----\n"));
    let files: Vec<_> = std::fs::read_dir(&nested).unwrap().map(|f| f.unwrap()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(files[0].file_name(), "demo-auth.pem");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(files[0].metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    assert_eq!(format!("{first:?}"), "Issuer { .. }");
}

#[test]
fn a_damaged_key_is_an_error_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("demo-auth.pem");
    std::fs::write(&path, "not a key").unwrap();
    let error = Issuer::load_or_create(dir.path()).unwrap_err();
    assert!(matches!(error, IssuerError::Malformed { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "not a key");
}

#[tokio::test]
async fn demo_users_get_tokens_over_http() {
    let dir = tempfile::tempdir().unwrap();
    let service = start(dir.path()).await;
    let (status, _, keys) = send(&service, "GET /public-key", "").await;
    assert_eq!(status, 200);
    let keys: Vec<String> = serde_json::from_str(&keys).unwrap();
    assert_eq!(keys.len(), 1);
    let (status, head, body) = send(&service, "POST /token", r#"{"user":"bob"}"#).await;
    assert_eq!(status, 200);
    assert!(head.contains("cache-control: no-store"), "{head}");
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["expires_in"], 3600);
    let claims = verify(body["token"].as_str().unwrap(), &keys[0]);
    assert_eq!((&claims["id"], &claims["projectId"]), (&json!("bob"), &json!("demo")));
    service.stop().await;
}

#[tokio::test]
async fn everything_else_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let service = start(dir.path()).await;
    let long = format!(r#"{{"user":"{}"}}"#, "a".repeat(5000));
    for (line, body, expected) in [
        ("POST /token", r#"{"user":"eve"}"#, 404),
        ("POST /token", r#"{"user":"ada","role":1}"#, 400),
        ("POST /token", r#"{"user":1}"#, 400),
        ("POST /token", "", 400),
        ("POST /token", &long, 400),
        ("GET /token", "", 405),
        ("POST /public-key", "", 405),
        ("DELETE /", "", 405),
        ("GET /demo-auth.pem", "", 404),
        ("GET /public-key/", "", 404),
    ] {
        let (status, head, answer) = send(&service, line, body).await;
        assert_eq!(status, expected, "{line} {body}");
        assert!(head.contains("application/problem+json"), "{head}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        assert_eq!(answer["status"], expected);
    }
    let (status, _, about) = send(&service, "GET /", "").await;
    assert_eq!(status, 200);
    assert!(about.contains("POST /token"), "{about}");
}

#[tokio::test]
async fn the_consoles_pages_may_ask_for_tokens_and_no_other_pages() {
    let dir = tempfile::tempdir().unwrap();
    let service = start(dir.path()).await;
    for (origin, may) in [(PAGE, true), ("http://localhost:8081", false), ("null", false)] {
        for method in ["OPTIONS", "POST"] {
            let line = format!("{method} /token HTTP/1.1\r\norigin: {origin}\r\nx-end:");
            let (_, head, _) = send(&service, &line, "{\"user\":\"ada\"}").await;
            let allowed = format!("access-control-allow-origin: {origin}");
            assert_eq!(head.contains(&allowed), may, "{method} {origin}: {head}");
            assert!(head.contains("vary: Origin"), "{head}");
        }
    }
}
