//! The server says how it is, and goes on without the auth service as far as that is right.

use chrono::TimeDelta;
use sail_cargo_client::protocol::{Check, Readiness};

use crate::harness::{Form, KEYS, Setup, TestApp, eventually, on_both, on_both_with};

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
        // Nobody can say whether this is a new key of the service's.
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
