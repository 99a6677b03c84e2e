//! Limits on the disk space that refused callers can fill, and pruning.

use sail_cargo_database::testing::diesel;
use std::time::Duration;

use chrono::TimeDelta;
use diesel::deserialize::QueryableByName;
use diesel::sql_types::BigInt;
use sail_cargo_client::protocol::{
    AuditEvent, AuditQuery, Changes, Check, Outcome, Permission, PruneAudit, PrunedAudit, Readiness,
};
use serde_json::json;

use crate::harness::{
    Actor, S3, Setup, TestApp, TestDatabase, database, decision, eventually, on_both, on_both_with,
};

/// How long to wait for something that should happen.
const SOON: Duration = Duration::from_secs(30);

async fn events(actor: &Actor, query: AuditQuery) -> Vec<AuditEvent> {
    let query = AuditQuery { page_size: Some(1000), ..query };
    actor.cargo.audit_events(&query).await.unwrap().items
}

async fn refusals(app: &TestApp) -> Vec<AuditEvent> {
    let all = events(&app.root(), AuditQuery::default()).await;
    all.into_iter().filter(|event| event.outcome != Outcome::Allow).collect()
}

/// The number of requests that the events stand for.
fn total(events: &[AuditEvent]) -> u64 {
    events.iter().map(|event| event.count.unwrap_or(1)).sum()
}

/// Waits until `count` requests are on record as refused.
async fn eventually_refused(app: &TestApp, count: u64) -> Vec<AuditEvent> {
    eventually("all are on record", async || total(&refusals(app).await) == count).await;
    refusals(app).await
}

#[tokio::test]
async fn refusals_beyond_a_rate_are_one_event_and_none_is_lost() {
    on_both_with(Setup::Tight, async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        let (ada, bob, start) = (app.ada(), app.bob(), app.clock.now());
        for number in 0..10 {
            let answer = bob.sign(&S3::new("GET", &format!("/photos/{number}"))).await;
            answer.refused(403, "no_permission");
            ada.signed(&S3::new("GET", &format!("/photos/{number}"))).await;
            app.clock.advance(TimeDelta::seconds(1));
        }
        let one_by_one = refusals(app).await;
        let keys: Vec<_> = one_by_one.iter().map(|event| event.key.as_deref().unwrap()).collect();
        assert_eq!(keys, ["2", "1", "0"], "and the others when the minute is over");
        // A refusal of another kind is recorded separately.
        bob.sign(&S3::new("PUT", "/photos/x")).await.refused(403, "no_permission");

        app.clock.advance(TimeDelta::minutes(1));
        let all = eventually_refused(app, 11).await;
        let [counted, put, ..] = &all[..] else { panic!("{all:?}") };
        assert_eq!((put.action.as_str(), put.count), ("s3:PutObject", None));
        assert_eq!(
            (counted.count, counted.first_at),
            (Some(7), Some(start + TimeDelta::seconds(3)))
        );
        assert_eq!(counted.at, start + TimeDelta::seconds(9));
        assert_eq!((counted.actor.as_str(), counted.action.as_str()), ("user:bob", "s3:GetObject"));
        assert_eq!((counted.bucket.as_deref(), &counted.key), (Some("photos"), &None));
        assert!(!counted.request_id.is_empty());
        let allowed = AuditQuery { actor: Some("user:ada".to_owned()), ..AuditQuery::default() };
        assert_eq!(
            events(&app.root(), allowed).await.len(),
            10,
            "what is allowed is never counted"
        );
    })
    .await;
}

#[tokio::test]
async fn changes_that_are_refused_and_batches_are_counted_as_well() {
    on_both_with(Setup::Tight, async |app| {
        app.register("photos").await;
        for number in 0..5 {
            let path = format!("/v1/buckets/photos/grants/user-{number}");
            let grant = json!({ "permissions": ["read"] });
            let answer = app.bob().put(&path, &grant).await;
            assert!([403, 404].contains(&answer.status), "{}", answer.body);
        }
        let asks: Vec<_> = (0..8).map(|_| S3::new("PATCH", "/photos/x").0).collect();
        app.bob().post("/v1/sign/batch", &json!({ "items": asks })).await;
        app.clock.advance(TimeDelta::minutes(1));
        let all = eventually_refused(app, 13).await;
        assert_eq!(all.len(), 2 * 3 + 2, "{all:?}");
    })
    .await;
}

