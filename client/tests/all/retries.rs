//! Which requests are repeated, and listings that are read to their end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use sail_cargo_client::protocol::{
    BulkQuery, ChangeGrantQuery, CheckRequest, CreateApiKey, GrantsQuery, PatchGrants, Permission,
    PutBucket, SignRequest,
};
use sail_cargo_client::{Client, Credentials, Decider, Error, Precondition};

use crate::stub::{Reply, Seen, Stub};

const BUCKET: &str =
    r#"{"name":"photos","public_permissions":[],"ceiling":[],"created_revision":1}"#;

/// Fails `times` times with `reply`, then answers with `body`.
async fn failing(times: usize, reply: fn() -> Reply, body: &'static str) -> Stub {
    let asked = Arc::new(AtomicUsize::new(0));
    Stub::start(move |_| {
        let asked = asked.clone();
        async move {
            if asked.fetch_add(1, Ordering::SeqCst) < times {
                reply()
            } else {
                Reply::json(200, body)
            }
        }
    })
    .await
}

fn root(stub: &Stub) -> Client {
    stub.client(Credentials::api_key("cgok_x"))
}

#[tokio::test]
async fn what_may_pass_is_asked_again_and_what_will_not_is_not() {
    let busy: [fn() -> Reply; 3] =
        [|| Reply::problem(503, "unavailable"), || Reply::problem(429, "busy"), || Reply::Hangup];
    for reply in busy {
        let stub = failing(2, reply, BUCKET).await;
        root(&stub).put_bucket("photos", &PutBucket::default()).await.unwrap();
        assert_eq!(stub.seen().len(), 3);
        let stub = failing(3, reply, BUCKET).await;
        root(&stub).bucket("photos").await.unwrap_err();
        assert_eq!(stub.seen().len(), 3, "three attempts in all");
    }
    let never: [fn() -> Reply; 3] = [
        || Reply::problem(403, "no_permission"),
        || Reply::problem(409, "conflict"),
        || Reply::problem(500, "internal"),
    ];
    for reply in never {
        let stub = failing(1, reply, BUCKET).await;
        root(&stub).bucket("photos").await.unwrap_err();
        assert_eq!(stub.seen().len(), 1);
    }
    let stub = failing(1, || Reply::problem(503, "unavailable"), BUCKET).await;
    let once = Client::builder(&stub.url).attempts(1).build().unwrap();
    assert!(once.bucket("photos").await.unwrap_err().is_unavailable());
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn signing_is_asked_once_and_creating_is_done_once() {
    let stub = failing(9, || Reply::problem(503, "unavailable"), "{}").await;
    let request = SignRequest {
        method: "GET".to_owned(),
        url: "https://s3.example.com/photos/x".to_owned(),
        headers: Vec::new(),
        payload: None,
        body: None,
    };
    root(&stub).sign(&request).await.unwrap_err();
    assert_eq!(stub.seen().len(), 1);

    let stub = failing(2, || Reply::Hangup, "{}").await;
    let new = CreateApiKey { name: "ci".to_owned(), scopes: None, expires_at: None, project: None };
    root(&stub).create_api_key(&new).await.unwrap_err();
    root(&stub).create_api_key(&new).await.unwrap_err();
    let keys: Vec<String> =
        stub.seen().iter().map(|seen| seen.header("idempotency-key").to_owned()).collect();
    assert_eq!(keys.len(), 4, "three attempts of the first call, one of the second");
    assert!(keys[0].len() == 32 && keys[..3].iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_ne!(keys[3], keys[0]);
}

#[tokio::test(start_paused = true)]
async fn cargo_is_left_alone_for_as_long_as_it_asks() {
    fn busy(status: u16, seconds: &str) -> Reply {
        Reply::Now(status, Some(("retry-after", seconds.to_owned())), String::new())
    }
    let away: [[fn() -> Reply; 2]; 2] =
        [[|| busy(503, "7"), || busy(503, "60")], [|| busy(429, "7"), || busy(429, "60")]];
    for [soon, late] in away {
        let begin = tokio::time::Instant::now();
        let stub = failing(1, soon, BUCKET).await;
        let patient = Client::builder(&stub.url).timeout(Duration::from_mins(1)).build().unwrap();
        patient.bucket("photos").await.unwrap();
        assert!(begin.elapsed() >= Duration::from_secs(7));
        let stub = failing(1, late, BUCKET).await;
        let error = root(&stub).bucket("photos").await.unwrap_err();
        assert_eq!((stub.seen().len(), error.retry_after()), (1, Some(Duration::from_mins(1))));
    }
}

#[tokio::test]
async fn a_stream_reads_page_after_page_and_ends_early_only_with_an_error() {
    let page = |seen: Seen| async move {
        let grant = |subject: &str| {
            format!(
                r#"{{"bucket":"photos","prefix":"","kind":"user","subject":"{subject}",
                "permissions":["read"],"granted_by":"operator","created_revision":1,
                "updated_revision":1}}"#
            )
        };
        Reply::json(
            200,
            match seen.line.split_once("page_token=").map(|(_, token)| token) {
                None => format!(
                    r#"{{"items":[{},{}],"next_page_token":"two"}}"#,
                    grant("ada"),
                    grant("bob")
                ),
                Some("two") => {
                    format!(r#"{{"items":[{}],"next_page_token":"three"}}"#, grant("eve"))
                }
                Some(_) => return Reply::problem(410, "history_gone"),
            },
        )
    };
    let stub = Stub::start(page).await;
    let query = GrantsQuery { page_size: Some(2), ..GrantsQuery::default() };
    let mut grants = std::pin::pin!(root(&stub).grants_stream("photos", &query));
    let mut seen = Vec::new();
    let error: Error = loop {
        match grants.try_next().await {
            Ok(Some(grant)) => seen.push(grant.subject),
            Ok(None) => panic!("ended as if it were whole"),
            Err(error) => break error,
        }
    };
    assert_eq!(seen, ["ada", "bob", "eve"]);
    assert!(error.is_gone());
    assert_eq!(stub.seen()[1].line, "GET /v1/buckets/photos/grants?page_size=2&page_token=two");
}

#[tokio::test]
async fn preconditions_and_revisions_go_in_headers() {
    let stub = Stub::start(|_| async {
        Reply::Now(204, Some(("revision", "AQID".to_owned())), String::new())
    })
    .await;
    let cargo = root(&stub).reading_its_writes();
    let which = ChangeGrantQuery::default();
    for precondition in [Precondition::Present, Precondition::Absent, Precondition::Revision(7)] {
        cargo.delete_grant_if("photos", "ada", &which, precondition).await.unwrap();
    }
    cargo.at_least("BBBB").unwrap().delete_bucket("photos").await.unwrap();
    let said: Vec<_> = stub
        .seen()
        .iter()
        .map(|seen| {
            ["if-match", "if-none-match", "if-revision-at-least"]
                .map(|name| seen.header(name).to_owned())
        })
        .collect();
    assert_eq!(said[0], ["*", "", ""]);
    assert_eq!(said[1], ["", "*", "AQID"]);
    assert_eq!(said[2], ["\"r7\"", "", "AQID"]);
    assert_eq!(said[3], ["", "", "BBBB"]);
}

#[tokio::test]
async fn every_question_may_be_asked_again() {
    let stub =
        failing(1, || Reply::Hangup, r#"{"decision":true,"code":"ok","revision":"r"}"#).await;
    let question = CheckRequest { action: "read".to_owned(), ..CheckRequest::default() };
    assert!(root(&stub).check(&question).await.unwrap().decision);
    let stub = failing(1, || Reply::Hangup, "{}").await;
    root(&stub)
        .patch_grants("b", &BulkQuery::default(), &PatchGrants::default())
        .await
        .unwrap_err();
    assert_eq!(stub.seen().len(), 2);
}

#[tokio::test]
async fn a_decider_asks_once_for_as_long_as_an_answer_is_young() {
    let stub = Stub::start(|seen: Seen| async move {
        if seen.line.contains("/eve/") {
            return Reply::problem(500, "internal");
        }
        Reply::json(
            200,
            r#"{"items":[{"bucket":"photos","permissions":["read"],
            "prefixes":[{"prefix":"raw/","permissions":["write"]}]}]}"#,
        )
    })
    .await;
    let decider = Decider::builder(root(&stub)).max_age(Duration::from_hours(1)).build();
    let may = async |permission, bucket: &str, key: &str| {
        decider.may("ada", &["staff", "crew"], permission, bucket, key).await.unwrap()
    };
    let all = tokio::join!(
        may(Permission::Read, "photos", "x"),
        may(Permission::Write, "photos", "x"),
        may(Permission::Write, "photos", "raw/x"),
        may(Permission::Write, "photos", "rawx"),
        may(Permission::Read, "letters", "x"),
    );
    assert_eq!(all, (true, false, true, false, false));
    assert_eq!(stub.seen().len(), 1, "one question for all of them");
    assert_eq!(stub.seen()[0].line, "GET /v1/users/ada/permissions?groups=staff%2Ccrew");
    decider.may("ada", &["crew", "staff"], Permission::Read, "photos", "x").await.unwrap();
    assert_eq!(stub.seen().len(), 1, "groups have no order");
    decider.forget();
    may(Permission::Read, "photos", "x").await;
    assert_eq!(stub.seen().len(), 2);
    for _ in 0..2 {
        let failed = decider.may("eve", &[], Permission::Read, "photos", "x").await;
        assert!(failed.is_err(), "no answer is never a yes, nor a no");
    }
    let hasty = Decider::builder(root(&stub)).max_age(Duration::ZERO).build();
    let before = stub.seen().len();
    for _ in 0..2 {
        hasty.may("ada", &[], Permission::Read, "photos", "x").await.unwrap();
    }
    assert_eq!(stub.seen().len(), before + 2, "nothing is young enough");
}

