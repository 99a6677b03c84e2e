//! The migration of a database from before token groups were a kind of their own.

use chrono::TimeDelta;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use reqwest::Method;
use sail_cargo_client::protocol::{AuditEvent, Changes, Grant, Group, Page, SubjectKind};
use sail_cargo_database::testing::diesel;
use sail_cargo_database::{Database, MasterKey};
use sail_cargo_server::service::Service;
use serde_json::{Value, json};

use crate::harness::database::kinds;
use crate::harness::logs::lines_with;
use crate::harness::{Actor, KEYS, Kind, Proof, S3, Secrets, Setup, TestApp, TestDatabase};

const BEFORE: &str = "00000000000004";
/// The last SQL migration. What the server does after the SQL migrations is not run.
const NEWEST: &str = "00000000000015";
const PROJECT: &str = "0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001";

/// The project `old` as an older release left it. `realm` has grants and no members, `admins` has
/// both, `lapsed` has a member whose membership has ended, `idle` has no grants. The store's secret
/// is a placeholder, sealed with the master key of that id.
fn old_database(kind: Kind, sealed_with: &str) -> TestDatabase {
    let database = TestDatabase::create(kind);
    database.migrate_to(BEFORE);
    let (nothing, zero) = match kind {
        Kind::Sqlite => ("x''", "zeroblob(32)"),
        Kind::Postgres => ("''::bytea", "decode(repeat('00', 32), 'hex')"),
    };
    let endpoints = r#"[{"url":"http://127.0.0.1:9","style":"path"}]"#;
    let grant = |bucket: &str, prefix: &str, kind: &str, subject: &str, perms: u8| {
        format!(
            "INSERT INTO grant_ (project_id, bucket, prefix, subject_kind, subject, perms, reason, \
             granted_by, created_rev, updated_rev) VALUES ('{PROJECT}', '{bucket}', '{prefix}', \
             '{kind}', '{subject}', {perms}, 'of old', 'key:OLD', 0, 0);"
        )
    };
    let member = |group: &str, user: &str, until: &str| {
        format!("INSERT INTO group_member VALUES ('{PROJECT}', '{group}', '{user}', {until}, 0);")
    };
    let bucket = |name: &str| {
        format!(
            "INSERT INTO bucket (project_id, name, store_id, settings, created_rev) \
             VALUES ('{PROJECT}', '{name}', 'attic-id', '{{}}', 0);"
        )
    };
    let project = format!(
        "INSERT INTO store (id, name, endpoints, region, access_key_id, secret_sealed, sealed_with, \
         shared, created_at, updated_at) VALUES ('attic-id', 'attic', '{endpoints}', 'us-east-1', \
         'AKIAATTIC', {nothing}, '{sealed_with}', false, 0, 0);
         INSERT INTO project (id, slug, store_id, status, settings, etag, created_at) \
         VALUES ('{PROJECT}', 'old', 'attic-id', 'active', '{{}}', 0, 0);
         INSERT INTO project_head VALUES ('{PROJECT}', 'epoch', 0, {zero});"
    );
    let rows = [
        project,
        bucket("pictures"),
        bucket("letters"),
        grant("pictures", "", "g", "admins", 3),
        grant("pictures", "a/", "g", "realm", 1),
        grant("letters", "", "g", "realm", 2),
        grant("letters", "", "g", "lapsed", 1),
        grant("letters", "", "u", "ada", 1),
        grant("letters", "in/", "k", "*", 2),
        grant("letters", "out/", "*", "*", 1),
        member("admins", "bob", "NULL"),
        member("lapsed", "eve", "1"),
        member("idle", "zoe", "NULL"),
    ];
    database.execute(&rows.concat());
    database
}

/// The operator, acting in the old project.
async fn old_root(app: &TestApp) -> Actor {
    // The new store's secret is sealed with the master key of the running server.
    app.make_store("attic").await;
    app.actor(&Proof {
        key: Some(app.secrets.operator_key.clone()),
        project: Some("old".to_owned()),
        ..Proof::default()
    })
}

fn old_user(app: &TestApp, name: &str, groups: &[&str]) -> Actor {
    let token = app.token(name).claim("projectId", PROJECT).claim("groups", groups);
    app.with_token(&token.signed_by(&KEYS[0]))
}

/// Grants as lines: kind, subject, place, permissions.
fn lines(grants: Page<Grant>) -> Vec<String> {
    let line = |grant: Grant| {
        let kind = serde_json::to_value(grant.kind).unwrap();
        let (kind, place) = (kind.as_str().unwrap(), format!("{}/{}", grant.bucket, grant.prefix));
        format!("{kind} {} {place} {}", grant.subject, grant.permissions.len())
    };
    grants.items.into_iter().map(line).collect()
}

const THEN: [&str; 7] = [
    "user ada letters/ 1",
    "group lapsed letters/ 1",
    "group realm letters/ 1",
    "authenticated * letters/in/ 1",
    "public * letters/out/ 1",
    "group admins pictures/ 2",
    "group realm pictures/a/ 1",
];

const TWINS: [&str; 2] = ["token_group realm letters/ 1", "token_group realm pictures/a/ 1"];

fn sorted<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut lines: Vec<_> = lines.into_iter().map(ToOwned::to_owned).collect();
    lines.sort();
    lines
}

