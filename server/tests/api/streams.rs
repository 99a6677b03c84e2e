//! Event streams and long polls: their cost, their limits, and how they end.

mod readers;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use reqwest::{Method, Response};
use sail_cargo_client::protocol::{
    AuditEvent, Change, Changes, CreateApiKey, CreatedApiKey, Permission, Scope,
};
use sail_cargo_server::audit::Decision;

use self::readers::{EVENTS, Reader, SlowReader, data, ending};
use crate::harness::{
    Actor, S3, Setup, TestApp, TestResponse, decision, eventually, on_both, on_both_with,
};

const LINES: &str = "application/x-ndjson";
const FEEDS: [&str; 2] = ["/v1/changes", "/v1/audit-events"];

/// The time in which the server sends this many queries of its own accord.
async fn time_of(app: &TestApp, queries: u64) -> Duration {
    let (begun, before) = (Instant::now(), app.sees.database().queries());
    eventually("it looks", async || app.sees.database().queries() >= before + queries).await;
    begun.elapsed()
}

#[tokio::test]
async fn however_many_listen_the_database_is_asked_as_for_one() {
    on_both(async |app| {
        app.register("photos").await;
        let other = app.with_key(&app.make_neighbour("other").await);
        let root = app.root();
        for (path, name) in FEEDS.into_iter().zip(["ada", "bob"]) {
            let mut readers = Vec::new();
            for _ in 0..12 {
                readers.push(Reader::open(&root, path).await);
            }
            let mut polls = Vec::new();
            for _ in 0..4 {
                polls.push(poll(&root).await);
            }
            // Four queries per second for each topic with listeners, one or two topics. The initial
            // queries of all listeners end after some time.
            eventually("it is asked as for one", async || {
                time_of(app, 12).await > Duration::from_millis(1100)
            })
            .await;
            app.grant("photos", name, &[Permission::Read]).await;
            app.user(name).signed(&S3::new("GET", &format!("/photos{path}"))).await;
            for reader in &mut readers {
                reader.told::<serde_json::Value>(1).await;
            }
            for poll in polls {
                assert_eq!(poll.await.unwrap().ok::<Changes>().items.len(), 1, "{path}");
            }
        }
        // Two topics with listeners have eight queries in a second; one topic takes two seconds.
        let _theirs = Reader::open(&other, FEEDS[0]).await;
        eventually("nobody looks for nobody", async || {
            // A closed connection is only noticed when something is sent on it.
            app.register(&uuid::Uuid::new_v4().to_string()).await;
            time_of(app, 8).await > Duration::from_millis(1500)
        })
        .await;
    })
    .await;
}

/// Starts a long poll that waits for the next change.
async fn poll(root: &Actor) -> tokio::task::JoinHandle<TestResponse> {
    let newest: Changes = root.get("/v1/changes?page_size=1000").await.ok();
    let request = root.request(Method::GET, "/v1/changes?wait=30");
    let request = request.query(&[("after", newest.next)]);
    tokio::spawn(async move { TestResponse::read(request.send().await.unwrap()).await })
}

/// Starts a long poll as the only listener, and waits until the server polls for it.
async fn poll_in_place(app: &TestApp, actor: &Actor) -> tokio::task::JoinHandle<TestResponse> {
    let poll = poll(actor).await;
    time_of(app, 8).await;
    poll
}

#[tokio::test]
async fn readers_of_one_topic_hear_what_each_asked_for_and_no_other_project_s() {
    on_both(async |app| {
        app.register("photos").await;
        app.register("letters").await;
        let other_key = app.make_neighbour("other").await;
        let (root, other) = (app.root(), app.with_key(&other_key));
        let paths = ["?bucket=photos", "?bucket=letters", "?outcome=deny", "?actor=user:bob", ""];
        let mut readers = BTreeMap::new();
        for path in paths {
            readers.insert(path, Reader::open(&root, &format!("/v1/audit-events{path}")).await);
        }
        let mut theirs = Reader::open(&other, "/v1/audit-events").await;
        let mut their_changes = Reader::open(&other, "/v1/changes?after=0").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        app.ada().signed(&S3::new("GET", "/photos/1")).await;
        app.bob().sign(&S3::new("GET", "/letters/2")).await.refused(403, "no_permission");
        app.ada().sign(&S3::new("GET", "/letters/3")).await.refused(403, "no_permission");
        app.bob().sign(&S3::new("PATCH", "/letters/4")).await.refused(400, "method");
        other.sign(&S3::new("GET", "/photos/5")).await.refused(403, "foreign_bucket");
        for (path, count) in paths.into_iter().zip([2, 2, 2, 2, 5]) {
            let live: Vec<AuditEvent> = readers.get_mut(path).unwrap().told(count).await;
            let listed = root.request(Method::GET, &format!("/v1/audit-events{path}"));
            let listed = root.send(listed.header("accept", LINES)).await.body;
            let mut listed: Vec<AuditEvent> =
                listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            listed.truncate(count);
            listed.reverse();
            assert_eq!(live, listed, "{path}");
        }
        let told: Vec<AuditEvent> = theirs.told(1).await;
        assert_eq!((told.len(), told[0].key.as_deref()), (1, Some("5")));
        let told: Vec<Change> = their_changes.told(1).await;
        assert!(told.iter().all(|change| change.kind != "grant.put"), "{told:?}");
    })
    .await;
}

