//! Recomputes signatures with independent code from the requests on the wire.
//!
//! The rules are those of "Signature Calculations for the Authorization Header"
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>).

use std::collections::BTreeMap;

use aws_lc_rs::hmac;
use sail_cargo_client::protocol::SignResponse;
use sha2::{Digest as _, Sha256};

use crate::harness::{REGION, S3, TestApp, on_both};

const STREAMED: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// Requests whose canonical form is easy to get wrong.
fn requests() -> Vec<S3> {
    let s3 = S3::new;
    vec![
        s3("GET", "/"),
        s3("GET", "/photos"),
        s3("GET", "/photos/"),
        s3("HEAD", "/photos/cat.png"),
        s3("GET", "/photos/a%20b%2Bc%26d=e"),
        s3("GET", "/photos/%C3%BCber/%E2%9C%93"),
        s3("GET", "/photos/a//b///c/"),
        s3("GET", "/photos/%25done"),
        s3("GET", "/photos/(a)'!*,:@$"),
        s3("GET", "/photos/~tilde-._"),
        s3("GET", "/photos?prefix=b%2F&list-type=2&delimiter=%2F&max-keys=10"),
        s3("GET", "/photos?list-type=2&prefix=&start-after=%C3%A9%20x"),
        s3("POST", "/photos/x?uploads"),
        s3("POST", "/photos/x?uploads="),
        s3("PUT", "/photos/x?uploadId=u%2Fv%3D&partNumber=7").payload("UNSIGNED-PAYLOAD"),
        s3("GET", "/photos/x?response-content-disposition=attachment%3B%20filename%3D%22a%22"),
        S3::to("GET", "https://photos.s3.example.com/a%20b?versionId=3"),
        S3::to("GET", "https://S3.Example.com:443/photos/a"),
        s3("PUT", "/photos/x")
            .body("some text")
            .header("Content-Type", "text/plain; charset=utf-8"),
        s3("PUT", "/photos/x").header("x-amz-meta-z", " two  blanks ").header("X-Amz-Meta-A", "1"),
        s3("PUT", "/photos/x").header("user-agent", "sdk/1").header("accept-encoding", "gzip"),
        s3("GET", "/photos/x").header("range", "bytes=0-1").header("if-none-match", "\"e\""),
        s3("PUT", "/photos/y").header("x-amz-copy-source", "/photos/a%20b?versionId=1"),
        s3("POST", "/photos?delete").body("<Delete><Object><Key>a</Key></Object></Delete>"),
        s3("PUT", "/photos/x")
            .payload(STREAMED)
            .header("content-encoding", "aws-chunked")
            .header("x-amz-decoded-content-length", "9")
            .header("x-amz-trailer", "x-amz-checksum-crc32c"),
        s3("GET", "/photos/x")
            .header("authorization", "theirs")
            .header("x-amz-date", "20000101T000000Z"),
    ]
}

#[tokio::test]
async fn what_is_signed_is_what_is_sent() {
    on_both(async |app| {
        app.register("photos").await;
        for request in requests() {
            let signed = app.root().signed(&request).await;
            let sent = sent(&request, &signed);
            assert_eq!(
                signed.headers["authorization"],
                authorization(app, &request, &signed, &sent)
            );
            let date = app.clock.now().format("%Y%m%dT%H%M%SZ").to_string();
            assert_eq!(signed.headers["x-amz-date"], date);
            assert_signs_what_matters(&signed.headers["authorization"], &sent);
        }
    })
    .await;
}

/// The headers on the wire: the caller's, `host`, and those that Cargo added.
fn sent(request: &S3, signed: &SignResponse) -> BTreeMap<String, String> {
    let (_, rest) = signed.url.split_once("://").unwrap();
    let host = rest.split(['/', '?']).next().unwrap().to_owned();
    let own = request.0.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone()));
    own.chain([("host".to_owned(), host)]).chain(signed.headers.clone()).collect()
}

/// The `authorization` header of the request as sent.
fn authorization(
    app: &TestApp,
    request: &S3,
    signed: &SignResponse,
    sent: &BTreeMap<String, String>,
) -> String {
    let given = &signed.headers["authorization"];
    let names = signed_headers(given);
    let date = &sent["x-amz-date"];
    let scope = format!("{}/{REGION}/s3/aws4_request", &date[..8]);
    let canonical = canonical(&request.0.method, &signed.url, sent, &names);
    let text =
        format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex::encode(Sha256::digest(canonical)));
    let start = format!("AWS4{}", app.secrets.store).into_bytes();
    let key = scope.split('/').fold(start, |key, part| mac(&key, part));
    format!(
        "AWS4-HMAC-SHA256 Credential=AKIACARGO/{scope}, SignedHeaders={}, Signature={}",
        names.join(";"),
        hex::encode(mac(&key, &text)),
    )
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    hmac::sign(&key, text.as_bytes()).as_ref().to_vec()
}

/// The canonical request. The URL is percent-encoded already, once, and is not normalised.
fn canonical(method: &str, url: &str, sent: &BTreeMap<String, String>, names: &[&str]) -> String {
    let (_, rest) = url.split_once("://").unwrap();
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    let mut pairs: Vec<_> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    let query: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let blanks = |value: &str| {
        value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    };
    let headers: Vec<_> =
        names.iter().map(|name| format!("{name}:{}\n", blanks(&sent[*name]))).collect();
    let headers = headers.concat();
    let (query, names, payload) = (query.join("&"), names.join(";"), &sent["x-amz-content-sha256"]);
    format!("{method}\n{path}\n{query}\n{headers}\n{names}\n{payload}")
}

fn signed_headers(authorization: &str) -> Vec<&str> {
    let (_, rest) = authorization.split_once("SignedHeaders=").unwrap();
    rest.split(',').next().unwrap().split(';').collect()
}

/// Demands that headers that change the meaning of a request are signed, and headers that proxies
/// rewrite are not.
fn assert_signs_what_matters(authorization: &str, sent: &BTreeMap<String, String>) {
    let names = signed_headers(authorization);
    assert!(names.is_sorted() && names.contains(&"host"), "{names:?}");
    for name in sent.keys() {
        let matters = name.starts_with("x-amz-")
            || matches!(
                name.as_str(),
                "host" | "content-type" | "content-encoding" | "range" | "if-none-match"
            );
        assert_eq!(names.contains(&name.as_str()), matters, "{name} of {names:?}");
    }
}
