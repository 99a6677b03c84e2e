//! Sends a request, which must be answered or fail in time.

use std::time::{Duration, Instant};

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::boot;
use crate::cells::{Cell, PendingCheck, Verdict};
use crate::cluster::{BUCKET, Cluster};
use crate::dice::Dice;
use crate::replica::{Liveness, Replica};
use crate::served::ENDPOINT;

/// How long a running replica may take to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);
/// The greatest age of data that signatures are based on: the server's default.
const MAX_STALENESS: Duration = Duration::from_secs(1);
/// The accepted statuses: done, refused, or a temporary failure.
const FAIR: [u16; 7] = [200, 204, 403, 408, 429, 503, 504];

/// An answer.
#[derive(Debug)]
pub(crate) struct Heard {
    pub(crate) status: u16,
    pub(crate) request_id: String,
    pub(crate) revision: Option<String>,
    pub(crate) body: Value,
}

impl Cluster {
    /// Sends a request. None if the connection failed, or no answer came.
    pub(crate) async fn ask(
        &self,
        replica: &Replica,
        what: &'static str,
        request: RequestBuilder,
    ) -> Option<Heard> {
        let begun = Instant::now();
        let liveness = replica.liveness();
        let heard = tokio::select! {
            heard = hear(request) => heard,
            () = patience(liveness, PATIENCE) => {
                self.report.count(format!("{what}: UNANSWERED"));
                let (number, time) = (replica.number, begun.elapsed());
                let told = format!("{what} by replica {number}, for {time:?} by now");
                self.report.violation("unanswered", told);
                return None;
            }
        };
        let Ok(heard) = heard else {
            self.report.count(format!("{what}: the connection failed"));
            return None;
        };
        let code = heard.body["code"].as_str().unwrap_or_default();
        self.report.count(format!("{what}: {} {code}", heard.status));
        if !FAIR.contains(&heard.status) {
            let told = format!("{what} by replica {}: {heard:?}", replica.number);
            self.report.violation("unfair answer", told);
        }
        Some(heard)
    }

    /// Requests a signature as the application. Returns whether it is given.
    pub(crate) async fn sign_as_root(&self, replica: &Replica) -> bool {
        let request = self.as_root(replica, Method::POST, "/v1/sign");
        self.sign(replica, "sign as root", request).await == Some(Verdict::Yes)
    }

    /// Requests a signature as a user, and checks the verdict against the known state of the user's
    /// grant.
    pub(crate) async fn sign_as(&self, replica: &Replica, cell: &Cell) {
        let asked = cell.ask(boot::now());
        let url = format!("{}/v1/sign", replica.url());
        let request = self.http.post(url).bearer_auth(&cell.token);
        if let Some(said) = self.sign(replica, "sign", request).await {
            self.judge(replica, "sign", cell, asked, said, MAX_STALENESS);
        }
    }

    async fn sign(
        &self,
        replica: &Replica,
        what: &'static str,
        request: RequestBuilder,
    ) -> Option<Verdict> {
        let object = self.object();
        let ask = json!({ "method": "GET", "payload": "UNSIGNED-PAYLOAD",
            "url": format!("{ENDPOINT}/{BUCKET}/{object}") });
        match self.ask(replica, what, request.json(&ask)).await?.status {
            200 => {
                self.signed.lock().unwrap().push(object);
                Some(Verdict::Yes)
            }
            403 => Some(Verdict::No),
            _ => None,
        }
    }

    /// Asks what a user may do, and checks the answer against the known state of the user's grant.
    /// The server reads it from the database every time.
    pub(crate) async fn check(&self, replica: &Replica, cell: &Cell) {
        let asked = cell.ask(boot::now());
        let ask = json!({ "action": "read", "bucket": BUCKET, "key": "x", "user": cell.user });
        let request = self.as_root(replica, Method::POST, "/v1/check").json(&ask);
        let Some(heard) = self.ask(replica, "check", request).await else { return };
        if let Some(decision) = heard.body["decision"].as_bool() {
            let said = if decision { Verdict::Yes } else { Verdict::No };
            self.judge(replica, "check", cell, asked, said, Duration::ZERO);
        }
    }

    fn judge(
        &self,
        replica: &Replica,
        what: &str,
        cell: &Cell,
        asked: PendingCheck,
        said: Verdict,
        staleness: Duration,
    ) {
        if let Some(flaw) = cell.flaw(asked, said, staleness) {
            let told = format!("{what} by replica {} of {}: {flaw}", replica.number, cell.user);
            self.report.violation("stale answer", told);
        }
    }

    /// Like [`Cluster::sign_as`], for one of the newest users.
    pub(crate) async fn sign_as_some(&self, replica: &Replica, dice: &mut Dice) {
        if let Some(cell) = self.some_cell(dice) {
            self.sign_as(replica, &cell).await;
        }
    }
}

async fn hear(request: RequestBuilder) -> Result<Heard, reqwest::Error> {
    let answer = request.send().await?;
    let header =
        |name: &str| Some(answer.headers().get(name)?.to_str().unwrap_or_default().to_owned());
    let (request_id, revision) = (header("x-request-id").unwrap_or_default(), header("revision"));
    let status = answer.status().as_u16();
    let body = serde_json::from_slice(&answer.bytes().await?).unwrap_or_default();
    Ok(Heard { status, request_id, revision, body })
}

/// Ends when the replica has been running for `time`, not counting stops.
pub(crate) async fn patience(mut liveness: watch::Receiver<Liveness>, mut time: Duration) {
    loop {
        liveness.wait_for(|liveness| *liveness == Liveness::Live).await.ok();
        let begun = Instant::now();
        tokio::select! {
            () = tokio::time::sleep(time) => return,
            _ = liveness.wait_for(|liveness| *liveness != Liveness::Live) => {
                time = time.saturating_sub(begun.elapsed());
            }
        }
    }
}
