//! Actions of operators: recorded under the name of their key, and not done if they cannot be
//! recorded.

use chrono::TimeDelta;
use diesel::deserialize::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use reqwest::Method;
use sail_cargo_client::protocol::{
    Actor as Part, AddressingStyle, AuditEvent, AuditQuery, Endpoint, Outcome, Page, Project,
    PutStore, Whoami,
};
use sail_cargo_database::DatabaseUrl;
use sail_cargo_database::testing::diesel;
use sail_cargo_server::authn::OperatorKeys;
use sail_cargo_server::domain::Secret;
use serde_json::json;

use crate::harness::{Actor, Kind, Proof, Setup, TestApp, TestDatabase, on_both};

/// The operators' own audit trail, newest first.
async fn trail(app: &TestApp) -> Vec<AuditEvent> {
    app.operator().cargo.audit_events(&AuditQuery::default()).await.unwrap().items
}

/// Eve, acting in project `sail`.
fn in_project(app: &TestApp) -> Actor {
    let (key, project) = (Some(app.secrets.eves_key.clone()), Some("sail".to_owned()));
    app.actor(&Proof { key, project, token: None })
}

/// A store whose storage does not exist.
fn nowhere(app: &TestApp) -> PutStore {
    let url = "http://127.0.0.1:1".to_owned();
    PutStore {
        endpoints: vec![Endpoint { url, style: AddressingStyle::Path }],
        access_key_id: "AKIASPARE".to_owned(),
        ..app.store()
    }
}

fn told(event: &AuditEvent) -> (&str, &str, Outcome, &str) {
    let what = event.key.as_deref().or(event.bucket.as_deref()).unwrap_or_default();
    (&event.action, what, event.outcome, &event.reason)
}