#[tokio::test]
async fn an_answer_that_was_asked_for_before_it_was_forgotten_decides_nothing_after() {
    // The first response waits for the second, as if the second had overtaken it.
    let release = Arc::new(tokio::sync::Notify::new());
    let (asked, held_back) = (Arc::new(AtomicUsize::new(0)), release.clone());
    let stub = Stub::start(move |_| {
        let (asked, held_back) = (asked.clone(), held_back.clone());
        async move {
            if asked.fetch_add(1, Ordering::SeqCst) == 0 {
                held_back.notified().await;
                return Reply::json(
                    200,
                    r#"{"items":[{"bucket":"photos","permissions":["read"],"prefixes":[]}]}"#,
                );
            }
            Reply::json(200, r#"{"items":[]}"#)
        }
    })
    .await;
    let decider = Decider::builder(root(&stub)).max_age(Duration::from_hours(1)).build();
    let early = tokio::spawn({
        let decider = decider.clone();
        async move { decider.may("ada", &[], Permission::Read, "photos", "x").await }
    });
    while stub.seen().is_empty() {
        tokio::task::yield_now().await;
    }
    decider.forget();
    assert!(!decider.may("ada", &[], Permission::Read, "photos", "x").await.unwrap());
    release.notify_one();
    assert!(early.await.unwrap().unwrap(), "whoever asked before is answered");
    assert!(!decider.may("ada", &[], Permission::Read, "photos", "x").await.unwrap());
}
