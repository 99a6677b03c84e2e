//! Reads the change feed of one replica: it must be without gaps, and complete in the end.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Method, Response};
use serde_json::Value;
use tokio::sync::watch;

use crate::ask::{PATIENCE, patience};
use crate::cluster::Cluster;
use crate::replica::Replica;

/// The interval at which the server sends something on an idle stream.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// The newest revision, once no more changes are made.
pub(crate) type Last = watch::Receiver<Option<i64>>;

fn is_behind(last: &Last, told: i64) -> bool {
    last.borrow().is_none_or(|last| told < last)
}

/// Reads the feed, reconnecting where it broke off, until the last revision has come.
pub(crate) async fn read(cluster: Arc<Cluster>, replica: usize, mut last: Last) {
    let replica = &cluster.replicas[replica];
    let mut told = 0;
    while is_behind(&last, told) {
        let path = format!("/v1/changes?after={told}");
        let request = cluster.as_root(replica, Method::GET, &path);
        let opened = request.header("accept", "text/event-stream").send();
        let opened = tokio::select! {
            opened = opened => opened,
            () = patience(replica.liveness(), PATIENCE) => {
                cluster.report.violation("unanswered", format!("stream by {}", replica.number));
                continue;
            }
        };
        match opened {
            Ok(answer) => {
                cluster.report.count(format!("stream: {}", answer.status().as_u16()));
                follow(&cluster, replica, answer, &mut told, &mut last).await;
            }
            Err(_) => cluster.report.count("stream: the connection failed"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn follow(
    cluster: &Cluster,
    replica: &Replica,
    mut answer: Response,
    told: &mut i64,
    last: &mut Last,
) {
    let mut text = String::new();
    while is_behind(last, *told) {
        let chunk = tokio::select! {
            chunk = answer.chunk() => chunk,
            Ok(()) = last.changed() => continue,
            () = patience(replica.liveness(), KEEP_ALIVE + PATIENCE) => {
                cluster.report.violation("silent stream", format!("of replica {}", replica.number));
                return;
            }
        };
        let Ok(Some(chunk)) = chunk else { return cluster.report.count("stream: broke off") };
        text += &String::from_utf8_lossy(&chunk);
        while let Some((event, rest)) = text.split_once("\n\n") {
            hear(cluster, replica, event, told);
            text = rest.to_owned();
        }
    }
}

fn hear(cluster: &Cluster, replica: &Replica, event: &str, told: &mut i64) {
    let data = event.lines().find_map(|line| line.strip_prefix("data: "));
    let data: Option<Value> = data.and_then(|data| serde_json::from_str(data).ok());
    let Some(data) = data else { return };
    let Some(revision) = data["revision"].as_i64() else {
        let code = data["code"].as_str().unwrap_or_default();
        return cluster.report.count(format!("stream: told of {code}"));
    };
    if revision != *told + 1 {
        let gap = format!("by replica {}: {told}, then {revision}", replica.number);
        cluster.report.violation("gap in a stream", gap);
    }
    *told = revision;
    let hash = data["hash"].as_str().unwrap_or_default().to_owned();
    cluster.told.lock().unwrap().push((revision, hash));
}
