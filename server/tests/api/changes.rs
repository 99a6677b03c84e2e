//! The change feed, the live audit trail, and queries about the past.

use std::time::Duration;

use reqwest::Method;
use sail_cargo_client::protocol::{
    AuditEvent, Change, Changes, Grant, Page, Permission, Scope, SubjectPermissions,
};
use serde_json::{Value, json};

use crate::harness::{Actor, S3, on_both};

/// Reads an event stream until `enough` is true for the data received.
async fn read_events<T: serde::de::DeserializeOwned>(
    actor: &Actor,
    path: &str,
    last: Option<&str>,
    meanwhile: impl AsyncFn(),
    enough: impl Fn(&[T]) -> bool,
) -> Vec<T> {
    let mut request = actor.request(Method::GET, path).header("accept", "text/event-stream");
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let mut answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let greeting = answer.chunk().await.unwrap().unwrap();
    let mut text = String::from_utf8(greeting.to_vec()).unwrap();
    meanwhile().await;
    loop {
        let data = text.split("\n\n").flat_map(str::lines);
        let told: Vec<T> = data
            .filter_map(|line| line.strip_prefix("data: "))
            .filter_map(|data| serde_json::from_str(data).ok())
            .collect();
        if enough(&told) {
            return told;
        }
        let next = tokio::time::timeout(Duration::from_secs(30), answer.chunk()).await;
        let next = next.expect("never told").unwrap().expect("the stream ended");
        text.push_str(std::str::from_utf8(&next).unwrap());
    }
}

#[tokio::test]
async fn the_feed_is_dense_and_says_what_was_and_what_is() {
    on_both(async |app| {
        app.register("photos").await;
        app.grant("photos", "ada", &[Permission::Read]).await;
        app.grant("photos", "ada", &[Permission::Write]).await;
        let root = app.root();
        root.delete("/v1/buckets/photos").await.done();

        let all: Changes = root.get("/v1/changes?page_size=1000").await.ok();
        let revisions: Vec<i64> = all.items.iter().map(|change| change.revision).collect();
        assert_eq!(revisions, (1..=all.next).collect::<Vec<_>>());
        assert!(!all.more);
        let mut paged: Vec<Change> = Vec::new();
        loop {
            let after = paged.last().map_or(0, |change| change.revision);
            let path = format!("/v1/changes?page_size=2&after={after}");
            let page: Changes = root.get(&path).await.ok();
            paged.extend(page.items);
            if !page.more {
                break;
            }
        }
        assert_eq!(paged, all.items);

        let [.., put, forget] = all.items.as_slice() else { panic!("{all:?}") };
        assert_eq!((put.kind.as_str(), put.rows.len()), ("grant.put", 1));
        let side = |side: &Option<Value>| side.as_ref().unwrap()["permissions"].clone();
        assert_eq!(side(&put.rows[0].before), json!(["read"]));
        assert_eq!(side(&put.rows[0].after), json!(["write"]));
        assert_eq!(forget.kind, "bucket.forget");
        let gone: Vec<_> = forget.rows.iter().map(|row| (row.row.as_str(), &row.after)).collect();
        assert_eq!(gone, [("bucket", &None), ("grant", &None)]);

        let beyond = format!("/v1/changes?after={}", all.next + 1);
        root.get(&beyond).await.refused(409, "revision_future");
        root.get("/v1/changes?wait=31").await.refused(400, "invalid_request");
        app.ada().get("/v1/changes").await.refused(403, "root_only");
    })
    .await;
}

#[tokio::test]
async fn a_long_poll_and_a_stream_hear_of_a_change_when_it_is_made() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        let head: Changes = root.get("/v1/changes?page_size=1000").await.ok();
        let path = format!("/v1/changes?wait=20&after={}", head.next);
        let poll = root.get(&path);
        let change = async {
            // A poll that comes too late finds the change at once; both cases return it.
            app.grant("photos", "ada", &[Permission::Read]).await;
        };
        let (answer, ()) = tokio::join!(poll, change);
        let heard: Changes = answer.ok();
        assert_eq!(heard.items[0].kind, "grant.put");

        let path = format!("/v1/changes?after={}", heard.next);
        let told: Vec<Change> = read_events(
            &root,
            &path,
            None,
            async || app.grant("photos", "bob", &[Permission::Read]).await,
            |told: &[Change]| !told.is_empty(),
        )
        .await;
        assert_eq!(told[0].revision, heard.next + 1);
        let again: Vec<Change> = read_events(
            &root,
            "/v1/changes?after=0",
            Some(&heard.next.to_string()),
            async || (),
            |told: &[Change]| !told.is_empty(),
        )
        .await;
        assert_eq!(again, told, "Last-Event-ID counts before the query");
    })
    .await;
}

