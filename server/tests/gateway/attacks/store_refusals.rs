//! A storage that refuses the server's own signature: that is none of the client's.

use sail_cargo_client::protocol::AuditQuery;

use super::fake_storage::{Asked, FakeStorage, Reply, answer, fine};
use crate::gateway_stack::{GatewayStack, eventually};

/// Answers with the status and the code that the key names: `403-SignatureDoesNotMatch`.
fn refuse(asked: &Asked) -> Reply {
    let key = asked.path().rsplit('/').next().unwrap();
    let Some((status, code)) = key.split_once('-') else { return fine() };
    let is_head = asked.line.starts_with("HEAD ");
    let (code, long) = code.split_once('-').map_or((code, ""), |(code, _)| (code, "long"));
    let long = if long.is_empty() { String::new() } else { "x".repeat(200_000) };
    let document = format!(
        "<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>of the storage's key AKIATHEIRS</Message>\
         <AWSAccessKeyId>AKIATHEIRS</AWSAccessKeyId><StringToSign>{long}</StringToSign></Error>"
    );
    let named = format!("x-minio-error-code: {code}\r\n");
    match (is_head, code) {
        (false, _) => Reply::Bytes(answer(&format!("{status} Refused"), "", &document)),
        (true, "Bare") => Reply::Bytes(answer(&format!("{status} Refused"), "", "")),
        (true, "Late") => {
            let date = "date: Sat, 28 Nov 2015 12:00:00 GMT\r\n";
            Reply::Bytes(answer(&format!("{status} Refused"), date, ""))
        }
        (true, "Elsewhere") => {
            let region = "x-amz-bucket-region: mars\r\n";
            Reply::Bytes(answer(&format!("{status} Refused"), region, ""))
        }
        (true, _) => Reply::Bytes(answer(&format!("{status} Refused"), &named, "")),
    }
}

#[tokio::test]
async fn a_refusal_of_the_servers_signature_is_a_503_that_says_nothing_of_it() {
    let storage = FakeStorage::start(refuse).await;
    let test = GatewayStack::before_url(&storage.url).await;
    let root = test.signer_of(None).await;
    // First what passes: it says something about the object, or nothing.
    for (method, key, status) in [
        ("GET", "403-AccessDenied", 403),
        ("PUT", "403-AccessDenied", 403),
        ("GET", "403-AccessDenied-long", 403),
        ("GET", "400-InvalidArgument", 400),
        ("GET", "409-OperationAborted", 409),
        ("HEAD", "403-Bare", 403),
        ("HEAD", "400-Bare", 400),
        ("HEAD", "403-AccessDenied", 403),
    ] {
        let wire = if method == "PUT" {
            root.put(&format!("/photos/{key}"), b"hello")
        } else {
            root.ask(method, &format!("/photos/{key}"))
        };
        let answer = test.send(&wire.signed()).await;
        assert_eq!(answer.status, status, "{method} {key}: {}", answer.text());
        let is_long = key.ends_with("-long");
        assert_eq!(answer.body.len() > 200_000, is_long, "{method} {key}: all of it comes");
        assert!(answer.is_whole, "{method} {key}");
    }
    for code in [
        "403-InvalidAccessKeyId",
        "403-SignatureDoesNotMatch",
        "403-SignatureDoesNotMatch-long",
        "403-RequestTimeTooSkewed",
        "400-AuthorizationHeaderMalformed",
        "400-InvalidToken",
        "400-ExpiredToken",
        "401-Unauthorized",
        "407-Whatever",
    ] {
        let target = format!("/photos/{code}");
        for wire in [
            root.ask("GET", &target),
            root.ask("DELETE", &target),
            root.put(&target, b"hello"),
            root.ask("PUT", &target).with("x-amz-copy-source", "photos/y").carrying(b""),
        ] {
            let answer = test.send(&wire.signed()).await;
            assert_eq!(answer.status, 503, "{code}: {}", answer.text());
            assert_eq!(answer.element("Code"), "ServiceUnavailable");
            for theirs in ["of the storage's key", "AKIATHEIRS", "StringToSign"] {
                assert!(!answer.text().contains(theirs), "{}", answer.text());
            }
        }
    }
    let key = "403-SignatureDoesNotMatch";
    let query = AuditQuery { action: Some("s3:GetObject".to_owned()), ..AuditQuery::default() };
    eventually("the end says why", || async {
        let events = test.root().audit_events(&query).await.unwrap().items;
        let mut ours = events.iter().filter(|event| event.key.as_deref() == Some(key));
        ours.any(|event| {
            event.detail.contains("ended with 403 and the error SignatureDoesNotMatch")
        })
    })
    .await;
}

#[tokio::test]
async fn a_refusal_of_a_head_is_told_by_its_headers_and_by_what_was_refused_just_now() {
    let storage = FakeStorage::start(refuse).await;
    let test = GatewayStack::before_url(&storage.url).await;
    let root = test.signer_of(None).await;
    let head = async |key: &str| {
        let answer = test.send(&root.ask("HEAD", &format!("/photos/{key}")).signed()).await;
        assert_eq!(answer.header("x-minio-error-code"), None);
        answer.status
    };
    assert_eq!(head("403-Bare").await, 403);
    for key in ["403-SignatureDoesNotMatch", "403-Late", "400-Elsewhere"] {
        assert_eq!(head(key).await, 503, "{key}");
    }
    // Nothing tells by itself, but for what was refused a moment ago.
    eventually("a bare refusal is one of the server", || async {
        head("403-SignatureDoesNotMatch").await == 503 && head("403-Bare").await == 503
    })
    .await;
    assert_eq!(head("404-Bare").await, 404);
}
