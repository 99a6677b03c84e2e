//! Tests the independent signer with the published vectors, stage by stage.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest;
use serde::Deserialize;

use crate::independent::decode;
use crate::signer::{CredentialScope, Message};

/// `context.json` of a vector.
#[derive(Deserialize)]
struct Context {
    credentials: Credentials,
    expiration_in_seconds: u32,
    normalize: bool,
    region: String,
    service: String,
    sign_body: bool,
    timestamp: String,
    #[serde(default)]
    omit_session_token: bool,
}

#[derive(Deserialize)]
struct Credentials {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
}

/// A vector's directory of files.
struct Vector(PathBuf);

impl Vector {
    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.0.join(file)).unwrap()
    }

    fn context(&self) -> Context {
        serde_json::from_str(&self.text("context.json")).unwrap()
    }
}

/// The parsed `request.txt`.
struct Request {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: String,
}

/// Parses a request as on the wire, including a header folded over several lines.
fn read(text: &str) -> Request {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let first = lines.next().unwrap().strip_suffix(" HTTP/1.1").unwrap();
    let (method, target) = first.split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        match (line.starts_with(' '), line.split_once(':')) {
            (true, _) => headers.last_mut().unwrap().1 += line,
            (false, header) => {
                let (name, value) = header.unwrap();
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
    }
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name).unwrap(), decode(value).unwrap())
    };
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.split('&').filter(|part| !part.is_empty()).map(pair).collect(),
        headers,
        body: body.to_owned(),
    }
}

/// Whether the vector applies to S3, which normalises no path.
fn suits_s3(context: &Context, path: &str) -> bool {
    let is_normal = |segment: &str| !matches!(segment, "" | "." | "..");
    let inner = path.trim_matches('/');
    let normal = path.len() - inner.len() <= 2 && !path.starts_with("//");
    !context.normalize
        || (normal && inner.split('/').all(|part| inner.is_empty() || is_normal(part)))
}

/// Compares the three stages of one form, `header` or `query`.
fn check(vector: &Vector, form: &str, scope: &CredentialScope<'_>, message: &Message<'_>) {
    let expected = |stage: &str| vector.text(&format!("{form}-{stage}.txt"));
    let canonical_request = message.canonical_request();
    assert_eq!(canonical_request, expected("canonical-request"), "{} {form}", vector.0.display());
    let string_to_sign = scope.string_to_sign(&canonical_request);
    assert_eq!(string_to_sign, expected("string-to-sign"), "{} {form}", vector.0.display());
    assert_eq!(
        scope.signature(&string_to_sign),
        expected("signature"),
        "{} {form}",
        vector.0.display()
    );
}

fn check_both_forms(vector: &Vector, context: &Context, request: &Request) {
    let time = context.timestamp.replace(['-', ':'], "");
    let payload = hex::encode(digest::digest(&digest::SHA256, request.body.as_bytes()));
    let scope = CredentialScope {
        secret: &context.credentials.secret_access_key,
        time: &time,
        region: &context.region,
        service: &context.service,
    };
    let owned = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let token = context.credentials.token.as_deref().filter(|_| !context.omit_session_token);
    let mut message = Message {
        method: &request.method,
        path: &request.path,
        query: request.query.clone(),
        headers: request.headers.clone(),
        payload: &payload,
    };
    message.headers.push(owned("X-Amz-Date", &time));
    message.headers.extend(context.sign_body.then(|| owned("X-Amz-Content-Sha256", &payload)));
    message.headers.extend(token.map(|token| owned("X-Amz-Security-Token", token)));
    check(vector, "header", &scope, &message);

    message.headers.clone_from(&request.headers);
    let credential = format!("{}/{}", context.credentials.access_key_id, scope.text());
    let signed_headers = message.signed_headers();
    message.query.extend([
        owned("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        owned("X-Amz-Credential", &credential),
        owned("X-Amz-Date", &time),
        owned("X-Amz-Expires", &context.expiration_in_seconds.to_string()),
        owned("X-Amz-SignedHeaders", &signed_headers),
    ]);
    message.query.extend(token.map(|token| owned("X-Amz-Security-Token", token)));
    check(vector, "query", &scope, &message);
}

#[test]
fn the_other_signer_agrees_with_the_published_vectors() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/aws-signing-test-suite/v4");
    let mut compared = Vec::new();
    for entry in std::fs::read_dir(&suite).unwrap() {
        let vector = Vector(entry.unwrap().path());
        let (context, request) = (vector.context(), read(&vector.text("request.txt")));
        if suits_s3(&context, &request.path) {
            check_both_forms(&vector, &context, &request);
            compared.push(context.normalize);
        }
    }
    assert_eq!(compared.len(), 32, "all vectors but the six that normalise a path");
    assert_eq!(compared.iter().filter(|normalize| !**normalize).count(), 7);
}
