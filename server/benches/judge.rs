//! The time to judge a request, compared with the time to sign it with a cached signing key.
//! `domain/benches/signer.rs` compares the signing with that of `aws-sigv4`.
//!
//! `cargo bench -p sail-cargo-server --bench judge`
#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_server::domain::s3::{
    AddressingStyle, EMPTY_SHA256, Endpoint, RawRequest, S3Request,
};
use sail_cargo_server::domain::sigv4::{self, StoreCredentials};
use sail_cargo_server::domain::{
    Authority, BucketName, BucketRules, Caller, Grant, Permissions, Prefix, ProjectId,
    ProjectRules, Secret, Subject, SubjectId, User, decide,
};

const BATCHES: usize = 200;
const PER_BATCH: u32 = 500;

/// The headers that an SDK sends with an upload.
const UPLOAD: &[(&str, &str)] = &[
    ("host", "photos.s3.example.com"),
    ("user-agent", "aws-sdk-rust/1.3.9 os/linux lang/rust/1.95.0"),
    ("x-amz-user-agent", "aws-sdk-rust/1.3.9 ua/2.1 api/s3/1.157.0 os/linux lang/rust/1.95.0"),
    ("content-type", "text/csv"),
    ("content-length", "1048576"),
    ("content-encoding", "aws-chunked"),
    ("x-amz-decoded-content-length", "1048531"),
    ("x-amz-trailer", "x-amz-checksum-crc32"),
    ("x-amz-sdk-checksum-algorithm", "CRC32"),
    ("x-amz-meta-origin", "instrument 7, run 42"),
];

struct Bench {
    endpoints: Vec<Endpoint>,
    caller: Caller,
    authority: Authority,
    credentials: StoreCredentials,
    now: DateTime<Utc>,
}

impl Bench {
    fn new() -> Self {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let project = ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap();
        let id = SubjectId::parse("ada").unwrap();
        Self {
            endpoints: vec![
                Endpoint::parse("https://s3.example.com", AddressingStyle::VirtualHosted).unwrap(),
            ],
            authority: authority(&id),
            caller: Caller::User(User {
                project,
                id,
                groups: BTreeSet::new(),
                service_account: false,
                expires_at: now + TimeDelta::hours(1),
                signed_in_at: None,
                epoch: None,
                via: None,
            }),
            credentials: StoreCredentials::new(
                "AKIDEXAMPLE".to_owned(),
                Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned()),
                "eu-north-1".to_owned(),
            ),
            now,
        }
    }

    /// Parses, decides, and builds the URL to sign.
    fn judge(&self, raw: RawRequest<'_>) {
        let request = S3Request::parse(black_box(raw), &self.endpoints).unwrap();
        let approved = decide(&self.caller, &request, &self.authority, self.now).unwrap();
        black_box(approved.request().url());
    }

    /// Prints one line for `raw`, and returns the median time to judge it.
    fn measure(&self, what: &str, raw: RawRequest<'_>) -> Duration {
        let request = S3Request::parse(raw, &self.endpoints).unwrap();
        let approved = decide(&self.caller, &request, &self.authority, self.now).unwrap();
        let judge = times(|| self.judge(raw));
        let sign = times(|| {
            black_box(sigv4::sign(&approved, &self.credentials, self.now));
        });
        let share = 100.0 * judge.median.as_secs_f64() / sign.median.as_secs_f64();
        println!("{what:<22} judge {judge}   sign {sign}   judge is {share:.0} % of sign");
        judge.median
    }
}

/// An authority with twenty grants that do not apply before the one that does.
fn authority(ada: &SubjectId) -> Authority {
    let bucket = BucketName::parse("photos").unwrap();
    let grant = |prefix: String| Grant {
        bucket: bucket.clone(),
        prefix: Prefix::parse(&prefix).unwrap().into(),
        subject: Subject::User(ada.clone()),
        permissions: Permissions::ALL,
        not_before: None,
        expires_at: None,
    };
    let others = (0..20).map(|team| grant(format!("team/{team}/")));
    let rules = BucketRules::default();
    Authority {
        project: ProjectRules::default(),
        grants: others.chain([grant("2026/".to_owned())]).collect(),
        buckets: BTreeMap::from([(bucket, rules)]),
        groups: Vec::new(),
        username: None,
        revision: 1,
    }
}

/// The time of one call, over all batches.
struct Times {
    least: Duration,
    median: Duration,
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>6} ns (least {:>6})", self.median.as_nanos(), self.least.as_nanos())
    }
}

fn times(work: impl Fn()) -> Times {
    let batch = || {
        let started = Instant::now();
        (0..PER_BATCH).for_each(|_| work());
        started.elapsed() / PER_BATCH
    };
    batch();
    let mut all: Vec<Duration> = (0..BATCHES).map(|_| batch()).collect();
    all.sort_unstable();
    Times { least: all[0], median: all[BATCHES / 2] }
}

fn main() {
    let bench = Bench::new();
    let owned = |headers: &[(&str, &str)]| -> Vec<(String, String)> {
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    };
    let (few, many) = (owned(&UPLOAD[..3]), owned(UPLOAD));
    let get = RawRequest {
        method: "GET",
        url: "https://photos.s3.example.com/2026/summer/cat%20%26%20dog.png?x-id=GetObject",
        headers: (&few).into(),
        payload: Some(EMPTY_SHA256),
        body: None,
    };
    let put = RawRequest {
        method: "PUT",
        url: "https://photos.s3.example.com/2026/summer/cat%20%26%20dog.png?x-id=PutObject",
        headers: (&many).into(),
        payload: Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
        body: None,
    };
    let list = RawRequest {
        url: "https://photos.s3.example.com/?list-type=2&prefix=2026%2F&delimiter=%2F&max-keys=100",
        ..get
    };
    let judged = [
        bench.measure("GET, 3 headers", get),
        bench.measure("GET list, 3 headers", list),
        bench.measure("PUT, 10 headers", put),
    ];
    let worst = judged.into_iter().max().unwrap_or_default();
    let verdict = if worst < Duration::from_micros(5) { "within" } else { "BEYOND" };
    println!("the dearest judgement is {verdict} the target of 5 us");
}
