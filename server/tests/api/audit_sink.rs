//! The writer of audit events: many calls share a commit, and each succeeds or fails by itself.

use sail_cargo_database::testing::diesel;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::deserialize::QueryableByName;
use diesel::sql_types::BigInt;
use futures_util::future::{join, join_all};
use sail_cargo_database::DatabaseError;
use sail_cargo_server::audit::AuditError;
use sail_cargo_server::domain::ProjectId;

use crate::harness::{Kind, decision, eventually, on_both};

/// The capacity of the queue, in batches: see `audit/queue.rs`.
const ROOM: usize = 1024;

/// A project that does not exist, so that the database refuses its events.
fn nobodys() -> ProjectId {
    ProjectId::parse("00000000-0000-4000-8000-000000000000").unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_records_at_the_same_time_finds_all_of_it_in_order() {
    on_both(async |app| {
        let recorder = app.recorder().await;
        recorder.record(&["first"]).await.unwrap();
        let calls = join_all((0..400).map(async |call| {
            let objects = [format!("{call}/a"), format!("{call}/b")];
            recorder.record(&[&objects[0], &objects[1]]).await
        }));
        assert!(calls.await.iter().all(Result::is_ok));
        recorder.record(&["last"]).await.unwrap();

        let listed = recorder.listed().await;
        assert_eq!(listed.len(), 802);
        assert_eq!((listed[0].as_str(), listed[801].as_str()), ("first", "last"));
        for call in 0..400 {
            let place = |half: &str| {
                listed.iter().position(|object| *object == format!("{call}/{half}")).unwrap()
            };
            assert!(place("a") < place("b"), "call {call}");
        }
    })
    .await;
}

#[tokio::test]
async fn one_that_cannot_be_stored_fails_alone_and_whole() {
    on_both(async |app| {
        let recorder = app.recorder().await;
        let barrier = app.database.barrier();
        let calls = join_all((0..50).map(async |call: usize| {
            let object = call.to_string();
            let mut decisions = vec![decision(&recorder.project, &object)];
            if call == 25 {
                decisions.push(decision(&nobodys(), &object));
            }
            recorder.record_all(decisions).await
        }));
        // All calls wait before the first is written.
        let (told, ()) = join(calls, async { drop(barrier) }).await;
        for (call, told) in told.iter().enumerate() {
            let refused = matches!(told, Err(AuditError::Database(DatabaseError::Conflict(_))));
            assert_eq!((refused, told.is_ok()), (call == 25, call != 25), "{call}: {told:?}");
        }
        let listed = recorder.listed().await;
        assert_eq!(listed.len(), 49);
        assert!(!listed.contains(&"25".to_owned()), "all of a call or nothing");
    })
    .await;
}

/// PostgreSQL records for each row the transaction that wrote it.
#[derive(QueryableByName)]
struct Transactions {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[tokio::test]
async fn those_who_wait_share_a_transaction() {
    on_both(async |app| {
        let recorder = app.recorder().await;
        let barrier = app.database.barrier();
        let calls = join_all((0..100).map(async |_| recorder.record(&["x"]).await));
        let (told, ()) = join(calls, async { drop(barrier) }).await;
        assert!(told.iter().all(Result::is_ok));
        assert_eq!(recorder.listed().await.len(), 100);
        if app.database.kind() == Kind::Postgres {
            let count = "SELECT count(DISTINCT xmin::text) AS count FROM audit_event \
                         WHERE action = 's3:GetObject'";
            let found: Vec<Transactions> = app.database.rows(count);
            assert!(found[0].count <= 2, "the first may be alone: {}", found[0].count);
        }
    })
    .await;
}

#[tokio::test]
async fn when_too_many_wait_the_next_is_turned_away() {
    on_both(async |app| {
        let recorder = app.recorder().await;
        let barrier = app.database.barrier();
        let refused = AtomicUsize::new(0);
        let calls = join_all((0..ROOM + 7).map(async |_| {
            let told = recorder.record(&["x"]).await;
            if let Err(AuditError::Database(DatabaseError::Unavailable(_))) = told {
                refused.fetch_add(1, Ordering::Relaxed);
            }
            told.is_ok()
        }));
        let (told, ()) = join(calls, async {
            eventually("seven are turned away", async || refused.load(Ordering::Relaxed) == 7)
                .await;
            drop(barrier);
        })
        .await;
        assert_eq!(told.iter().filter(|ok| **ok).count(), ROOM);
        assert_eq!(recorder.listed().await.len(), ROOM);
        recorder.record(&["y"]).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_database_that_comes_back_is_written_to_again() {
    on_both(async |app| {
        let recorder = app.recorder().await;
        app.database.execute("ALTER TABLE audit_event RENAME TO elsewhere");
        let told = join_all((0..20).map(async |_| recorder.record(&["lost"]).await)).await;
        assert!(
            told.iter().all(|told| matches!(
                told,
                Err(AuditError::Database(DatabaseError::Unavailable(_)))
            ))
        );
        app.database.execute("ALTER TABLE elsewhere RENAME TO audit_event");
        recorder.record(&["found"]).await.unwrap();
        assert_eq!(recorder.listed().await, ["found"]);
    })
    .await;
}
