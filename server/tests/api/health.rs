//! Readiness reports failures, and the server works without the auth service as far as it safely
//! can.

use sail_cargo_database::testing::diesel;
use std::panic::Location;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use sail_cargo_client::protocol::{Check, Readiness};

use crate::harness::{
    Form, KEYS, Kind, S3, Setup, TestApp, eventually, logs, on_both, on_both_with,
};

async fn readiness(app: &TestApp) -> (u16, Readiness) {
    let answer = app.anon().get("/readyz").await;
    (answer.status, serde_json::from_str(&answer.body).unwrap())
}

#[tokio::test]
async fn everybody_may_ask_whether_it_lives_and_which_release_it_is() {
    on_both(async |app| {
        let live = app.anon().get("/livez").await;
        assert_eq!((live.status, live.body.as_str()), (200, "alive\n"));
        app.anon().cargo.live().await.unwrap();
        let version = app.anon().cargo.version().await.unwrap();
        assert_eq!(version.name, "sail-cargo");
        assert_eq!(version.version, env!("CARGO_PKG_VERSION"));
    })
    .await;
}

#[tokio::test]
async fn it_is_ready_when_the_database_and_the_keys_are() {
    on_both(async |app| {
        eventually("ready", async || app.anon().cargo.ready().await.unwrap().ready).await;
        let (status, readiness) = readiness(app).await;
        assert_eq!(status, 200);
        assert_eq!(readiness.checks["database"], Check::Ok);
        assert_eq!(readiness.checks["auth_keys"], Check::Ok);
    })
    .await;
}

#[tokio::test]
async fn an_auth_service_that_is_down_at_start_keeps_out_users_and_nobody_else() {
    on_both_with(Setup::AuthDown, async |app| {
        assert_eq!(app.anon().get("/livez").await.status, 200);
        assert_eq!(app.root().get("/v1/whoami").await.status, 200);
        assert_eq!(app.operator().get("/v1/whoami").await.status, 200);

        let refused = app.ada().get("/v1/whoami").await;
        refused.refused(503, "keys_unavailable");
        assert_eq!(refused.header("retry-after"), "1");

        let (status, readiness) = readiness(app).await;
        assert_eq!((status, readiness.ready), (503, false));
        assert!(matches!(readiness.checks["auth_keys"], Check::Failed { .. }), "{readiness:?}");
        assert_eq!(readiness.checks["database"], Check::Ok);
    })
    .await;
}

