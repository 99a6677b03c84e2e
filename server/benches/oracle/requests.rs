//! The requests of each mode.

use chrono::Utc;
use serde_json::{Value, json};

use crate::project::{BUCKETS, bucket, user};
use crate::served::ENDPOINT;
use crate::signing_key::KEYS;
use crate::token::Token;

/// The users that the requests come from, at most.
const USERS: usize = 1000;

/// A token for each of `count` users, at most [`USERS`].
pub(crate) fn tokens(count: usize) -> Vec<String> {
    #[expect(clippy::disallowed_methods, reason = "the server reads the same clock")]
    let now = Utc::now();
    let token = |number| Token::oidc(&user(number), now).signed_by(&KEYS[0]);
    (0..count.min(USERS)).map(token).collect()
}

/// Requests for the signature of an upload, of different users and buckets.
pub(crate) fn signs(tokens: &[String]) -> Vec<Vec<u8>> {
    let one = |number: usize| {
        let ask = upload(number % BUCKETS).to_string();
        post("/v1/sign", &tokens[number % tokens.len()], &ask)
    };
    (0..10 * tokens.len().max(BUCKETS)).map(one).collect()
}

/// Questions whether a user may do something.
pub(crate) fn checks(tokens: &[String]) -> Vec<Vec<u8>> {
    let one = |number: usize| {
        let (token, bucket) = (&tokens[number % tokens.len()], bucket(number % BUCKETS));
        let ask = json!({ "bucket": bucket, "key": "a/cat.png", "action": "read" });
        post("/v1/check", token, &ask.to_string())
    };
    (0..10 * tokens.len().max(BUCKETS)).map(one).collect()
}

/// Batches of 1,000 signatures.
pub(crate) fn batches(tokens: &[String]) -> Vec<Vec<u8>> {
    let items: Vec<_> = (0..1000).map(|number| upload(number % BUCKETS)).collect();
    let ask = json!({ "items": items }).to_string();
    tokens.iter().take(20).map(|token| post("/v1/sign/batch", token, &ask)).collect()
}

/// The body of a request for what aws-sdk-s3 signs for an upload: 14 headers.
pub(crate) fn upload(number: usize) -> Value {
    json!({
        "method": "PUT",
        "url": format!("{ENDPOINT}/{}/a/2026/11/cat-{number}.png?x-id=PutObject", bucket(number)),
        "payload": "UNSIGNED-PAYLOAD",
        "headers": [
            ["content-length", "65536"], ["content-type", "image/png"],
            ["cache-control", "max-age=31536000"], ["content-disposition", "inline"],
            ["content-language", "en"], ["x-amz-meta-author", "somebody with a long name"],
            ["x-amz-meta-camera", "a camera and its lens"], ["x-amz-meta-origin", "upload"],
            ["x-amz-checksum-crc32", "AAAAAA=="], ["x-amz-sdk-checksum-algorithm", "CRC32"],
            ["amz-sdk-invocation-id", "3f1d5b7a-4a3b-4e0d-9b58-2f2a5b0b7c11"],
            ["amz-sdk-request", "attempt=1; max=3"],
            ["user-agent", "aws-sdk-rust/1.3.9 os/linux lang/rust/1.95.0"],
            ["accept-encoding", "identity"]
        ],
    })
}

/// A sign-in.
pub(crate) fn login(username: &str, password: &str) -> Vec<u8> {
    let body = json!({ "username": username, "password": password }).to_string();
    request("/auth/login", "", &body)
}

fn post(path: &str, token: &str, body: &str) -> Vec<u8> {
    request(path, &format!("authorization: Bearer {token}\r\n"), body)
}

fn request(path: &str, authorization: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\n{authorization}\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}
