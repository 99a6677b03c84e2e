//! Personal API keys: shown once, never more than their user's, gone when they are taken back, and parents of no
//! other key.

mod administering;
mod ending;
mod making;
mod using;

use chrono::TimeDelta;
use reqwest::Method;
use sail_cargo_client::protocol::{
    AccessKey, AccessKeyKind, AccessKeySecret, AccessKeyStatus, AuditQuery, Change, CheckResponse,
    CreatedAccessKey, OpenedSession, Page, Permission, RotateAccessKey, Scope, Whoami,
};
use sail_cargo_server::domain::{AccessKeyId, PersonalKey};
use serde_json::{Value, json};

use crate::harness::{Actor, KEYS, Proof, S3, Setup, TestApp, TestResponse, eventually, on_both};

const PATH: &str = "/v1/access-keys";

/// What each of them is refused with where it lets nobody in.
const NOBODY: &str = "invalid_personal_key";

fn path(key: &CreatedAccessKey) -> String {
    format!("{PATH}/{}", key.stored.access_key_id)
}

/// A user who signed in so many seconds ago.
fn signed_in(app: &TestApp, user: &str, seconds: i64) -> Actor {
    let at = app.clock.now().timestamp() - seconds;
    app.with_token(&app.token(user).claim("auth_time", at).signed_by(&KEYS[0]))
}

/// A personal API key of whoever asks, with these limits beside its name.
async fn make(actor: &Actor, mut body: Value) -> CreatedAccessKey {
    body["kind"] = "token".into();
    if body["name"].is_null() {
        body["name"] = "ci".into();
    }
    let answer = actor.post(PATH, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.ok()
}

/// Whoever shows the key.
fn bearer(app: &TestApp, key: &CreatedAccessKey) -> Actor {
    app.with_token(key.secret.expose())
}

async fn patch(actor: &Actor, key: &CreatedAccessKey, body: Value) -> TestResponse {
    actor.send(actor.request(Method::PATCH, &path(key)).json(&body)).await
}

fn get(key: &str) -> S3 {
    S3::new("GET", &format!("/photos/{key}"))
}
