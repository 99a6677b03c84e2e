//! Compares the final content of the database with the acknowledged changes and signatures.

use sail_cargo_database::testing::diesel;
use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Binary, Text};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::cluster::{Cluster, Written};

#[derive(QueryableByName)]
struct Change {
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Text)]
    request_id: String,
    #[diesel(sql_type = Binary)]
    body: Vec<u8>,
    #[diesel(sql_type = Binary)]
    prev_hash: Vec<u8>,
    #[diesel(sql_type = Binary)]
    hash: Vec<u8>,
}

#[derive(QueryableByName)]
struct Signed {
    #[diesel(sql_type = Text)]
    object: String,
    #[diesel(sql_type = BigInt)]
    times: i64,
}

#[derive(QueryableByName)]
struct Head {
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Binary)]
    chain_hash: Vec<u8>,
}

impl Cluster {
    /// Checks the whole database.
    pub(crate) fn audit(&self) {
        let changes: Vec<Change> = self.database.rows(
            "SELECT revision, request_id, body, prev_hash, hash FROM change ORDER BY revision",
        );
        self.chain_holds(&changes);
        self.changes_are_there(&changes);
        self.streams_told_the_truth(&changes);
        self.signatures_are_on_record();
        for (what, number) in [
            ("change was acknowledged", self.written.lock().unwrap().len()),
            ("change was told", self.told.lock().unwrap().len()),
            ("signature was given", self.signed.lock().unwrap().len()),
        ] {
            if number == 0 {
                self.report.violation("nothing tried", format!("no {what}"));
            }
        }
    }

    fn chain_holds(&self, changes: &[Change]) {
        let broken = |what: String| self.report.violation("broken chain", what);
        for (number, change) in (1..).zip(changes) {
            if change.revision != number {
                return broken(format!("revision {number} is {}", change.revision));
            }
            let hash = Sha256::new().chain_update(&change.prev_hash).chain_update(&change.body);
            if hash.finalize().as_slice() != change.hash {
                broken(format!("revision {number} is not what was hashed"));
            }
        }
        for pair in changes.windows(2) {
            if pair[1].prev_hash != pair[0].hash {
                broken(format!("revision {} follows another", pair[1].revision));
            }
        }
        let head = &self.database.rows::<Head>("SELECT revision, chain_hash FROM project_head")[0];
        let last = changes.last().unwrap();
        if (head.revision, &head.chain_hash) != (last.revision, &last.hash) {
            broken(format!("the head is at {}, the log at {}", head.revision, last.revision));
        }
    }

    fn changes_are_there(&self, changes: &[Change]) {
        let by_request: HashMap<_, _> =
            changes.iter().map(|change| (change.request_id.as_str(), change)).collect();
        for written in &*self.written.lock().unwrap() {
            self.report.count("acknowledged changes");
            let change = by_request.get(written.request_id.as_str());
            if !change.is_some_and(|change| says(change, written)) {
                self.report.violation("lost change", format!("{written:?}"));
            }
        }
    }

    fn streams_told_the_truth(&self, changes: &[Change]) {
        let hashes: HashMap<_, _> =
            changes.iter().map(|change| (change.revision, hex::encode(&change.hash))).collect();
        for (revision, hash) in &*self.told.lock().unwrap() {
            self.report.count("changes told by streams");
            if hashes.get(revision) != Some(hash) {
                self.report.violation("untrue stream", format!("revision {revision}: {hash}"));
            }
        }
    }

    fn signatures_are_on_record(&self) {
        let rows: Vec<Signed> = self.database.rows(
            "SELECT object_key AS object, count(*) AS times FROM audit_event \
             WHERE action = 's3:GetObject' AND outcome = 'allow' GROUP BY object_key",
        );
        let times: HashMap<_, _> =
            rows.iter().map(|row| (row.object.as_str(), row.times)).collect();
        for object in &*self.signed.lock().unwrap() {
            self.report.count("signatures handed out");
            let times = times.get(object.to_string().as_str()).copied().unwrap_or_default();
            if times != 1 {
                let told = format!("the signature of object {object} is recorded {times} times");
                self.report.violation("lost record", told);
            }
        }
        let most = times.values().max().copied().unwrap_or_default();
        if most > 1 {
            self.report.violation("record twice", format!("one object is recorded {most} times"));
        }
    }
}

/// Whether a change is the acknowledged one.
fn says(change: &Change, written: &Written) -> bool {
    let body: Value = serde_json::from_slice(&change.body).unwrap_or_default();
    let row = &body["rows"][0];
    let side = if written.given { &row["after"] } else { &row["before"] };
    change.revision == written.revision
        && side["subject"] == written.user.as_str()
        && row["after"].is_object() == written.given
}
