//! Clients that send requests to the replicas all the time.

use std::sync::Arc;

use reqwest::Method;
use serde_json::json;

use crate::ask::Heard;
use crate::boot;
use crate::cells::Cell;
use crate::cluster::{BUCKET, Cluster, Written, pause};
use crate::dice::Dice;
use sail_cargo_server::domain::Revision;

/// The number of grants created and deleted per user.
const ROUNDS: usize = 4;

/// Requests signatures from one replica, whether it is stopped or not.
pub(crate) async fn sign(cluster: Arc<Cluster>, replica: usize, mut dice: Dice) {
    while !cluster.is_over() {
        cluster.sign_as_some(&cluster.replicas[replica], &mut dice).await;
        pause(&mut dice, 5, 60).await;
    }
}

/// Sends checks to one replica.
pub(crate) async fn check(cluster: Arc<Cluster>, replica: usize, mut dice: Dice) {
    while !cluster.is_over() {
        if let Some(cell) = cluster.some_cell(&mut dice) {
            cluster.check(&cluster.replicas[replica], &cell).await;
        }
        pause(&mut dice, 20, 100).await;
    }
}

/// Creates and deletes grants of users, each time at another replica. A user with a change of
/// unknown outcome gets no further grant, because that change may take effect late.
pub(crate) async fn write(cluster: Arc<Cluster>, name: usize, mut dice: Dice) {
    for number in 0.. {
        let cell = Cluster::new_cell(format!("u{name}-{number}"));
        let mut rounds = 0;
        while rounds < ROUNDS && !cluster.is_over() && give(&cluster, &cell, &mut dice).await {
            if rounds == 0 {
                cluster.show(&cell);
            }
            pause(&mut dice, 200, 3_000).await;
            let is_sure = take(&cluster, &cell, &mut dice).await;
            pause(&mut dice, 1_200, 3_000).await;
            rounds = if is_sure { rounds + 1 } else { ROUNDS };
        }
        if cluster.is_over() {
            return;
        }
        pause(&mut dice, 50, 200).await;
    }
}

/// Creates the grant. Returns whether that is acknowledged.
async fn give(cluster: &Cluster, cell: &Cell, dice: &mut Dice) -> bool {
    cell.begin();
    let replica = cluster.some_replica(dice);
    let put = cluster.as_root(replica, Method::PUT, &path(cell));
    let heard = cluster.ask(replica, "grant", put.json(&json!({ "permissions": ["read"] }))).await;
    let Some(heard) = heard.filter(|heard| heard.status == 200) else { return false };
    cell.given(boot::now());
    remember(cluster, cell, &heard, true);
    true
}

/// Deletes the grant, repeatedly until that is acknowledged or the run is over. Returns whether the
/// first attempt succeeded.
async fn take(cluster: &Cluster, cell: &Cell, dice: &mut Dice) -> bool {
    cell.begin();
    let mut is_first = true;
    loop {
        let replica = cluster.some_replica(dice);
        let delete = cluster.as_root(replica, Method::DELETE, &path(cell));
        let heard = cluster.ask(replica, "revoke", delete).await;
        if let Some(heard) = heard.filter(|heard| heard.status == 204) {
            cell.taken(boot::now());
            if is_first {
                remember(cluster, cell, &heard, false);
            }
            return is_first;
        }
        if cluster.is_over() {
            return false;
        }
        is_first = false;
        pause(dice, 50, 200).await;
    }
}

fn path(cell: &Cell) -> String {
    format!("/v1/buckets/{BUCKET}/grants/{}", cell.user)
}

fn remember(cluster: &Cluster, cell: &Cell, heard: &Heard, given: bool) {
    let revision = heard.revision.as_deref().map(Revision::parse);
    let Some(Ok(revision)) = revision else {
        cluster.report.violation("no revision", format!("{heard:?}"));
        return;
    };
    let (user, request_id) = (cell.user.clone(), heard.request_id.clone());
    let written = Written { user, request_id, revision: revision.number(), given };
    cluster.written.lock().unwrap().push(written);
}
