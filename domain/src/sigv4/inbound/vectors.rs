//! The published vectors of Signature Version 4, as requests that come in: those in which S3 would
//! normalise nothing.

#[cfg(test)]
use std::fs::{read_dir, read_to_string};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;

use super::super::key::{self, SigningKey};
use super::super::proof_error::{Place, ProofError};
use super::super::stamp;
use super::claim::Claim;
use super::declared::Declared;
use super::head::Head;
use super::scope::Scope;
use crate::secret::Secret;

struct Vector {
    place: PathBuf,
    context: Value,
}

/// A request file: its first line, its headers, its body.
type Request = (String, Vec<(String, String)>, String);

impl Vector {
    fn file(&self, name: &str) -> String {
        read_to_string(self.place.join(name)).unwrap()
    }

    fn text(&self, pointer: &str) -> &str {
        self.context.pointer(pointer).unwrap().as_str().unwrap()
    }

    fn is_set(&self, name: &str) -> bool {
        self.context.get(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// Headers that are folded over several lines are one.
    fn request(&self, name: &str) -> Request {
        let text = self.file(name);
        let (head, body) = text.split_once("\n\n").unwrap_or((&text, ""));
        let mut lines = head.lines();
        let first = lines.next().unwrap().strip_suffix(" HTTP/1.1").unwrap().to_owned();
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines {
            if line.starts_with(' ') {
                headers.last_mut().unwrap().1 += line;
            } else {
                let (name, value) = line.split_once(':').unwrap();
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        (first, headers, body.to_owned())
    }

    fn key(&self) -> Arc<SigningKey> {
        let secret = Secret::new(self.text("/credentials/secret_access_key").to_owned());
        let day = stamp::read(&self.stamp()).unwrap().date_naive();
        Arc::new(SigningKey::derive(&secret, day, self.text("/region"), self.text("/service")))
    }

    fn stamp(&self) -> String {
        self.text("/timestamp").replace(['-', ':'], "")
    }

    fn suits_s3(&self) -> bool {
        let (first, ..) = self.request("request.txt");
        let path = first.split_once(' ').unwrap().1.split('?').next().unwrap().to_owned();
        let is_odd = |part: &str| matches!(part, "." | "..");
        !self.is_set("normalize") || (!path.contains("//") && !path.split('/').any(is_odd))
    }

    /// Verifies a form, and holds what was hashed to what was published.
    fn check(&self, form: &str) {
        let (first, headers, body) = self.request(&format!("{form}-signed-request.txt"));
        let (method, target) = first.split_once(' ').unwrap();
        let headers = headers.iter().map(|(name, value)| (&**name, value.as_bytes())).collect();
        let head = Head { method, target, headers };
        let canonical = self.file(&format!("{form}-canonical-request.txt"));
        let signed_headers = canonical.lines().rev().nth(1).unwrap().to_owned();
        let signature = self.file(&format!("{form}-signature.txt"));
        let (key, stamp) = (self.key(), self.stamp());
        let mut claim = Claim {
            place: Place::Header,
            access_key_id: "AKIDEXAMPLE".to_owned(),
            scope: Scope::of_vector(key.scope(), key.day(), self.text("/region")),
            signed_at: stamp::read(&stamp).unwrap(),
            stamp,
            lifetime: None,
            signed_headers,
            session_token: None,
            payload: Declared::Body,
            hoisted: Vec::new(),
            signature: key::read_signature(signature.as_bytes()),
        };
        let what = format!("{form} {}", self.place.display());
        let found = claim.verify_with_body(&head, &key, body.as_bytes());
        assert!(found.is_ok(), "{what} {found:?}");
        claim.signature = None;
        let found = claim.verify_with_body(&head, &key, body.as_bytes());
        let Err(ProofError::SignatureMismatch(echo)) = found else { panic!("{what} {found:?}") };
        assert_eq!(echo.canonical_request, canonical, "{what}");
        assert_eq!(echo.string_to_sign, self.file(&format!("{form}-string-to-sign.txt")), "{what}");
    }
}

#[test]
fn the_published_vectors_are_verified() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../server/tests/data/aws-signing-test-suite/v4");
    let vectors = read_dir(suite).unwrap().map(|entry| {
        let place = entry.unwrap().path();
        let context = read_to_string(place.join("context.json")).unwrap();
        Vector { context: serde_json::from_str(&context).unwrap(), place }
    });
    let vectors: Vec<Vector> = vectors.filter(Vector::suits_s3).collect();
    for vector in &vectors {
        vector.check("header");
        // A token that is added to the query afterwards is not what S3 takes.
        if !vector.is_set("omit_session_token") {
            vector.check("query");
        }
    }
    assert!(vectors.len() > 30, "only {} vectors", vectors.len());
}