#[tokio::test]
async fn groups_without_members_become_token_groups_too_and_the_others_are_listed() {
    for kind in kinds() {
        let secrets = Secrets::generate();
        let database = old_database(*kind, &secrets.master_key_id());
        let app = TestApp::start_with(database, Setup::Usual, secrets).await;
        let root = old_root(&app).await;

        let grants: Page<Grant> = root.get("/v1/grants").await.ok();
        let mut all = lines(grants.clone());
        all.sort();
        assert_eq!(all, sorted(THEN.into_iter().chain(TWINS)));
        let of =
            |kind| grants.items.iter().find(|grant| grant.kind == kind && grant.subject == "realm");
        let (old, twin) = (of(SubjectKind::Group).unwrap(), of(SubjectKind::TokenGroup).unwrap());
        assert_eq!((&twin.reason, &twin.granted_by), (&old.reason, &old.granted_by));
        assert_eq!((old.updated_revision, twin.updated_revision), (0, 1));

        let request = |key: &str| S3::new("GET", &format!("/pictures/{key}"));
        old_user(&app, "eve", &["realm"]).signed(&request("a/x")).await;
        old_user(&app, "bob", &[]).signed(&request("x")).await;
        let refused = old_user(&app, "eve", &["admins", "lapsed"]).sign(&request("x")).await;
        refused.refused(403, "no_permission");
        let warned = "project old: tokens that name admins, lapsed no longer receive the grants";
        assert!(!lines_with(warned).is_empty());

        let groups: Page<Group> = root.get("/v1/groups").await.ok();
        let groups: Vec<_> =
            groups.items.iter().map(|one| (&*one.name, one.tokens_left_out)).collect();
        assert_eq!(groups, [("admins", true), ("idle", false), ("lapsed", true)]);
        let events: Page<AuditEvent> = root.get("/v1/audit-events?action=group.split").await.ok();
        let told: Vec<_> = events
            .items
            .iter()
            .map(|event| (&*event.actor, event.key.as_deref().unwrap()))
            .collect();
        assert_eq!(
            told,
            [("operator:server", "group:lapsed"), ("operator:server", "group:admins")]
        );

        settle(&app, &root).await;
        app.stop().await;
    }
}

/// Confirms the split, group by group.
async fn settle(app: &TestApp, root: &Actor) {
    let patch = async |actor: &Actor, group: &str, body: Value| {
        let path = format!("/v1/groups/{group}");
        actor.send(actor.request(Method::PATCH, &path).json(&body)).await
    };
    let right = || json!({ "tokens_left_out": false });
    let bob = old_user(app, "bob", &["admins"]);
    patch(&bob, "admins", right()).await.refused(403, "root_only");
    for wrong in [json!({}), json!({ "tokens_left_out": true })] {
        patch(root, "admins", wrong).await.refused(400, "invalid_request");
    }
    patch(root, "nobodys", right()).await.refused(404, "not_found");
    let open = async || app.sees.tokens_left_out().await.unwrap();
    let listed: Vec<_> = open().await.into_iter().map(|one| (one.project, one.groups)).collect();
    assert_eq!(listed, [("old".to_owned(), vec!["admins".to_owned(), "lapsed".to_owned()])]);
    for group in ["admins", "lapsed"] {
        let settled = patch(root, group, right()).await;
        assert!(!settled.ok::<Group>().tokens_left_out);
        let again = patch(root, group, right()).await;
        assert_eq!(again.header("revision"), settled.header("revision"), "no revision for nothing");
    }
    assert_eq!(open().await, [], "nothing to warn of");
    let groups: Page<Group> = root.get("/v1/groups").await.ok();
    assert!(groups.items.iter().all(|one| !one.tokens_left_out));
}

#[tokio::test]
async fn what_was_set_apart_is_history_that_can_be_undone_and_verified() {
    for kind in kinds() {
        let secrets = Secrets::generate();
        let database = old_database(*kind, &secrets.master_key_id());
        let app = TestApp::start_with(database, Setup::Usual, secrets).await;
        let root = old_root(&app).await;
        let before = app.clock.now() - TimeDelta::hours(1);
        let path = format!("/v1/grants?at={}", before.format("%Y-%m-%dT%H:%M:%SZ"));
        let mut then = lines(root.get(&path).await.ok());
        then.sort();
        assert_eq!(then, sorted(THEN));

        let changes: Changes = root.get("/v1/changes?after=0").await.ok();
        let kinds: Vec<_> = changes.items.iter().map(|change| &*change.kind).collect();
        assert_eq!(kinds[..3], ["grant.split", "group.split", "group.split"]);
        let revisions: Vec<_> = changes.items.iter().map(|change| change.revision).collect();
        assert_eq!(revisions, (1..).take(revisions.len()).collect::<Vec<_>>());
        assert_eq!(changes.items[0].rows.len(), TWINS.len());
        app.database.follow_chain(PROJECT).unwrap();
        app.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_interrupted_is_finished_once_whoever_comes_first() {
    for kind in kinds() {
        let database = old_database(*kind, "none");
        database.migrate_to(NEWEST);
        let open = || {
            let key = MasterKey::parse(&MasterKey::generate()).unwrap();
            Service::new(Database::open(database.url(), 1, key))
        };
        let (one, other) = (open(), open());
        let pending = one.database().schema().await.unwrap().missing;
        assert_eq!(pending, ["00000000000005_token_groups"], "no server starts on half of it");
        let now = chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let (first, second) = tokio::join!(one.migrate(now), other.migrate(now));
        first.unwrap();
        second.unwrap();
        assert!(one.database().schema().await.unwrap().missing.is_empty());

        assert_eq!(count(&database, "grant_ WHERE subject_kind = 't'"), 2);
        assert_eq!(count(&database, "change"), 3, "one of twins, one for each group on the list");
        assert_eq!(count(&database, "tokens_left_out"), 2);
        database.follow_chain(PROJECT).unwrap();
    }
}

fn count(database: &TestDatabase, what: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let rows: Vec<Row> = database.rows(&format!("SELECT count(*) AS count FROM {what}"));
    rows[0].count
}
