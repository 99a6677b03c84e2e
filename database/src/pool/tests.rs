use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection as _;

use super::state::State;
use super::{Job, Pool, QueryHandle, Waiter};
use crate::connection::{DbConnection, Manager};
use crate::error::DatabaseError;
use crate::patience::StatementPatience;
use crate::url::DatabaseUrl;

const LIMIT: Duration = Duration::from_millis(800);

fn pool(size: u32) -> Pool {
    Pool::new(Manager::within(DatabaseUrl::Sqlite(":memory:".into()), LIMIT).into(), size)
}

/// A query that blocks its thread until the sender is dropped.
fn stuck(pool: &Pool, patience: StatementPatience) -> (Sender<()>, Receiver<()>, QueryHandle<()>) {
    let (release, held) = channel::<()>();
    let (began, begun) = channel();
    let asked = ask(pool, patience, move |_| {
        began.send(()).ok();
        held.recv().ok();
        Ok(())
    });
    (release, begun, asked)
}

fn ask<T: Send + 'static>(
    pool: &Pool,
    patience: StatementPatience,
    query: impl FnOnce(&mut DbConnection) -> Result<T, DatabaseError> + Send + 'static,
) -> QueryHandle<T> {
    pool.ask(patience, query)
}

fn cause<T>(answer: Result<T, DatabaseError>) -> String {
    answer.map(|_| "an answer").unwrap_err().cause()
}

fn is_answered(pool: &Pool) -> bool {
    ask(pool, StatementPatience::Short, |_| Ok(())).wait().is_ok()
}

fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(10), "never: {what}");
        std::thread::yield_now();
    }
}

#[test]
fn the_caller_of_a_hanging_query_gets_an_error_and_another_thread_takes_over() {
    let pool = pool(1);
    let (release, begun, asked) = stuck(&pool, StatementPatience::Short);
    begun.recv().unwrap();
    assert_eq!(cause(asked.wait()), "the database did not answer in time");
    assert!(is_answered(&pool));
    assert_eq!(pool.shared().lock().abandoned(), 1);
    drop(release);
    until("it comes back", || pool.shared().lock().abandoned() == 0);
}

#[test]
fn the_caller_of_too_many_statements_gets_an_error_and_the_connection_stays() {
    let pool = pool(1);
    let (release, held) = channel::<()>();
    let asked = ask(&pool, StatementPatience::Short, move |connection| {
        while held.try_recv() == Err(TryRecvError::Empty) {
            connection.batch_execute("SELECT 1")?;
        }
        Ok(())
    });
    let begun = Instant::now();
    assert_eq!(cause(asked.wait()), "the database takes too long");
    assert!(begun.elapsed() >= 2 * LIMIT);
    assert_eq!(pool.shared().lock().abandoned(), 0);
    drop(release);
    until("it is free again", || is_answered(&pool));
}

#[test]
fn the_number_of_abandoned_threads_is_limited() {
    let pool = pool(1);
    let mut held = Vec::new();
    for _ in 0..2 {
        let (release, begun, asked) = stuck(&pool, StatementPatience::Short);
        begun.recv().unwrap();
        assert!(asked.wait().is_err());
        held.push(release);
    }
    let begun = Instant::now();
    let told = cause(ask(&pool, StatementPatience::Short, |_| Ok(())).wait());
    assert_eq!(told, "2 connections wait for the database's answer");
    assert!(begun.elapsed() < LIMIT, "nobody queues for them");
    held.pop();
    until("one comes back", || is_answered(&pool));
}

#[test]
fn long_queries_leave_half_of_the_connections_to_others() {
    let pool = pool(2);
    let (release, begun, first) = stuck(&pool, StatementPatience::Long);
    begun.recv().unwrap();
    let (second_release, second_begun, second) = stuck(&pool, StatementPatience::Long);
    until("a hand waits, and may not take the second", || pool.shared().lock().idle() == 1);
    assert!(is_answered(&pool));
    assert!(second_begun.try_recv().is_err(), "it waits for the first");
    drop(release);
    first.wait().unwrap();
    second_begun.recv().unwrap();
    drop(second_release);
    second.wait().unwrap();
}

/// A job with many statements is not overdue if its patience is long.
#[test]
fn a_long_job_may_have_many_statements() {
    let pool = pool(1);
    let asked = ask(&pool, StatementPatience::Long, |connection| {
        let begun = Instant::now();
        while begun.elapsed() < 4 * LIMIT {
            assert!(connection.answers());
        }
        Ok(())
    });
    asked.wait().unwrap();
    assert_eq!(pool.shared().lock().abandoned(), 0);
}