#[tokio::test]
async fn a_refusal_that_could_not_be_recorded_is_counted_when_it_is_asked_again() {
    on_both_with(Setup::Tight, async |app| {
        app.register("photos").await;
        let asks: Vec<_> = (0..8).map(|_| S3::new("PATCH", "/photos/x").0).collect();
        let asks = json!({ "items": asks });
        app.database.execute("ALTER TABLE audit_event RENAME TO away");
        assert_eq!(app.bob().post("/v1/sign/batch", &asks).await.status, 503);
        app.database.execute("ALTER TABLE away RENAME TO audit_event");
        assert_eq!(app.bob().post("/v1/sign/batch", &asks).await.status, 200);
        app.clock.advance(TimeDelta::minutes(1));
        eventually_refused(app, 8).await;
    })
    .await;
}

#[tokio::test]
async fn a_project_that_has_had_its_share_is_told_who_and_why_and_still_signs() {
    on_both_with(Setup::Tight, async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        for user in 0..40 {
            let user = app.user(&format!("stranger-{user}"));
            user.sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
        }
        assert_eq!(refusals(app).await.len(), 12, "its share of the day");
        for user in 0..50 {
            let user = app.user(&format!("another-{user}"));
            user.sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
        }
        app.bob().sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
        for _ in 0..20 {
            app.ada().signed(&S3::new("GET", "/photos/x")).await;
        }
        app.clock.advance(TimeDelta::minutes(10));
        let all = eventually_refused(app, 91).await;
        assert_eq!(all.len(), 12 + 64 + 1, "64 callers are told apart");
        let rest = all.iter().find(|event| event.actor == "many").unwrap();
        assert_eq!((rest.reason.as_str(), rest.count), ("no_permission", Some(15)));
        let one = all.iter().find(|event| event.actor == "user:stranger-20").unwrap();
        assert_eq!((one.reason.as_str(), one.count), ("no_permission", Some(1)));
        let signed = AuditQuery { actor: Some("user:ada".to_owned()), ..AuditQuery::default() };
        assert_eq!(events(&app.root(), signed).await.len(), 20);

        app.clock.advance(TimeDelta::days(1));
        app.bob().sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
        assert_eq!(refusals(app).await.len(), 78, "the next day is another");
    })
    .await;
}

#[tokio::test]
async fn strangers_have_a_share_too() {
    on_both_with(Setup::Tight, async |app| {
        for number in 0..30 {
            let key = key_of_nobody(number);
            app.with_key(&key).get("/v1/whoami").await.refused(401, "invalid_api_key");
        }
        app.clock.advance(TimeDelta::minutes(1));
        let failures = async || {
            let action = Some("authenticate".to_owned());
            events(&app.operator(), AuditQuery { action, ..AuditQuery::default() }).await
        };
        eventually("the first are on record", async || failures().await.len() == 12).await;
        app.clock.advance(TimeDelta::minutes(11));
        eventually("all are", async || total(&failures().await) == 30).await;
        assert_eq!(failures().await.len(), 13);
    })
    .await;
}

