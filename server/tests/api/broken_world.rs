//! Failures of the server's parts: without a record or a lookup there is no signature.

use std::time::Instant;

use futures_util::future::join;
use sail_cargo_client::protocol::{Check, Permission, Readiness};
use sail_cargo_server::cache::MAX_STALENESS;
use serde_json::json;

use crate::harness::{Kind, S3, Setup, eventually, logs, on_both, on_both_with};

#[tokio::test]
async fn without_an_audit_trail_there_is_no_signature_and_no_change() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        let get = S3::new("GET", "/photos/x");
        app.ada().signed(&get).await;
        app.database.execute("DROP TABLE audit_event");

        for answer in [
            app.ada().sign(&get).await,
            app.root().sign(&get).await,
            app.bob().sign(&get).await,
            app.root().sign(&S3::new("PATCH", "/photos/x")).await,
            app.root().sign(&S3::new("PUT", "/fresh")).await,
        ] {
            answer.refused(503, "unavailable");
            assert_eq!(answer.header("retry-after"), "1");
            answer.holds_no_signature();
        }

        let grant = json!({ "permissions": ["read"] });
        let put = app.root().put("/v1/buckets/photos/grants/bob", &grant).await;
        put.refused(503, "unavailable");
        app.root().get("/v1/buckets/photos/grants/bob").await.refused(404, "not_found");
        app.root().get("/v1/buckets/fresh").await.refused(404, "not_found");
    })
    .await;
}

#[tokio::test]
async fn without_grants_to_look_at_nobody_is_judged() {
    on_both(async |app| {
        app.register("photos").await;
        app.database.execute("DROP TABLE grant_");
        let answer = app.ada().sign(&S3::new("GET", "/photos/x")).await;
        answer.refused(503, "unavailable");
        answer.holds_no_signature();
    })
    .await;
}

#[tokio::test]
async fn a_secret_that_does_not_open_signs_nothing() {
    on_both(async |app| {
        app.register("photos").await;
        app.database.execute("UPDATE store SET sealed_with = 'another key'");
        let answer = app.root().sign(&S3::new("GET", "/photos/x")).await;
        let problem = answer.refused(500, "internal");
        answer.holds_no_signature();
        assert!(!problem.detail.contains("key"), "what lies behind is logged only");
    })
    .await;
}

#[tokio::test]
async fn a_secret_moved_to_another_stores_row_does_not_open() {
    on_both(async |app| {
        app.make_store("spare").await;
        let thief = app.with_key(&app.make_project("thief", "spare").await);
        thief.put("/v1/buckets/loot", &json!({})).await.ok::<serde_json::Value>();
        app.database.execute(
            "UPDATE store SET secret_sealed = (SELECT secret_sealed FROM store WHERE name = 'main') \
             WHERE name = 'spare'",
        );
        let answer = thief.sign(&S3::new("GET", "/loot/x")).await;
        answer.refused(500, "internal");
        answer.holds_no_signature();
    })
    .await;
}

#[tokio::test]
async fn a_suspended_project_has_nothing_signed() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        app.database.execute("UPDATE project SET status = 'suspended'");
        for actor in [app.ada(), app.root()] {
            actor.sign(&S3::new("GET", "/photos/x")).await.refused(403, "project_inactive");
        }
    })
    .await;
}

/// A status that a newer version may have written: its meaning is unknown.
#[tokio::test]
async fn a_project_whose_status_nobody_knows_has_nothing_signed_and_the_log_names_it() {
    on_both_with(Setup::NothingRemembered, async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        let unchecked = match app.database.kind() {
            Kind::Sqlite => "PRAGMA ignore_check_constraints = ON",
            Kind::Postgres => "ALTER TABLE project DROP CONSTRAINT project_status_check",
        };
        let status = format!("status-{}", uuid::Uuid::new_v4());
        app.database.execute(&format!("{unchecked}; UPDATE project SET status = '{status}'"));
        for actor in [app.ada(), app.root()] {
            let answer = actor.sign(&S3::new("GET", "/photos/x")).await;
            answer.refused(500, "internal");
            answer.holds_no_signature();
        }
        app.operator().get("/v1/projects/sail").await.refused(500, "internal");
        assert_eq!(logs::lines_with(&format!("unknown status {status}")).len(), 3);
    })
    .await;
}

#[tokio::test]
async fn a_database_that_was_never_there_stops_no_server_from_saying_so() {
    on_both_with(Setup::NoDatabase, async |app| {
        assert_eq!(app.anon().get("/livez").await.status, 200);
        let (anon, key) = (app.anon(), app.with_key(KEY));
        let (ready, whoami) = join(anon.get("/readyz"), key.get("/v1/whoami")).await;
        assert_eq!(ready.status, 503);
        let readiness: Readiness = serde_json::from_str(&ready.body).unwrap();
        assert!(matches!(readiness.checks["database"], Check::Failed { .. }));
        assert!(!ready.body.contains("nowhere") && !ready.body.contains("127.0.0.1"));
        whoami.refused(503, "unavailable");
    })
    .await;
}

/// A well-formed key, checksum included, that does not exist.
const KEY: &str = "cgok_live_000000000000_00000000000000000000000000000000000000000003P4VLR";

#[tokio::test]
async fn a_database_that_goes_away_takes_every_answer_along() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        root.signed(&S3::new("GET", "/photos/x")).await;
        app.database.destroy();

        let answer = root.sign(&S3::new("GET", "/photos/x")).await;
        answer.refused(503, "unavailable");
        answer.holds_no_signature();
        assert_eq!(app.anon().get("/livez").await.status, 200);
        if app.database.kind() == Kind::Postgres {
            eventually("not ready", async || app.anon().get("/readyz").await.status == 503).await;
        }
    })
    .await;
}

#[tokio::test]
async fn with_a_spool_a_database_that_goes_away_takes_every_answer_along_after_a_lease() {
    on_both_with(Setup::Spool, async |app| {
        app.register("photos").await;
        let (root, get) = (app.root(), S3::new("GET", "/photos/x"));
        root.signed(&get).await;
        app.database.destroy();

        let gone = Instant::now();
        loop {
            let asked = Instant::now();
            let answer = root.sign(&get).await;
            if answer.status != 200 {
                answer.refused(503, "unavailable");
                return answer.holds_no_signature();
            }
            assert!(asked < gone + MAX_STALENESS, "by what nobody could look up again");
        }
    })
    .await;
}

#[tokio::test]
async fn without_the_directory_of_its_spool_it_signs_nothing() {
    on_both_with(Setup::Spool, async |app| {
        app.register("photos").await;
        std::fs::remove_dir_all(app.spool.path()).unwrap();
        let answer = app.root().sign(&S3::new("GET", "/photos/x")).await;
        answer.refused(503, "unavailable");
        answer.holds_no_signature();
    })
    .await;
}

#[tokio::test]
async fn a_schema_that_lags_behind_is_not_ready() {
    on_both(async |app| {
        app.database.execute("DELETE FROM __diesel_schema_migrations");
        eventually("not ready", async || {
            let ready = app.anon().get("/readyz").await;
            ready.status == 503 && ready.body.contains("migrations pending")
        })
        .await;
    })
    .await;
}
