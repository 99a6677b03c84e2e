//! Loops of requests while something is taken away: how long the last answer comes after the acknowledgement
//! (G7).

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use super::last_look::Taken;
use super::witness::Witness;
use crate::gateway_stack::{BUCKET, GatewayStack};
use crate::raw::{Connection, Signer};
use crate::storages::{Kind, Storage};

/// How old what the server remembers may be.
const MAX_STALENESS: Duration = Duration::from_secs(1);
/// Requests under way at a time.
const CLIENTS: usize = 8;

/// Asks until it is refused: when the last request that was answered 200 began, and the refusal.
async fn ask(test: Arc<GatewayStack>, by: Signer) -> (Instant, (u16, String)) {
    let mut last = Instant::now();
    let mut connection = Connection::open(test.gateway()).await;
    loop {
        let begun = Instant::now();
        connection.say(&by.ask("GET", "/photos/kept").signed().head()).await;
        let Some(answer) = connection.answer("GET").await else {
            connection = Connection::open(test.gateway()).await;
            continue;
        };
        if answer.status != 200 {
            return (last, answer.said());
        }
        last = begun;
    }
}

#[tokio::test]
async fn g7_no_request_is_answered_longer_than_max_staleness_after_its_right_was_taken_away() {
    let storage = Storage::start(Kind::Embedded).await.unwrap();
    let (test, witness) = (Arc::new(GatewayStack::before(&storage).await), Witness::of(&storage));
    witness.put(BUCKET, "kept", b"kept").await;
    for taken in Taken::ALL {
        let holder = taken.user(&test).await;
        let first = test.send(&holder.signer.ask("GET", "/photos/kept").signed()).await;
        assert_eq!(first.status, 200, "{taken:?}: {}", first.text());
        let clients =
            (0..CLIENTS).map(|_| tokio::spawn(ask(Arc::clone(&test), holder.signer.clone())));
        let clients: Vec<_> = clients.collect();
        holder.take(&test).await;
        let acknowledged = Instant::now();
        let mut latest = Duration::ZERO;
        for ended in join_all(clients).await {
            let (last, said) = ended.unwrap();
            let (status, code) = taken.code();
            assert_eq!(said, (status, code.to_owned()), "{taken:?}");
            latest = latest.max(last.saturating_duration_since(acknowledged));
        }
        println!(
            "{taken:?}: the last request answered 200 began {latest:?} after the acknowledgement"
        );
        assert!(latest <= MAX_STALENESS, "{taken:?}: {latest:?}");
    }
}
