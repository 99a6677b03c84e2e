//! Users' tokens: sent with every request, and renewed once if refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use sail_cargo_client::protocol::PutBucket;
use sail_cargo_client::{
    Credentials, Refresh, StaticToken, Token, TokenError, TokenFuture, TokenProvider,
};
use tokio::sync::Barrier;

use crate::stub::{Reply, Seen, Stub};

const WHOAMI: &str = r#"{"actor":"user","id":"ada"}"#;
const BUCKET: &str = r#"{"name":"b","public_permissions":[],"ceiling":[],"created_revision":1}"#;

/// A provider that returns an old token until it is forced to fetch a new one.
#[derive(Default)]
struct Session {
    asked: AtomicUsize,
    forced: AtomicUsize,
    broken: bool,
}

impl TokenProvider for Session {
    fn token(&self, refresh: Refresh) -> TokenFuture<'_> {
        Box::pin(async move {
            if refresh == Refresh::Force {
                self.forced.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                if self.broken {
                    return Err(TokenError::from("the auth service is down"));
                }
                return Ok(Token::new("new"));
            }
            self.asked.fetch_add(1, Ordering::SeqCst);
            Ok(Token::new("old"))
        })
    }
}

async fn only_new(seen: Seen) -> Reply {
    let body = if seen.line.contains("buckets") { BUCKET } else { WHOAMI };
    match seen.header("authorization") {
        "Bearer new" => Reply::json(200, body),
        _ => Reply::problem(401, "unauthenticated"),
    }
}

#[tokio::test]
async fn the_provider_is_asked_for_every_request() {
    let stub = Stub::saying(200, WHOAMI).await;
    let session = Arc::new(Session::default());
    let client = stub.client(Credentials::user(Arc::clone(&session)));
    client.whoami().await.unwrap();
    client.whoami().await.unwrap();
    assert_eq!(session.asked.load(Ordering::SeqCst), 2);
    assert_eq!(session.forced.load(Ordering::SeqCst), 0);
    assert!(stub.seen().iter().all(|seen| seen.header("authorization") == "Bearer old"));
}

#[tokio::test]
async fn a_refused_token_is_renewed_and_the_request_repeated_with_its_body() {
    let stub = Stub::start(only_new).await;
    let session = Arc::new(Session::default());
    let client = stub.client(Credentials::on_behalf_of(Arc::clone(&session), "the-key"));
    client.put_bucket("b", &PutBucket::default()).await.unwrap();
    let seen = stub.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|seen| seen.line == "PUT /v1/buckets/b"));
    assert!(seen.iter().all(|seen| seen.body == r#"{"public_permissions":[]}"#));
    assert!(seen.iter().all(|seen| seen.header("x-api-key") == "the-key"));
    assert_eq!(session.forced.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_refused_at_once_renew_once() {
    // Refuse the first request only after all have arrived.
    let everybody = Arc::new(Barrier::new(20));
    let stub = Stub::start(move |seen: Seen| {
        let everybody = Arc::clone(&everybody);
        async move {
            if seen.header("authorization") == "Bearer old" {
                everybody.wait().await;
            }
            only_new(seen).await
        }
    })
    .await;
    let session = Arc::new(Session::default());
    let client = stub.client(Credentials::user(Arc::clone(&session)));
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.whoami().await })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(session.forced.load(Ordering::SeqCst), 1);
    assert_eq!(stub.seen().len(), 40);
}

#[tokio::test]
async fn a_later_refusal_renews_again() {
    let stub = Stub::start(|_| async { Reply::problem(401, "unauthenticated") }).await;
    let session = Arc::new(Session::default());
    let client = stub.client(Credentials::user(Arc::clone(&session)));
    for forced in 1..=2 {
        assert!(client.whoami().await.unwrap_err().is_unauthenticated());
        assert_eq!(session.forced.load(Ordering::SeqCst), forced);
        assert_eq!(stub.seen().len(), 2 * forced);
    }
}

#[tokio::test]
async fn a_provider_that_fails_is_named_as_the_cause() {
    let stub = Stub::start(only_new).await;
    let session = Session { broken: true, ..Session::default() };
    let error = stub.client(Credentials::user(session)).whoami().await.unwrap_err();
    assert!(error.is_token());
    let cause = std::error::Error::source(&error).unwrap();
    assert_eq!(cause.to_string(), "the auth service is down");
}

#[tokio::test]
async fn a_refused_key_is_not_tried_again() {
    let stub = Stub::start(|_| async { Reply::problem(401, "unauthenticated") }).await;
    let error = stub.client(Credentials::api_key("k")).whoami().await.unwrap_err();
    assert!(error.is_unauthenticated());
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn a_token_that_is_no_header_is_not_sent() {
    let stub = Stub::saying(200, WHOAMI).await;
    let credentials = Credentials::user(StaticToken::new("two\nlines"));
    let error = stub.client(credentials).whoami().await.unwrap_err();
    assert!(error.is_token());
    assert!(stub.seen().is_empty());
}