/// Copies the last change this many times, directly in the database.
fn repeat_last_change(app: &TestApp, times: usize) {
    for _ in 0..times {
        app.database.execute(
            "INSERT INTO change (project_id, revision, at, actor_kind, actor, via_key, request_id, \
             kind, body, prev_hash, hash) \
             SELECT project_id, revision + 1, at, actor_kind, actor, via_key, request_id, kind, \
             body, prev_hash, hash FROM change \
             WHERE revision = (SELECT max(revision) FROM change); \
             UPDATE project_head SET revision = revision + 1;",
        );
    }
}

/// Makes a change of some hundred kilobytes, and returns its revision.
async fn large_change(app: &TestApp) -> i64 {
    app.register("photos").await;
    let edits: Vec<_> = (0..1000)
        .map(|number| {
            serde_json::json!({
                "subject": format!("user-{number:0>200}"),
                "put": { "permissions": ["read"] },
            })
        })
        .collect();
    let body = serde_json::json!({ "changes": edits });
    let request = app.root().request(Method::PATCH, "/v1/buckets/photos/grants").json(&body);
    let answer = app.root().send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    app.root().get("/v1/changes?page_size=1000").await.ok::<Changes>().next
}

#[tokio::test]
async fn a_reader_that_lags_hears_every_change_once() {
    on_both(async |app| {
        let head = large_change(app).await;
        let path = format!("/v1/changes?after={head}");
        let mut slow = SlowReader::open(app, &app.secrets.root_key, &path, EVENTS).await;
        let mut quick = Reader::open(&app.root(), &path).await;
        repeat_last_change(app, 30);
        let expected: Vec<i64> = (head + 1..=head + 30).collect();
        let revisions =
            |told: &[Change]| told.iter().map(|change| change.revision).collect::<Vec<_>>();
        assert_eq!(revisions(&quick.told(30).await), expected, "nobody waits for the slow one");
        let text = slow.read_events(30).await;
        assert!(text.len() > 7 << 20, "more than the line and the feed hold: {}", text.len());
        assert_eq!(revisions(&data(&text)), expected);
    })
    .await;
}

/// Records these signatures, each more than a kilobyte large.
async fn many_events(app: &TestApp, numbers: std::ops::Range<usize>) {
    let recorder = app.recorder().await;
    for chunk in numbers.collect::<Vec<_>>().chunks(500) {
        let decisions = chunk.iter().map(|number| Decision {
            detail: "x".repeat(1000).into(),
            ..decision(&recorder.project, &format!("{number:0>500}"))
        });
        recorder.record_all(decisions.collect()).await.unwrap();
    }
}

#[tokio::test]
async fn a_reader_that_lags_hears_every_audit_event_once() {
    on_both(async |app| {
        let path = "/v1/audit-events?action=s3:GetObject";
        let mut slow = SlowReader::open(app, &app.secrets.root_key, path, EVENTS).await;
        let mut quick = Reader::open(&app.root(), path).await;
        many_events(app, 0..5000).await;
        let keys = |told: Vec<AuditEvent>| {
            let mut keys: Vec<usize> =
                told.into_iter().map(|event| event.key.unwrap().parse().unwrap()).collect();
            keys.sort_unstable();
            keys
        };
        let expected: Vec<usize> = (0..5000).collect();
        assert_eq!(keys(quick.told(5000).await), expected);
        let text = slow.read_events(5000).await;
        assert_eq!(keys(data(&text)), expected);
    })
    .await;
}

