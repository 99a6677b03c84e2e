//! `GET /v1/changes/chain`: whether the log of changes is as it was written, and what is not.

mod asking;
mod holds;
mod tampered;

use diesel::deserialize::QueryableByName;
use diesel::sql_types::{BigInt, Binary};
use sail_cargo_client::protocol::{ChainCheck, ChainFault, Permission, Scope};
use sail_cargo_database::testing::diesel;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::harness::{Actor, Kind, TestApp, on_both};

const CHAIN: &str = "/v1/changes/chain";
const PROJECT: &str = "project_id = (SELECT id FROM project WHERE slug = 'sail')";

/// What a change is chained by.
#[derive(Debug, QueryableByName)]
struct Link {
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Binary)]
    body: Vec<u8>,
    #[diesel(sql_type = Binary)]
    prev_hash: Vec<u8>,
}

/// What the server says to the application, with this query.
async fn verify(app: &TestApp, query: &str) -> ChainCheck {
    app.root().get(&format!("{CHAIN}?{query}")).await.ok()
}

/// A chain that holds, and how many changes it has.
async fn whole(app: &TestApp) -> (ChainCheck, i64) {
    let check = verify(app, "").await;
    assert!(check.holds && check.broken.is_none() && !check.more, "{check:?}");
    assert_eq!(check.changes, check.verified_revision);
    let length = check.changes;
    (check, length)
}

/// Makes a dozen changes.
async fn live(app: &TestApp) {
    app.register("photos").await;
    for user in ["ada", "bob", "carl", "dora", "eve"] {
        app.grant("photos", user, &[Permission::Read]).await;
        app.grant("photos", user, &[Permission::Write]).await;
    }
}

fn literal(kind: Kind, bytes: &[u8]) -> String {
    match kind {
        Kind::Sqlite => format!("x'{}'", hex::encode(bytes)),
        Kind::Postgres => format!("'\\x{}'::bytea", hex::encode(bytes)),
    }
}

/// The links from a revision on.
fn links(app: &TestApp, from: i64) -> Vec<Link> {
    app.database.rows(&format!(
        "SELECT revision, body, prev_hash FROM change WHERE {PROJECT} AND revision >= {from} \
         ORDER BY revision"
    ))
}

/// Sets columns of one change.
fn set(app: &TestApp, revision: i64, columns: &str) {
    app.database
        .execute(&format!("UPDATE change SET {columns} WHERE {PROJECT} AND revision = {revision}"));
}

/// Rewrites the bodies from a revision on, with every hash after it and the project's head: what is
/// left is a chain.
fn rewrite(app: &TestApp, from: i64, edit: impl Fn(&mut Value)) {
    let bytes = |bytes: &[u8]| literal(app.database.kind(), bytes);
    let links = links(app, from);
    let mut last = links[0].prev_hash.clone();
    for link in links {
        let mut body: Value = serde_json::from_slice(&link.body).unwrap();
        edit(&mut body);
        let body = serde_json::to_vec(&body).unwrap();
        let hash = Sha256::new().chain_update(&last).chain_update(&body).finalize();
        let (body, previous, own) = (bytes(&body), bytes(&last), bytes(&hash));
        set(app, link.revision, &format!("body = {body}, prev_hash = {previous}, hash = {own}"));
        last = hash.to_vec();
    }
    set_head(app, &format!("chain_hash = {}", bytes(&last)));
}

fn set_head(app: &TestApp, columns: &str) {
    app.database.execute(&format!("UPDATE project_head SET {columns} WHERE {PROJECT}"));
}
