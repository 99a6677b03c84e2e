//! Presigned URLs: they do what was signed, for any holder, and nothing else.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use sail_cargo_client::protocol::Permission::{Read, Write};
use sail_cargo_client::protocol::{
    AuditQuery, Batch, BatchItem, ExplainRequest, GrantQuery, PresignRequest, PresignResponse,
    PutGrant, SignRequest,
};
use sail_cargo_client::{Client, Error};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningError};

use crate::test_stack::{BUCKET, TestStack};

fn ask(test: &TestStack, method: &str, key: &str, headers: &[(&str, &str)]) -> PresignRequest {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    PresignRequest {
        method: method.to_owned(),
        url: format!("{}/{BUCKET}/{key}", test.stack.storage_url),
        headers: headers.collect(),
        payload: None,
        expires_in: None,
    }
}

/// Uses a URL like a recipient: with its headers and nothing else.
async fn follow(answer: &PresignResponse, body: &'static str) -> (u16, String) {
    let method = answer.method.parse().unwrap();
    let mut request = reqwest::Client::new().request(method, &answer.url).body(body);
    for (name, value) in &answer.headers {
        request = request.header(name, value);
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

async fn presign(client: &Client, ask: &PresignRequest) -> Result<PresignResponse, Error> {
    client.presign(ask).await
}

#[tokio::test]
async fn the_sdk_presigns_through_cargo_and_never_by_itself() {
    let test = TestStack::start().await;
    test.grant("ada", "", &[Read, Write]).await;
    let signer = RemoteSigner::new(test.user("ada"));
    let s3 = test.s3("ada");
    let minute = || PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
    let key = "a b/\u{fc}+&.txt";
    let put = s3.put_object().bucket(BUCKET).key(key).content_type("text/plain");
    let put = signer.presign(put.presigned(minute())).await.unwrap();
    assert_eq!(put.headers.get("content-type").map(String::as_str), Some("text/plain"));
    assert!(put.url.contains("X-Amz-Expires=60"), "the lifetime asked for");
    assert_eq!(follow(&put, "hello").await.0, 200);
    let get = s3.get_object().bucket(BUCKET).key(key).response_content_type("text/csv");
    let get = signer.presign(get.presigned(minute())).await.unwrap();
    assert_eq!(follow(&get, "").await, (200, "hello".to_owned()));
    assert_eq!(
        s3.get_object().bucket(BUCKET).key(key).send().await.unwrap().content_length,
        Some(5)
    );

    let bare = s3.get_object().bucket(BUCKET).key(key).presigned(minute()).await.unwrap_err();
    assert_eq!(RemoteSigningError::find(&bare), Some(&RemoteSigningError::PresignNotWrapped));
    // A future that runs in another task is not covered by the wrapper.
    let elsewhere = {
        let s3 = s3.clone();
        let away = tokio::spawn(async move {
            s3.get_object().bucket(BUCKET).key("x").presigned(minute()).await
        });
        signer.presign(async { away.await.unwrap() }).await.unwrap_err()
    };
    assert_eq!(RemoteSigningError::find(&elsewhere), Some(&RemoteSigningError::PresignNotWrapped));
    let delete = s3.delete_object().bucket(BUCKET).key(key).presigned(minute());
    let refused = signer.presign(delete).await.unwrap_err();
    let why = RemoteSigningError::find(&refused);
    assert!(matches!(why, Some(RemoteSigningError::Invalid { .. })), "{why:?}");
    let bob = RemoteSigner::new(test.user("bob"));
    let get = test.s3("bob").get_object().bucket(BUCKET).key(key).presigned(minute());
    let denied = bob.presign(get).await.unwrap_err();
    assert!(matches!(RemoteSigningError::find(&denied), Some(RemoteSigningError::Denied { .. })));
}

#[tokio::test]
async fn a_url_uploads_and_another_downloads() {
    let test = TestStack::start().await;
    test.grant("ada", "", &[Read, Write]).await;
    let ada = test.user("ada");
    let key = "f%C3%BCr%20alle%2B.txt";
    let up = ask(&test, "PUT", key, &[("content-type", "text/plain")]);
    let put = presign(&ada, &up).await.unwrap();
    assert_eq!(
        (put.operation.as_str(), put.headers["content-type"].as_str()),
        ("PutObject", "text/plain")
    );
    assert_eq!(follow(&put, "hello").await.0, 200);
    let get = presign(&ada, &ask(&test, "GET", key, &[])).await.unwrap();
    assert_eq!(follow(&get, "").await, (200, "hello".to_owned()));

    let other = PresignResponse { url: get.url.replace("alle", "mich"), ..get.clone() };
    assert_eq!(follow(&other, "").await.0, 403, "another key");
    let mut more = put.clone();
    more.headers.insert("x-amz-copy-source".to_owned(), format!("{BUCKET}/{key}"));
    assert_eq!(follow(&more, "").await.0, 403, "a header that was not signed");
    let method = PresignResponse { method: "DELETE".to_owned(), ..get };
    assert_eq!(follow(&method, "").await.0, 403, "another method");
}

#[tokio::test]
async fn a_body_can_be_bound_to_the_url() {
    let test = TestStack::start().await;
    test.grant("ada", "", &[Write]).await;
    let ada = test.user("ada");
    let mut up = ask(&test, "PUT", "bound.txt", &[("if-none-match", "*")]);
    // The SHA-256 of "hello".
    let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    up.payload = Some(hash.to_owned());
    let put = presign(&ada, &up).await.unwrap();
    assert!(put.url.contains(&format!("X-Amz-Content-Sha256={hash}&")));
    // The embedded storage accepts only presigned URLs without a body hash, and refuses both
    // requests. The test is that no storage accepts the other body.
    assert_ne!(follow(&put, "other").await.0, 200);
}

#[tokio::test]
async fn what_must_not_be_a_url_is_refused() {
    let test = TestStack::start().await;
    test.grant("ada", "", &[Read, Write]).await;
    let (ada, bob) = (test.user("ada"), test.user("bob"));
    let code = |result: Result<PresignResponse, Error>| {
        result.unwrap_err().code().unwrap_or_default().to_owned()
    };
    let delete = ask(&test, "DELETE", "a", &[]);
    assert_eq!(code(presign(&ada, &delete).await), "presign_op");
    let page = ask(&test, "GET", "a?response-content-type=text%2Fhtml", &[]);
    assert_eq!(code(presign(&ada, &page).await), "active_content");
    for expires_in in [0, 3601, u64::MAX] {
        let ask = PresignRequest { expires_in: Some(expires_in), ..ask(&test, "GET", "a", &[]) };
        assert_eq!(code(presign(&ada, &ask).await), "expires", "{expires_in}");
    }
    assert_eq!(code(presign(&bob, &ask(&test, "GET", "a", &[])).await), "no_permission");
}

#[tokio::test]
async fn a_url_ends_with_the_grant_and_with_the_token() {
    let test = TestStack::start().await;
    let ada = test.user("ada");
    let soon = ada.whoami().await.unwrap().expires_at.unwrap() - chrono::TimeDelta::minutes(50);
    let grant =
        PutGrant { permissions: [Read].into(), expires_at: Some(soon), ..PutGrant::default() };
    test.root().put_grant(BUCKET, "ada", &GrantQuery::default(), &grant).await.unwrap();
    let long = PresignRequest { expires_in: Some(3600), ..ask(&test, "GET", "a", &[]) };
    let answer = presign(&ada, &long).await.unwrap();
    assert!(answer.expires_at <= soon, "it outlives the grant");
    test.grant("ada", "", &[Read]).await;
    let answer = presign(&ada, &long).await.unwrap();
    let token_ends = ada.whoami().await.unwrap().expires_at.unwrap();
    assert!(soon < answer.expires_at && answer.expires_at <= token_ends);
}

#[tokio::test]
async fn a_batch_is_judged_item_by_item_in_order() {
    let test = TestStack::start().await;
    test.grant("ada", "mine/", &[Read]).await;
    let ada = test.user("ada");
    let keys = ["mine/1", "yours/1", "mine/..", "mine/2"];
    let sign = |key: &str| SignRequest {
        method: "GET".to_owned(),
        url: format!("{}/{BUCKET}/{key}", test.stack.storage_url),
        headers: Vec::new(),
        payload: Some("UNSIGNED-PAYLOAD".to_owned()),
        body: None,
    };
    let batch = Batch { items: keys.map(sign).to_vec() };
    let answers = ada.sign_batch(&batch).await.unwrap().items;
    let told: Vec<_> = answers
        .iter()
        .map(|item| match item {
            BatchItem::Ok { answer } => answer.operation.clone(),
            BatchItem::Failed { problem } => problem.code.clone(),
        })
        .collect();
    assert_eq!(told, ["GetObject", "no_permission", "dot_segment", "GetObject"]);
    let urls = Batch { items: keys.map(|key| ask(&test, "GET", key, &[])).to_vec() };
    let answers = ada.presign_batch(&urls).await.unwrap().items;
    assert!(matches!(answers[0], BatchItem::Ok { .. }));
    assert!(matches!(answers[1], BatchItem::Failed { .. }));
    let events = test.root().audit_events(&AuditQuery::default()).await.unwrap().items;
    let reads = events.iter().filter(|event| event.actor == "user:ada").count();
    assert_eq!(reads, 8, "each item is on record");
    let too_many = Batch { items: vec![sign("mine/1"); 1001] };
    assert!(ada.sign_batch(&too_many).await.unwrap_err().is_invalid());
}

#[tokio::test]
async fn explain_says_what_is_missing() {
    let test = TestStack::start().await;
    test.grant("ada", "mine/", &[Read]).await;
    let ask = |key: &str, user: Option<&str>| ExplainRequest {
        request: SignRequest {
            method: "GET".to_owned(),
            url: format!("{}/{BUCKET}/{key}", test.stack.storage_url),
            headers: Vec::new(),
            payload: Some("UNSIGNED-PAYLOAD".to_owned()),
            body: None,
        },
        user: user.map(ToOwned::to_owned),
        groups: Vec::new(),
    };
    let ada = test.user("ada");
    let yes = ada.explain(&ask("mine/1", None)).await.unwrap();
    assert!(yes.allowed && yes.missing.is_empty() && yes.needs[0].looked_at[0].counts);
    let no = test.root().explain(&ask("yours/1", Some("ada"))).await.unwrap();
    assert!(!no.allowed && no.code == "no_permission");
    assert_eq!((no.missing[0].permission, no.missing[0].scope.as_str()), (Some(Read), "yours/1"));
    assert_eq!(no.needs[0].looked_at[0].because, "it covers `mine/` only");
    let odd = test.root().explain(&ask("a/../b", None)).await.unwrap();
    assert_eq!((odd.code.as_str(), odd.parsed), ("dot_segment", None));
    let others = ada.explain(&ask("mine/1", Some("bob"))).await.unwrap_err();
    assert!(others.is_denied(), "users do not ask about others");
    let events = test.root().audit_events(&AuditQuery::default()).await.unwrap().items;
    assert!(events.iter().all(|event| !event.action.ends_with("GetObject")), "nothing was signed");
}