#[tokio::test]
async fn what_operators_do_is_on_record_by_the_name_of_their_key() {
    on_both(async |app| {
        app.make_store("atlas").await;
        let before = trail(app).await.len();
        let (eve, clerk) = (app.eve(), in_project(app));
        assert_eq!(eve.put("/v1/stores/spare?no_probe=true", &nowhere(app)).await.status, 200);
        let probed = eve.post("/v1/stores/spare/probe", &json!({})).await;
        probed.refused(502, "storage_unreachable");
        eve.delete("/v1/stores/spare").await.done();
        eve.post("/v1/auth-keys/refresh", &json!({})).await.ok::<serde_json::Value>();
        let new = json!({ "slug": "maps", "store": "atlas" });
        let made: Project = eve.post("/v1/projects", &new).await.ok();
        for status in ["suspended", "active"] {
            let patch = eve.request(Method::PATCH, "/v1/projects/maps");
            assert_eq!(eve.send(patch.json(&json!({ "status": status }))).await.status, 200);
        }
        let key = json!({ "name": "ci", "project": "maps" });
        let key = eve.post("/v1/api-keys", &key).await.json()["id"].as_str().unwrap().to_owned();
        assert_eq!(
            clerk.put("/v1/buckets/photos", &json!({ "ceiling": ["read"] })).await.status,
            200
        );
        app.root().put("/v1/buckets/own", &json!({})).await.ok::<serde_json::Value>();

        let all = trail(app).await;
        let new: Vec<_> = all[..all.len() - before].iter().rev().collect();
        let (ok, allow) = ("ok", Outcome::Allow);
        assert_eq!(
            new.iter().map(|event| told(event)).collect::<Vec<_>>(),
            [
                ("store.put", "spare", allow, ok),
                ("store.probe", "spare", Outcome::Deny, "storage_unreachable"),
                ("store.delete", "spare", allow, ok),
                ("auth_keys.refresh", "", allow, ok),
                ("project.create", "maps", allow, ok),
                ("project.patch", "maps", allow, ok),
                ("project.patch", "maps", allow, ok),
                ("key.create", key.as_str(), allow, ok),
                ("bucket.register", "photos", allow, ok),
            ]
        );
        assert!(new.iter().all(|event| event.actor == "operator:eve"), "{new:?}");
        assert!(new.iter().all(|event| event.address.as_deref() == Some("127.0.0.1")));
        let projects: Vec<_> = new.iter().map(|event| event.project.as_deref()).collect();
        assert_eq!(projects[..4], [None; 4]);
        assert_eq!(projects[4..8], [Some(made.id.as_str()); 4]);
        assert_eq!(new[0].detail, "saved store spare: http://127.0.0.1:1, access key AKIASPARE");
        assert_eq!(
            [&new[5].detail, &new[6].detail],
            ["suspended project maps", "activated project maps"]
        );
        assert_eq!(all.last().map(|first| first.actor.as_str()), Some("operator"));

        let own = app.root().cargo.audit_events(&AuditQuery::default()).await.unwrap().items;
        assert!(own.iter().any(|event| event.actor == "operator:eve"), "the project is told, too");
        assert!(own.iter().all(|event| !event.action.starts_with("store.")));
        let text = format!("{all:?}");
        for secret in [&app.secrets.store, &app.secrets.eves_key, &app.secrets.operator_key] {
            assert!(!text.contains(secret.as_str()), "{text}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_cannot_be_recorded_was_not_done() {
    on_both(async |app| {
        app.make_store("spare").await;
        let before = app.operator().get("/v1/stores/spare").await.json();
        app.database.execute("ALTER TABLE audit_event RENAME TO elsewhere");
        let operator = app.operator();
        for answer in [
            operator.put("/v1/stores/spare?no_probe=true", &nowhere(app)).await,
            operator.put("/v1/stores/other?no_probe=true", &nowhere(app)).await,
            operator.delete("/v1/stores/spare").await,
            operator.post("/v1/projects", &json!({ "slug": "maps", "store": "spare" })).await,
        ] {
            answer.refused(503, "unavailable");
        }
        app.database.execute("ALTER TABLE elsewhere RENAME TO audit_event");
        assert_eq!(operator.get("/v1/stores/spare").await.json(), before);
        operator.get("/v1/stores/other").await.refused(404, "not_found");
        operator.get("/v1/projects/maps").await.refused(404, "not_found");

        assert_eq!(operator.put("/v1/stores/spare?no_probe=true", &nowhere(app)).await.status, 200);
        app.database.execute("ALTER TABLE audit_event RENAME TO elsewhere");
        let probed = operator.post("/v1/stores/spare/probe", &json!({})).await;
        probed.refused(503, "unavailable");
    })
    .await;
}

#[tokio::test]
async fn the_operators_trail_is_theirs_and_has_the_forms_of_a_project_s() {
    on_both(async |app| {
        app.eve()
            .put("/v1/stores/spare?no_probe=true", &nowhere(app))
            .await
            .ok::<serde_json::Value>();
        app.root().put("/v1/buckets/photos", &json!({})).await.ok::<serde_json::Value>();
        let operator = app.operator();
        let all = trail(app).await;
        let mut paged = Vec::new();
        let mut path = "/v1/audit-events?page_size=2".to_owned();
        loop {
            let page: Page<AuditEvent> = operator.get(&path).await.ok();
            paged.extend(page.items);
            let Some(token) = page.next_page_token else { break };
            path = format!("/v1/audit-events?page_size=2&page_token={token}");
        }
        assert_eq!(paged, all);
        let lines = operator.request(Method::GET, "/v1/audit-events");
        let lines = operator.send(lines.header("accept", "application/x-ndjson")).await.body;
        let lines: Vec<AuditEvent> =
            lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines, all);
        let eves: Page<AuditEvent> =
            operator.get("/v1/audit-events?actor=operator:eve&action=store.put").await.ok();
        assert_eq!(eves.items, all[..1]);

        let in_sail: Page<AuditEvent> = in_project(app).get("/v1/audit-events").await.ok();
        assert!(in_sail.items.iter().any(|event| event.actor.starts_with("key:")));
        assert!(in_sail.items.iter().all(|event| !event.action.starts_with("store.")));
        app.ada().get("/v1/audit-events").await.refused(403, "root_only");
    })
    .await;
}

#[tokio::test]
async fn each_key_is_somebody_s() {
    on_both(async |app| {
        app.share().await;
        for (actor, name) in [(app.eve(), "eve"), (app.operator(), "operator")] {
            let whoami: Whoami = actor.get("/v1/whoami").await.ok();
            assert_eq!((whoami.actor, whoami.id.as_str()), (Part::Operator, name));
        }
        let with_name = format!("eve:{}", app.secrets.eves_key);
        app.with_key(&with_name).get("/v1/whoami").await.refused(401, "invalid_api_key");
        // One operator does not get the recorded answer of another.
        let new = json!({ "slug": "maps", "store": "main" });
        let create = async |actor: Actor| {
            let request =
                actor.request(Method::POST, "/v1/projects").header("idempotency-key", "k");
            actor.send(request.json(&new)).await
        };
        assert_eq!(create(app.eve()).await.status, 201);
        create(app.operator()).await.refused(409, "already_exists");
    })
    .await;
}

#[tokio::test]
async fn a_key_that_is_easily_guessed_is_no_start() {
    let refused = |text: String| OperatorKeys::parse(&Secret::new(text)).unwrap_err().to_string();
    let good = "cgop_0123456789abcdef0123456789abcdef";
    assert!(refused("ada:cgop_0123".to_owned()).contains("at least 32"));
    assert!(refused(format!("ada:{good}\nada:{good}")).contains("`ada` is used twice"));
    assert!(!refused(format!("ada:{good}\neve:{good}")).contains("0123456789abcdef"));
}

/// The second barrier: a transaction that asks for the operators' trail sees only that, and one
/// that names a project as well does not see it.
#[tokio::test]
async fn row_level_security_shows_the_operators_trail_alone() {
    on_both(async |app| {
        let DatabaseUrl::Postgres(url) = app.database.url() else { return };
        app.root().put("/v1/buckets/photos", &json!({})).await.ok::<serde_json::Value>();
        let sail = app.operator().get("/v1/projects/sail").await.json()["id"].to_string();
        let sail = sail.trim_matches('"');
        let mut server = diesel::pg::PgConnection::establish(&url).unwrap();
        let mut count = |project: &str, operators: &str, rows: &str| {
            let set = format!(
                "SELECT set_config('sail.project', '{project}', false), \
                 set_config('sail.operators', '{operators}', false)"
            );
            diesel::sql_query(set).execute(&mut server).unwrap();
            let count = format!("SELECT count(*) AS number FROM audit_event WHERE {rows}");
            diesel::sql_query(count).get_result::<Count>(&mut server).unwrap().number
        };
        let (all, by_operators) = (count("", "yes", "for_operators"), trail(app).await.len());
        assert_eq!(all, i64::try_from(by_operators).unwrap());
        assert_eq!(count("", "yes", "NOT for_operators"), 0);
        assert_eq!(count("", "", "true"), 0);
        assert_eq!(count(sail, "yes", "project_id IS NULL"), 0);
        assert_eq!(count(sail, "yes", "true"), 3, "its creation, its key, its bucket");
    })
    .await;
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

/// Reverts the schema to the version before events had addresses.
fn step_back(database: &TestDatabase) {
    macro_rules! down {
        ($kind:literal, $name:literal) => {
            include_str!(concat!("../../../migrations/", $kind, "/", $name, "/down.sql"))
        };
    }
    for down in match database.kind() {
        Kind::Sqlite => [
            down!("sqlite", "00000000000015_personal_keys"),
            down!("sqlite", "00000000000014_issuers"),
            down!("sqlite", "00000000000013_accounts"),
            down!("sqlite", "00000000000012_list_permission"),
            down!("sqlite", "00000000000011_key_disabler"),
            down!("sqlite", "00000000000010_store_access"),
            down!("sqlite", "00000000000009_sessions"),
            down!("sqlite", "00000000000008_access_keys"),
            down!("sqlite", "00000000000007_bucket_twins"),
            down!("sqlite", "00000000000006_audit_client"),
        ],
        Kind::Postgres => [
            down!("postgres", "00000000000015_personal_keys"),
            down!("postgres", "00000000000014_issuers"),
            down!("postgres", "00000000000013_accounts"),
            down!("postgres", "00000000000012_list_permission"),
            down!("postgres", "00000000000011_key_disabler"),
            down!("postgres", "00000000000010_store_access"),
            down!("postgres", "00000000000009_sessions"),
            down!("postgres", "00000000000008_access_keys"),
            down!("postgres", "00000000000007_bucket_twins"),
            down!("postgres", "00000000000006_audit_client"),
        ],
    } {
        database.execute(down);
    }
    database.execute("DELETE FROM __diesel_schema_migrations WHERE version >= '00000000000006'");
}

#[tokio::test]
async fn events_of_the_version_before_stay_and_operators_find_theirs() {
    on_both(async |app| {
        app.clock.advance(TimeDelta::minutes(1));
        app.operator()
            .put("/v1/stores/spare?no_probe=true", &nowhere(app))
            .await
            .ok::<serde_json::Value>();
        let root = app.root();
        let trail_of_sail = async || {
            let events = root.cargo.audit_events(&AuditQuery::default()).await.unwrap().items;
            events.into_iter().map(|event| (event.id, event.action)).collect::<Vec<_>>()
        };
        let before = trail_of_sail().await;
        step_back(&app.database);
        let replica = app.recorder().await.store;
        assert_eq!(replica.database().schema().await.unwrap().missing.len(), 10);
        assert_eq!(replica.migrate(app.clock.now()).await.unwrap().len(), 10);
        assert_eq!(trail_of_sail().await, before);
        let actions: Vec<_> = trail(app).await.into_iter().map(|event| event.action).collect();
        assert_eq!(actions, ["key.create", "project.create"], "what had no project is gone");
        let count = "SELECT count(*) AS number FROM audit_event WHERE address IS NOT NULL";
        assert_eq!(app.database.rows::<Count>(count)[0].number, 0);
        app.root().put("/v1/buckets/photos", &json!({})).await.ok::<serde_json::Value>();
        assert_eq!(trail_of_sail().await.len(), before.len() + 1);
    })
    .await;
}

#[tokio::test]
async fn the_operators_trail_waits_for_the_spool() {
    crate::harness::on_both_with(Setup::Spool, async |app| {
        let probe = async || app.eve().post("/v1/stores/spare/probe", &json!({})).await;
        app.eve()
            .put("/v1/stores/spare?no_probe=true", &nowhere(app))
            .await
            .ok::<serde_json::Value>();
        probe().await.refused(502, "storage_unreachable");
        assert_eq!(told(&trail(app).await[0]).0, "store.probe");
    })
    .await;
}
