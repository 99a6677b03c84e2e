//! Three replicas on one PostgreSQL while the network and the machines fail at random.
//!
//! Needs `TEST_POSTGRES_URL`. `CHAOS_SECONDS` sets the duration (default 10), `CHAOS_SEED` the
//! faults (default: a random seed, which is printed). A run of an hour:
//!
//! ```sh
//! CHAOS_SECONDS=3600 scripts/postgres run cargo test -p sail-cargo-server --test chaos
//! ```
#![allow(missing_docs, clippy::unwrap_used)]

mod ask;
mod boot;
mod cells;
mod clients;
mod cluster;
#[path = "../dice/mod.rs"]
mod dice;
#[path = "../faults/mod.rs"]
mod faults;
#[path = "../api/harness/mod.rs"]
#[expect(dead_code, unused_imports, reason = "what the other tests need of it")]
mod harness;
mod ledger;
mod plan;
mod proxy;
mod replica;
mod report;
#[path = "../served/mod.rs"]
#[expect(dead_code, reason = "what the other tests need of it")]
mod served;
mod stream;
mod troubles;

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio::task::JoinSet;

use ask::PATIENCE;
use cluster::Cluster;
use dice::Dice;
use harness::{Kind, database};
use plan::Plan;
use replica::{DRAIN, Replica};

/// The number of signers at each replica, and of writers in total.
const SIGNERS: usize = 2;
const WRITERS: usize = 8;
/// How long a server may take to exit beyond the time for its requests.
const ENDS: Duration = Duration::from_secs(5);

/// Whatever fails: every request is answered, no acknowledged change is lost, no signature uses
/// outdated data, and a recovered replica signs.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn replicas_keep_their_promises_while_all_around_them_fails() {
    if !database::kinds().contains(&Kind::Postgres) {
        return;
    }
    let run = Duration::from_secs(setting("CHAOS_SECONDS").unwrap_or(10));
    let seed = setting("CHAOS_SEED").unwrap_or_else(|| uuid::Uuid::new_v4().as_u64_pair().0 >> 32);
    let cluster = Arc::new(Cluster::begin().await);
    cluster.report.note(format!("CHAOS_SEED={seed} CHAOS_SECONDS={}", run.as_secs()));
    let lags = tokio::spawn({
        let cluster = cluster.clone();
        async move { cluster.report.feel_lags().await }
    });
    play(&cluster, seed, run).await;
    end(&cluster).await;
    cluster.audit();
    lags.abort();
    lags.await.unwrap_err();
    close(&cluster, seed, run);
}

/// Runs the clients and the faults. Returns when all clients have their answers.
async fn play(cluster: &Arc<Cluster>, seed: u64, run: Duration) {
    let end = Instant::now() + run;
    let (last, seen) = watch::channel(None);
    let mut dice = Dice::seeded(seed);
    let mut own = || Dice::seeded(dice.roll(usize::MAX) as u64);
    let (mut clients, mut streams, mut troubles) = (JoinSet::new(), JoinSet::new(), JoinSet::new());
    for replica in 0..cluster.replicas.len() {
        for _ in 0..SIGNERS {
            clients.spawn(clients::sign(cluster.clone(), replica, own()));
        }
        clients.spawn(clients::check(cluster.clone(), replica, own()));
        streams.spawn(stream::read(cluster.clone(), replica, seen.clone()));
        let plan = Plan::new(seed, replica, run);
        troubles.spawn(troubles::happen(cluster.clone(), replica, plan, end));
    }
    for writer in 0..WRITERS {
        clients.spawn(clients::write(cluster.clone(), writer, own()));
    }
    troubles.join_all().await;
    cluster.report.note("nothing fails any more");
    cluster.close();
    clients.join_all().await;
    let waiting = std::mem::take(&mut *cluster.waiting.lock().unwrap());
    waiting.join_all().await;
    cluster.report.note("all have their answers");
    last.send_replace(Some(cluster.head()));
    if tokio::time::timeout(2 * PATIENCE, streams.join_all()).await.is_err() {
        cluster.report.violation("incomplete stream", "not every change was told in the end");
    }
}

/// Stops the replicas, and has the spooled events written.
async fn end(cluster: &Cluster) {
    join_all(cluster.replicas.iter().map(|replica| ends(cluster, replica))).await;
    cluster.report.note("all have ended");
    let spooling = cluster.replicas.iter().filter(|replica| replica.spooled() > 0);
    for replica in spooling {
        cluster.report.count("spools left to the next process");
        replica.start().await.unwrap();
        let begun = Instant::now();
        while replica.spooled() > 0 && begun.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        ends(cluster, replica).await;
        if replica.spooled() > 0 {
            cluster.report.violation("full spool", format!("of replica {}", replica.number));
        }
    }
}

async fn ends(cluster: &Cluster, replica: &Replica) {
    let begun = Instant::now();
    let has_ended = replica.end(DRAIN + ENDS).await;
    cluster.report.longest("an end", begun.elapsed());
    if !has_ended {
        cluster.report.violation("no end", format!("of replica {}", replica.number));
    }
}

/// Prints the report, and fails if there was a violation.
fn close(cluster: &Cluster, seed: u64, run: Duration) {
    cluster.report.print();
    let violations = cluster.report.violations();
    if violations == 0 {
        return;
    }
    let files = cluster.keep_files();
    panic!(
        "{violations} violations; again with CHAOS_SEED={seed} CHAOS_SECONDS={}; logs are in {}",
        run.as_secs(),
        files.display()
    );
}

#[expect(clippy::disallowed_methods, reason = "tests are told so how long and how")]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}