#[tokio::test]
async fn the_audit_trail_is_told_as_lines_and_live() {
    on_both(async |app| {
        app.register("photos").await;
        let (root, ada) = (app.root(), app.ada());
        for _ in 0..3 {
            ada.sign(&S3::new("GET", "/photos/x")).await.refused(403, "no_permission");
        }
        let request = root.request(Method::GET, "/v1/audit-events?outcome=deny");
        let lines = root.send(request.header("accept", "application/x-ndjson")).await;
        assert_eq!(lines.header("content-type"), "application/x-ndjson");
        let events: Vec<AuditEvent> =
            lines.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let page: Page<AuditEvent> = root.get("/v1/audit-events?outcome=deny").await.ok();
        assert_eq!(events, page.items);
        assert_eq!(events.len(), 3);

        let live: Vec<AuditEvent> = read_events(
            &root,
            "/v1/audit-events?action=s3:GetObject",
            None,
            async || {
                ada.sign(&S3::new("GET", "/photos/new")).await;
            },
            |told: &[AuditEvent]| !told.is_empty(),
        )
        .await;
        assert_eq!(live[0].key.as_deref(), Some("new"), "nothing older");
        let missed: Vec<AuditEvent> = read_events(
            &root,
            "/v1/audit-events?action=s3:GetObject",
            Some(&page.items[2].id),
            async || (),
            |told: &[AuditEvent]| told.len() >= 3,
        )
        .await;
        assert_eq!(missed.len(), 3, "the two missed before, and the live one");
        ada.get("/v1/audit-events").await.refused(403, "root_only");
    })
    .await;
}

#[tokio::test]
async fn who_could_on_that_day_is_answered_from_the_history() {
    on_both(async |app| {
        app.register("photos").await;
        let root = app.root();
        app.grant("photos", "ada", &[Permission::Read]).await;
        root.put("/v1/groups/crew/members/eve", &json!({})).await.ok::<Value>();
        let crew = "/v1/buckets/photos/grants/crew?kind=group";
        root.put(crew, &json!({ "permissions": ["read"] })).await.ok::<Grant>();
        let day = app.clock.now();
        app.clock.advance(chrono::TimeDelta::days(2));
        root.delete("/v1/buckets/photos/grants/ada").await.done();
        root.delete("/v1/groups/crew/members/eve").await.done();
        app.grant("photos", "bob", &[Permission::Read, Permission::Delete]).await;

        let who = async |at: Option<chrono::DateTime<chrono::Utc>>| {
            let request = root.request(Method::GET, "/v1/buckets/photos/access?permission=read");
            let request = request.query(&[("at", at.map(|at| at.to_rfc3339()))]);
            let page: Page<SubjectPermissions> = root.send(request).await.ok();
            page.items.into_iter().map(|one| one.subject).collect::<Vec<_>>()
        };
        assert_eq!(who(None).await, ["bob", "crew"]);
        assert_eq!(who(Some(day)).await, ["ada", "eve", "crew"]);
        let before = day - chrono::TimeDelta::days(1);
        let request = root.request(Method::GET, "/v1/buckets/photos/access");
        let request = request.query(&[("at", before.to_rfc3339())]);
        root.send(request).await.refused(404, "not_found");
        let then: Page<Grant> = {
            let request = root.request(Method::GET, "/v1/buckets/photos/grants");
            root.send(request.query(&[("at", day.to_rfc3339())])).await.ok()
        };
        let subjects: Vec<_> = then.items.iter().map(|grant| grant.subject.as_str()).collect();
        assert_eq!(subjects, ["crew", "ada"]);
    })
    .await;
}

#[tokio::test]
async fn a_stream_ends_with_the_key_that_reads_it() {
    on_both(async |app| {
        let reader = app.key([Scope::AuditRead]).await;
        let key = app.with_key(&reader.key);
        let mut streams = Vec::new();
        for path in ["/v1/changes", "/v1/audit-events"] {
            let request = key.request(Method::GET, path).header("accept", "text/event-stream");
            let mut stream = request.send().await.unwrap();
            stream.chunk().await.unwrap().unwrap();
            streams.push(stream);
        }
        app.root().delete(&format!("/v1/api-keys/{}", reader.stored.id)).await.done();
        for mut stream in streams {
            let mut text = String::new();
            while let Some(chunk) = tokio::time::timeout(Duration::from_secs(30), stream.chunk())
                .await
                .unwrap()
                .unwrap()
            {
                text.push_str(std::str::from_utf8(&chunk).unwrap());
            }
            assert!(text.contains("event: problem") && text.contains("invalid_api_key"), "{text}");
        }
    })
    .await;
}
