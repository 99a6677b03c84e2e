//! Access keys: shown once, sealed, never more than their holder's, gone when they are taken back.

mod limits;
mod looking_up;
mod making;

use std::time::Instant;

use chrono::TimeDelta;
use diesel::prelude::*;
use reqwest::Method;
use sail_cargo_client::protocol::{
    AccessKey, AccessKeyScope, AccessKeyStatus, AccessKeysQuery, Change, CreatedAccessKey, Page,
    Permission, RotateAccessKey, Scope,
};
use sail_cargo_database::DatabaseUrl;
use sail_cargo_database::testing::diesel;
use sail_cargo_server::cache::MAX_STALENESS;
use sail_cargo_server::domain::access_key::AccessKeyFlaw;
use sail_cargo_server::domain::{
    AccessKeyId, AccessKeyLookup, Action, Caller, Denied, Origin, check,
};
use sail_cargo_server::service::Service;
use serde_json::{Value, json};

use crate::harness::{Actor, KEYS, Setup, TestApp, eventually, on_both};

const PATH: &str = "/v1/access-keys";

fn path(key: &CreatedAccessKey) -> String {
    format!("{PATH}/{}", key.stored.access_key_id)
}

fn id(key: &CreatedAccessKey) -> AccessKeyId {
    AccessKeyId::parse(&key.stored.access_key_id).unwrap()
}

/// Ada, who signed in so many seconds ago.
fn signed_in(app: &TestApp, user: &str, seconds: i64) -> Actor {
    let at = app.clock.now().timestamp() - seconds;
    app.with_token(&app.token(user).claim("auth_time", at).signed_by(&KEYS[0]))
}

async fn make(actor: &Actor, body: Value) -> CreatedAccessKey {
    let answer = actor.post(PATH, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    answer.ok()
}

async fn patch(actor: &Actor, key: &CreatedAccessKey, body: Value) -> crate::harness::TestResponse {
    actor.send(actor.request(Method::PATCH, &path(key)).json(&body)).await
}

async fn look(app: &TestApp, sees: &Service, id: &AccessKeyId) -> AccessKeyLookup {
    sees.access_key(id, app.clock.now()).await.unwrap()
}

/// What is wrong with a key; none where it is good.
async fn flaw(app: &TestApp, sees: &Service, id: &AccessKeyId) -> Option<AccessKeyFlaw> {
    look(app, sees, id).await.err().map(|bad| bad.flaw)
}