/// A well-formed key that does not exist.
fn key_of_nobody(number: u32) -> String {
    crate::strangers::with_another_secret(&format!("cgok_live_{number:0>12}_"))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[tokio::test]
async fn a_server_that_stops_records_what_it_has_counted() {
    for kind in database::kinds() {
        let mut app = TestApp::start(*kind, Setup::Tight).await;
        app.register("photos").await;
        for _ in 0..20 {
            app.bob().sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
        }
        let database = std::mem::replace(&mut app.database, TestDatabase::create(*kind));
        app.stop().await;
        let query = "SELECT CAST(SUM(COALESCE(count, 1)) AS BIGINT) AS number \
                     FROM audit_event WHERE outcome = 'deny'";
        let counted: Vec<Count> = database.rows(query);
        assert_eq!(counted[0].number, 20);
    }
}

#[tokio::test]
async fn while_the_disk_is_low_refusals_are_counted_only() {
    on_both_with(Setup::LowDisk, async |app| {
        if app.database.kind() == database::Kind::Postgres {
            return assert_ready(app, 200, None).await;
        }
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        app.bob().sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
        app.ada().signed(&S3::new("GET", "/photos/x")).await;
        assert_eq!(refusals(app).await, []);
        app.clock.advance(TimeDelta::minutes(10));
        eventually_refused(app, 1).await;
        assert_ready(app, 200, Some("refusals are counted only")).await;
    })
    .await;
}

#[tokio::test]
async fn without_room_for_records_nothing_is_signed_and_what_is_granted_can_be_taken() {
    on_both_with(Setup::FullDisk, async |app| {
        if app.database.kind() == database::Kind::Postgres {
            return assert_ready(app, 200, None).await;
        }
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        let answer = app.ada().sign(&S3::new("GET", "/photos/x")).await;
        answer.refused(503, "audit_disk_full");
        assert_eq!(answer.header("retry-after"), "1");
        app.bob().sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
        app.root().delete("/v1/buckets/photos/grants/ada").await.done();
        assert_ready(app, 503, Some("nothing is signed")).await;
        let old = PruneAudit { before: app.clock.now(), dry_run: false, after: None };
        prune(&app.operator(), &old).await;
    })
    .await;
}

async fn assert_ready(app: &TestApp, status: u16, detail: Option<&str>) {
    let answer = app.anon().get("/readyz").await;
    assert_eq!(answer.status, status, "{}", answer.body);
    let readiness: Readiness = serde_json::from_str(&answer.body).unwrap();
    match (readiness.checks.get("audit_room"), detail) {
        (None, None) => {}
        (Some(Check::Degraded { detail: said } | Check::Failed { detail: said }), Some(detail)) => {
            assert!(said.ends_with(detail), "{said}");
        }
        other => panic!("{other:?}"),
    }
}

async fn prune(actor: &Actor, prune: &PruneAudit) -> u64 {
    let pruned: PrunedAudit = actor.post("/v1/audit-events/prune", prune).await.ok();
    assert!(!pruned.more);
    pruned.events
}

#[tokio::test]
async fn old_events_are_removed_for_operators_and_that_is_on_record() {
    on_both(async |app| {
        let other = app.with_key(&app.make_neighbour("other").await);
        app.register("photos").await;
        // More events than one transaction removes.
        let recorder = app.recorder().await;
        let signed = |number: i32| decision(&recorder.project, &number.to_string());
        recorder.record_all((0..1200).map(signed).collect()).await.unwrap();
        app.clock.advance(TimeDelta::days(2));
        let before = app.clock.now();
        app.root().signed(&S3::new("GET", "/photos/new")).await;
        let changes: Changes = app.root().get("/v1/changes?page_size=1000").await.ok();
        let old = PruneAudit { before, dry_run: false, after: None };
        let dry = PruneAudit { dry_run: true, ..old.clone() };
        let (sail, everywhere) = (app.operator_in("sail"), app.operator());

        let count = prune(&sail, &dry).await;
        assert_eq!(prune(&sail, &dry).await, count, "nothing was removed");
        assert!(count > 1200);
        assert_eq!(prune(&sail, &old).await, count);
        let left = events(&app.root(), AuditQuery::default()).await;
        let actions: Vec<_> = left.iter().map(|event| event.action.as_str()).collect();
        assert_eq!(actions, ["audit.prune", "audit.prune", "s3:GetObject"]);
        assert!(left[0].detail.contains(&format!("removed {count} audit events")), "{left:?}");
        assert_eq!(left[0].actor, "operator");
        assert!(events(&other, AuditQuery::default()).await.len() > 1, "another project's stay");

        assert!(prune(&everywhere, &old).await > 2);
        assert_eq!(events(&other, AuditQuery::default()).await, []);
        let operators = events(&everywhere, AuditQuery::default()).await;
        assert!(operators.iter().all(|event| event.action == "audit.prune"), "{operators:?}");
        let same: Changes = app.root().get("/v1/changes?page_size=1000").await.ok();
        assert_eq!(same, changes, "the change log is not touched");
    })
    .await;
}

#[tokio::test]
async fn events_are_removed_by_operators_only_and_none_of_the_future() {
    on_both(async |app| {
        let before = app.clock.now();
        let old = PruneAudit { before, dry_run: true, after: None };
        for actor in [app.root(), app.ada()] {
            actor.post("/v1/audit-events/prune", &old).await.refused(403, "operator_only");
        }
        let future = PruneAudit { before: before + TimeDelta::seconds(1), ..old.clone() };
        let nowhere = PruneAudit { after: Some("no\0slug".to_owned()), ..old };
        for wrong in [future, nowhere] {
            let answer = app.operator().post("/v1/audit-events/prune", &wrong).await;
            answer.refused(400, "invalid_request");
        }
    })
    .await;
}

#[tokio::test]
async fn what_is_removed_in_steps_goes_on_where_it_stopped() {
    on_both(async |app| {
        for name in ["aa", "bb", "cc"] {
            app.make_neighbour(name).await;
        }
        app.clock.advance(TimeDelta::days(2));
        let (recorder, before, context) = (app.recorder().await, app.clock.now(), app.context());
        let store = &recorder.store;
        let step = async |after| {
            store.audit().prune((None, after), before, Duration::ZERO, &context).await.unwrap()
        };
        // A step is one transaction. Two steps each for the events without a project and for four
        // projects; the second of each finds nothing.
        let (mut place, mut steps) = (None, 1);
        loop {
            let pruned = step(place).await;
            if !pruned.more {
                assert_eq!(pruned.next, None);
                break;
            }
            (place, steps) = (pruned.next, steps + 1);
            assert!(steps <= 10, "it comes to no end: {place:?}");
        }
        let left = store.audit().count_prunable(None, before, SOON).await.unwrap();
        assert_eq!((left.events, left.more), (0, false));
    })
    .await;
}

#[tokio::test]
async fn what_is_counted_for_long_enough_is_at_least_so_much() {
    on_both(async |app| {
        app.clock.advance(TimeDelta::days(2));
        let (recorder, before) = (app.recorder().await, app.clock.now());
        let counted =
            recorder.store.audit().count_prunable(None, before, Duration::ZERO).await.unwrap();
        assert_eq!((counted.events, counted.more), (0, true));
        let counted = recorder.store.audit().count_prunable(None, before, SOON).await.unwrap();
        assert!(counted.events > 0 && !counted.more, "{counted:?}");
    })
    .await;
}

#[tokio::test]
async fn while_others_record_old_events_are_removed_all_the_same() {
    on_both(async |app| {
        let recorder = app.recorder().await;
        let signed = |number: i32| decision(&recorder.project, &number.to_string());
        recorder.record_all((0..5000).map(signed).collect()).await.unwrap();
        app.clock.advance(TimeDelta::days(2));
        let before = app.clock.now();
        let recording = app.recorder().await;
        let recording = tokio::spawn(async move {
            loop {
                recording.record(&["new"]).await.unwrap();
            }
        });
        let old = PruneAudit { before, dry_run: false, after: None };
        let (sail, mut removed) = (app.operator_in("sail"), 0);
        loop {
            let pruned: PrunedAudit = sail.post("/v1/audit-events/prune", &old).await.ok();
            removed += pruned.events;
            if !pruned.more {
                break;
            }
        }
        assert!(removed >= 5000, "{removed}");
        recording.abort();
        assert!(recording.await.unwrap_err().is_cancelled(), "nobody who records is refused");
    })
    .await;
}
