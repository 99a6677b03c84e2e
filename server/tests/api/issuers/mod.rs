//! Several issuers: each signs for itself, and for nobody else.

mod algorithms;
mod apart;
mod discovery;
mod rest;

use sail_cargo_client::protocol::{IssuerSettings, Whoami};
use sail_cargo_server::domain::{Issuer, IssuerSet};
use serde_json::{Value, json};

use crate::harness::{Actor, Replica, Setup, TestApp, Token, default_issuer};

/// An issuer with this alias, for the project `sail`. Its keys are at a path of the auth service.
fn issuer(app: &TestApp, alias: &str, keys: &[Value]) -> IssuerSettings {
    let path = format!("/keys/{alias}");
    app.auth.answer_at(&path, json!({ "keys": keys }).to_string());
    IssuerSettings {
        alias: Some(alias.to_owned()),
        issuer: name(alias),
        keys: Some(format!("{}{path}", app.auth.base())),
        audiences: ["cargo".to_owned()].into(),
        project: Some("sail".to_owned()),
        ..IssuerSettings::default()
    }
}

/// The `iss` of the issuer with this alias.
fn name(alias: &str) -> String {
    format!("https://{alias}.example")
}

/// A token of the issuer with this alias, to modify or sign. It names no project.
fn token(app: &TestApp, alias: &str, user: &str) -> Token {
    app.token(user).claim("iss", name(alias)).claim("projectId", json!(null))
}

/// These issuers and the default one.
fn beside_default(app: &TestApp, issuers: Vec<IssuerSettings>) -> IssuerSet {
    let default = default_issuer(&app.auth, Setup::Usual);
    let all = [default].into_iter().chain(issuers).map(|it| Issuer::parse(it).unwrap());
    IssuerSet::of(all.collect::<Vec<_>>()).unwrap()
}

/// A server that believes these issuers beside the default one.
async fn server(app: &TestApp, issuers: Vec<IssuerSettings>) -> Replica {
    let set = beside_default(app, issuers);
    app.replica_that(Setup::Usual, |config| config.auth.issuers = set).await
}

/// Who the bearer of a token is at `server`.
async fn who(app: &TestApp, server: &Replica, token: &str) -> Whoami {
    bearer(app, server, token).get("/v1/whoami").await.ok()
}

/// Why the bearer of a token is nobody at `server`.
async fn refused(app: &TestApp, server: &Replica, token: &str) -> String {
    let answer = bearer(app, server, token).get("/v1/whoami").await;
    assert_eq!(answer.status, 401, "{}", answer.body);
    answer.problem().code
}

fn bearer(app: &TestApp, server: &Replica, token: &str) -> Actor {
    app.with_token(token).at(server)
}