#[tokio::test]
async fn an_auth_service_that_comes_back_is_found_without_being_asked_for() {
    on_both_with(Setup::AuthDown, async |app| {
        app.ada().get("/v1/whoami").await.refused(503, "keys_unavailable");

        app.auth.publish(Form::Jwks, &[&KEYS[0]]);

        eventually("ready again", async || readiness(app).await.0 == 200).await;
        assert_eq!(app.ada().get("/v1/whoami").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn a_user_who_comes_after_it_is_back_need_not_wait() {
    on_both_with(Setup::AuthDown, async |app| {
        app.ada().get("/v1/whoami").await.refused(503, "keys_unavailable");

        app.auth.publish(Form::Jwks, &[&KEYS[0]]);
        app.clock.advance(TimeDelta::seconds(30));

        assert_eq!(app.ada().get("/v1/whoami").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn an_auth_service_that_goes_down_later_is_a_worry_and_no_more() {
    on_both(async |app| {
        assert_eq!(app.ada().get("/v1/whoami").await.status, 200);

        app.auth.go_down();
        app.clock.advance(TimeDelta::seconds(31));
        // The auth service may have introduced this key meanwhile.
        let stranger = app.token("eve").signed_by(&KEYS[2]);
        let unknown = app.with_token(&stranger).get("/v1/whoami").await;
        unknown.refused(503, "keys_unavailable");
        assert_eq!(unknown.header("retry-after"), "1");

        assert_eq!(app.ada().get("/v1/whoami").await.status, 200, "the keys before are in use");
        let (status, readiness) = readiness(app).await;
        assert_eq!((status, readiness.ready), (200, true));
        assert!(matches!(readiness.checks["auth_keys"], Check::Degraded { .. }), "{readiness:?}");
    })
    .await;
}

#[tokio::test]
async fn keys_that_nobody_confirmed_for_a_day_verify_nothing() {
    on_both(async |app| {
        assert_eq!(app.ada().get("/v1/whoami").await.status, 200);

        app.auth.go_down();
        app.clock.advance(TimeDelta::hours(24));

        app.ada().get("/v1/whoami").await.refused(503, "keys_unavailable");
        assert_eq!(readiness(app).await.0, 503);
        assert_eq!(app.root().get("/v1/whoami").await.status, 200);
    })
    .await;
}

/// Waits until the check `name` has this status, and returns its message.
#[track_caller]
fn told(app: &TestApp, name: &'static str, status: &'static str) -> impl Future<Output = String> {
    let deadline = Instant::now() + Duration::from_secs(30);
    let place = Location::caller();
    async move {
        loop {
            let (_, readiness) = readiness(app).await;
            let check = serde_json::to_value(readiness.checks.get(name)).unwrap();
            if check["status"] == status {
                return check["detail"].as_str().unwrap_or_default().to_owned();
            }
            assert!(Instant::now() < deadline, "{place}: never {status}: {name}: {readiness:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

#[tokio::test]
async fn what_cannot_be_recorded_is_seen_before_anybody_asks_and_so_is_that_it_can_again() {
    on_both(async |app| {
        app.database.execute("ALTER TABLE audit_event RENAME TO elsewhere");
        let sentence = told(app, "database", "failed").await;
        assert!(sentence.contains("lacks a table"), "{sentence}");
        app.database.execute("ALTER TABLE elsewhere RENAME TO audit_event");
        told(app, "database", "ok").await;
        assert_eq!(readiness(app).await.0, 200);
    })
    .await;
}

#[tokio::test]
async fn a_verdict_that_was_not_recorded_is_told_until_one_could_be() {
    on_both(async |app| {
        app.register("photos").await;
        let refuse = match app.database.kind() {
            Kind::Sqlite => {
                "CREATE TRIGGER full_disk BEFORE INSERT ON audit_event \
                 BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END"
            }
            Kind::Postgres => {
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS \
                 'BEGIN RAISE ''could not extend file: No space left on device''; END'; \
                 CREATE TRIGGER full_disk BEFORE INSERT ON audit_event \
                 FOR EACH ROW EXECUTE FUNCTION full_disk()"
            }
        };
        app.database.execute(refuse);
        app.root().sign(&S3::new("GET", "/photos/x")).await.refused(503, "unavailable");
        let sentence = told(app, "audit", "failed").await;
        assert_eq!(sentence, "verdicts are not recorded: the disk is full");
        assert_eq!(told(app, "database", "failed").await, "the disk is full");

        app.database.execute(match app.database.kind() {
            Kind::Sqlite => "DROP TRIGGER full_disk",
            Kind::Postgres => "DROP TRIGGER full_disk ON audit_event",
        });
        eventually("ready", async || readiness(app).await.0 == 200).await;
    })
    .await;
}

#[tokio::test]
async fn a_trial_leaves_no_event() {
    on_both(async |app| {
        let trials = "SELECT id AS text FROM audit_event WHERE action = 'server.trial'";
        assert_eq!(told(app, "database", "ok").await, "");
        app.sees.examine(Some(app.clock.now())).await.unwrap();
        assert!(app.database.rows::<Row>(trials).is_empty());
    })
    .await;
}

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = diesel::sql_types::Text)]
    #[expect(dead_code, reason = "there are none")]
    text: String,
}

#[tokio::test]
async fn a_spool_without_its_directory_is_not_ready_before_anybody_asks() {
    on_both_with(Setup::Spool, async |app| {
        std::fs::remove_dir_all(app.spool.path()).unwrap();
        let sentence = told(app, "audit", "failed").await;
        assert!(sentence.contains("the spool's directory is gone"), "{sentence}");
        assert_eq!(readiness(app).await.0, 503);
        std::fs::create_dir(app.spool.path()).unwrap();
        told(app, "audit", "ok").await;
        app.register("photos").await;
        app.root().signed(&S3::new("GET", "/photos/x")).await;
    })
    .await;
}

#[tokio::test]
async fn a_master_key_that_opens_no_secret_is_told() {
    on_both(async |app| {
        assert_eq!(told(app, "master_key", "ok").await, "");
        app.make_store("spare").await;
        let id = app.secrets.master_key_id();
        app.database
            .execute("UPDATE store SET sealed_with = '0123456789abcdef' WHERE name = 'main'");
        let sentence = told(app, "master_key", "degraded").await;
        assert_eq!(sentence, "it does not decrypt the secrets of 1 stores");
        assert_eq!(readiness(app).await.0, 200, "the others' requests are signed");
        app.database.execute("UPDATE store SET sealed_with = '0123456789abcdef'");
        told(app, "master_key", "failed").await;
        assert_eq!(readiness(app).await.0, 503);
        let said = logs::lines_with(&id);
        assert!(said.iter().any(|line| line.contains("0123456789abcdef")), "{said:?}");
    })
    .await;
}

#[tokio::test]
async fn a_schema_one_step_ahead_is_served_and_told() {
    on_both(async |app| {
        app.database
            .execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('00000000000999')");
        let sentence = told(app, "schema", "degraded").await;
        assert!(sentence.contains("00000000000999"), "{sentence}");
        assert_eq!(readiness(app).await.0, 200);
        app.register("photos").await;
    })
    .await;
}

#[tokio::test]
async fn damaged_pages_are_told() {
    // Damaged pages of PostgreSQL cannot be produced from here.
    let app = TestApp::start(Kind::Sqlite, Setup::NothingRemembered).await;
    app.register("photos").await;
    let get = S3::new("GET", "/photos/x");
    app.root().signed(&get).await;
    app.database.damage("grant_");
    // Only requests that read the damaged page are refused.
    app.ada().sign(&get).await.refused(503, "unavailable");
    let sentence = told(&app, "database", "degraded").await;
    assert!(sentence.contains("damage"), "{sentence}");
    app.database.damage("audit_event");
    assert_eq!(told(&app, "database", "failed").await, "the database is damaged");
    assert_eq!(readiness(&app).await.0, 503);
    app.stop().await;
}
