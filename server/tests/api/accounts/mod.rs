//! The embedded auth service: accounts, sign-ins, their tokens, and who administers them.

mod administration;
mod cookies;
mod guessing;
mod keys;
mod names;
mod personal_keys;
mod refreshing;
mod secrets;
mod signing_in;
mod username_homes;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use reqwest::Method;
use sail_cargo_client::protocol::{
    Account, AuditEvent, AuditQuery, CreatedAccessKey, CreatedAccount, Invitation,
    InvitationAccepted, Page, Permission, ReservedUsername, Scope, SignedIn, SigningKey,
    SigningKeyStatus, TokenAccount, Whoami,
};
use sail_cargo_server::domain::access_key::AccessKeyFlaw;
use serde_json::{Value, json};

use crate::harness::{
    Actor, ISSUER, KEYS, PUBLIC_URL, Proof, S3, Setup, TestApp, TestResponse, eventually, logs,
    on_both_with,
};

const PASSWORD: &str = "a lamp and seven pears";
const OTHER: &str = "the old harbour wall at noon";
const HOME: &str = "192.0.2.1";

/// Makes an account that may sign in at once.
async fn make(app: &TestApp, username: &str) -> Account {
    make_with(app, json!({ "username": username })).await
}

async fn make_with(app: &TestApp, mut body: Value) -> Account {
    body["password"] = PASSWORD.into();
    if body["must_change_password"].is_null() {
        body["must_change_password"] = false.into();
    }
    let answer = app.root().post("/v1/accounts", &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.ok::<CreatedAccount>().account
}

/// Posts to the auth service from an address.
async fn post_from(app: &TestApp, address: &str, path: &str, body: &Value) -> TestResponse {
    let anon = app.anon();
    let request = anon.request(Method::POST, path).header("x-forwarded-for", address);
    anon.send(request.json(body)).await
}

async fn login(app: &TestApp, username: &str, password: &str) -> TestResponse {
    login_from(app, HOME, username, password).await
}

async fn login_from(app: &TestApp, address: &str, username: &str, password: &str) -> TestResponse {
    let body = json!({ "username": username, "password": password });
    post_from(app, address, "/auth/login", &body).await
}

async fn sign_in(app: &TestApp, username: &str) -> SignedIn {
    login(app, username, PASSWORD).await.ok()
}

async fn refresh(app: &TestApp, token: &str) -> TestResponse {
    post_from(app, HOME, "/auth/refresh", &json!({ "refresh_token": token })).await
}

fn user(app: &TestApp, signed_in: &SignedIn) -> Actor {
    app.with_token(signed_in.access_token.expose())
}

/// The header and the claims of a token.
fn parts(token: &str) -> (Value, Value) {
    let part = |index: usize| {
        let bytes = URL_SAFE_NO_PAD.decode(token.split('.').nth(index).unwrap()).unwrap();
        serde_json::from_slice(&bytes).unwrap()
    };
    (part(0), part(1))
}

async fn patch(actor: &Actor, account: &str, body: Value) -> TestResponse {
    let path = format!("/v1/accounts/{account}");
    actor.send(actor.request(Method::PATCH, &path).json(&body)).await
}

/// The project's audit events of an action, newest first.
async fn events(app: &TestApp, action: &str) -> Vec<AuditEvent> {
    let query = AuditQuery { action: Some(action.to_owned()), ..AuditQuery::default() };
    app.root().cargo.audit_events(&query).await.unwrap().items
}

/// Puts a user into the group `admins` that Cargo keeps.
async fn make_admin(app: &TestApp, user: &str, until: Option<TimeDelta>) {
    let body = match until {
        Some(until) => json!({ "expires_at": app.clock.now() + until }),
        None => json!({}),
    };
    let path = format!("/v1/groups/admins/members/{user}");
    app.root().put(&path, &body).await.ok::<Value>();
}