#[test]
fn a_job_waits_a_second_for_a_connection_and_is_refused() {
    let manager = Manager::within(DatabaseUrl::Sqlite(":memory:".into()), Duration::from_secs(5));
    let pool = Pool::new(manager.into(), 1);
    let (release, begun, first) = stuck(&pool, StatementPatience::Short);
    begun.recv().unwrap();
    let waited = Instant::now();
    let told = cause(ask(&pool, StatementPatience::Short, |_| Ok(())).wait());
    assert_eq!(told, "no connection to the database is free");
    assert!(waited.elapsed() < Duration::from_secs(3), "{:?}", waited.elapsed());
    drop(release);
    first.wait().unwrap();
    assert!(is_answered(&pool));
}

#[test]
fn a_job_without_a_caller_is_not_started() {
    let pool = pool(1);
    let (release, begun, first) = stuck(&pool, StatementPatience::Short);
    begun.recv().unwrap();
    let (done, is_done) = channel();
    drop(ask(&pool, StatementPatience::Short, move |_| {
        done.send(()).unwrap();
        Ok(())
    }));
    drop(release);
    first.wait().unwrap();
    assert!(is_answered(&pool));
    assert!(is_done.try_recv().is_err());
}

#[test]
fn a_query_that_panics_does_not_harm_the_pool() {
    let pool = pool(1);
    let asked: QueryHandle<()> =
        ask(&pool, StatementPatience::Short, |_| panic!("a test breaks it"));
    assert_eq!(cause(asked.wait()), "a query panicked");
    assert!(is_answered(&pool));
}

#[test]
fn while_nothing_can_be_reached_one_at_a_time_tries() {
    let nowhere = tempfile::tempdir().unwrap();
    let file = nowhere.path().join("not/there.db");
    let pool = Pool::new(Manager::within(DatabaseUrl::Sqlite(file.clone()), LIMIT).into(), 4);
    assert!(!is_answered(&pool));
    assert!(pool.shared().lock().hands() <= 2);
    let all: Vec<_> = (0..8).map(|_| ask(&pool, StatementPatience::Short, |_| Ok(()))).collect();
    assert!(all.into_iter().all(|asked| asked.wait().is_err()));
    assert!(pool.shared().lock().hands() <= 3, "none of them was hired for");
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    until("it is tried again", || is_answered(&pool));
}

#[test]
fn dropping_a_pool_closes_its_connections() {
    let directory = tempfile::tempdir().unwrap();
    let url = DatabaseUrl::Sqlite(directory.path().join("some.db"));
    let pool = Pool::new(Manager::within(url, LIMIT).into(), 2);
    assert!(is_answered(&pool));
    let shared = pool.shared().clone();
    let (release, begun, asked) = stuck(&pool, StatementPatience::Long);
    begun.recv().unwrap();
    drop(release);
    asked.wait().unwrap();
    drop(pool);
    assert_eq!(shared.lock().hands(), 0);
}

struct Nobody;

impl Waiter for Nobody {
    fn refuse(&self, _: DatabaseError) {}

    fn is_gone(&self) -> bool {
        false
    }
}

/// A thread that is at a job, with a connection that answers.
fn at_work(state: &mut State, patience: StatementPatience) {
    let (id, _) = state.hire();
    state.queue(Job::new(patience, Arc::new(Nobody), |_| true));
    assert!(state.take(id, 4).is_some());
    state.is_well(id, state.generation());
}

/// Gives up what is at jobs of this patience.
fn lose(state: &mut State, lost: StatementPatience) {
    let limit = |patience| if patience == lost { Duration::ZERO } else { Duration::MAX };
    while state.abandon(limit, Instant::now()).is_empty() {
        std::thread::yield_now();
    }
}

/// It says nothing about those that were opened since.
#[test]
fn a_connection_that_was_distrusted_is_no_reason_to_give_up_those_that_came_after_it() {
    let mut state = State::new(Instant::now());
    at_work(&mut state, StatementPatience::Long);
    at_work(&mut state, StatementPatience::Short);
    lose(&mut state, StatementPatience::Short);
    assert_eq!(state.generation(), 1, "the other one is as old");
    let (third, _) = state.hire();
    state.is_well(third, 1);
    lose(&mut state, StatementPatience::Long);
    assert!(!state.is_down());
    assert_eq!(state.generation(), 1);
    // One of the present generation has the third distrusted.
    at_work(&mut state, StatementPatience::Short);
    lose(&mut state, StatementPatience::Short);
    assert_eq!(state.generation(), 2);
    // What was opened before that is not good for having been opened.
    state.is_well(third, 1);
    let (fourth, _) = state.hire();
    state.queue(Job::new(StatementPatience::Short, Arc::new(Nobody), |_| true));
    assert!(state.take(fourth, 4).is_some());
    lose(&mut state, StatementPatience::Short);
    assert!(state.is_down(), "nobody has a connection, and none can be opened");
}