#[tokio::test]
async fn one_who_does_not_read_is_ended_and_makes_room() {
    on_both_with(Setup::Tight, async |app| {
        let key = app.key([Scope::AuditRead]).await.key;
        let head = large_change(app).await;
        let path = format!("/v1/changes?after={head}");
        let mut slow = Vec::new();
        for _ in 0..2 {
            slow.push(SlowReader::open(app, &key, &path, EVENTS).await);
        }
        let refused = stream(&app.with_key(&key), &path).await;
        assert_eq!(refused.status(), 429);
        repeat_last_change(app, 20);
        eventually("there is room again", async || {
            stream(&app.with_key(&key), &path).await.status() == 200
        })
        .await;
        for reader in slow {
            let (text, whole) = reader.rest().await;
            assert!(whole && text.len() < 4 << 20, "{}", text.len());
            assert_eq!(ending(&text), "reader_too_slow");
        }
    })
    .await;
}

async fn stream(actor: &Actor, path: &str) -> Response {
    actor.request(Method::GET, path).header("accept", EVENTS).send().await.unwrap()
}

#[tokio::test]
async fn a_key_and_a_project_have_so_many_readers_and_long_polls_are_some() {
    on_both_with(Setup::Tight, async |app| {
        let audit = async || app.with_key(&app.key([Scope::AuditRead]).await.key);
        let (first, second, third) = (audit().await, audit().await, audit().await);
        let refused = async |actor: &Actor, status: u16, code: &str| {
            for path in FEEDS {
                let answer = TestResponse::read(stream(actor, path).await).await;
                answer.refused(status, code);
                assert_eq!(answer.header("retry-after"), "1");
            }
        };
        let poll = poll_in_place(app, &first).await;
        let mut open = vec![Reader::open(&first, FEEDS[0]).await];
        refused(&first, 429, "too_many_readers_of_key").await;
        let lines = first.request(Method::GET, FEEDS[1]).header("accept", LINES);
        first.send(lines).await.refused(429, "too_many_readers_of_key");
        first.get("/v1/changes?wait=1").await.refused(429, "too_many_readers_of_key");
        // A page of a listing does not count as a stream.
        assert_eq!(first.get("/v1/changes").await.status, 200);
        assert_eq!(first.get("/v1/audit-events").await.status, 200);
        for path in FEEDS {
            open.push(Reader::open(&second, path).await);
        }
        refused(&third, 429, "too_many_readers_of_project").await;

        let other = app.with_key(&app.make_neighbour("other").await);
        for path in FEEDS {
            open.push(Reader::open(&other, path).await);
        }
        refused(&app.operator_in("other"), 503, "too_many_readers").await;
        drop(open);
        app.register("photos").await;
        assert_eq!(poll.await.unwrap().status, 200);
        eventually("those who left make room", async || {
            stream(&third, FEEDS[0]).await.status() == 200
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn everything_that_a_key_reads_ends_with_it() {
    on_both(async |app| {
        many_events(app, 0..6000).await;
        let at = app.clock.now() + TimeDelta::hours(1);
        let ending = CreateApiKey {
            name: "ending".to_owned(),
            scopes: Some([Scope::AuditRead].into()),
            expires_at: Some(at),
            project: None,
        };
        let ending: CreatedApiKey = app.root().post("/v1/api-keys", &ending).await.ok();
        let revoked = app.key([Scope::AuditRead]).await;
        for key in [&ending, &revoked] {
            let actor = app.with_key(&key.key);
            let poll = poll_in_place(app, &actor).await;
            let mut streams = Vec::new();
            for path in FEEDS {
                streams.push(Reader::open(&actor, path).await);
            }
            let lines = SlowReader::open(app, &key.key, FEEDS[1], LINES).await;
            if key.key == revoked.key {
                app.root().delete(&format!("/v1/api-keys/{}", key.stored.id)).await.done();
            } else {
                app.clock.advance(TimeDelta::hours(2));
            }
            for stream in streams {
                assert_eq!(stream.end().await, "invalid_api_key");
            }
            poll.await.unwrap().refused(401, "invalid_api_key");
            let (text, whole) = lines.rest().await;
            assert!(
                !whole && text.lines().count() < 6000,
                "the connection broke, and looks like it"
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_stops_says_so_to_all_who_wait() {
    on_both(async |app| {
        let root = app.root();
        let poll = poll_in_place(app, &root).await;
        let mut streams = Vec::new();
        for path in FEEDS {
            streams.push(Reader::open(&root, path).await);
        }
        app.readers.end();
        for stream in streams {
            assert_eq!(stream.end().await, "shutting_down");
        }
        let answer: Changes = poll.await.unwrap().ok();
        assert_eq!(answer.items, []);
        let late = TestResponse::read(stream(&root, FEEDS[0]).await).await;
        late.refused(503, "shutting_down");
    })
    .await;
}
