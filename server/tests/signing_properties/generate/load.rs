//! Generates the query, headers, payload and body of a request.

use std::fmt::Write as _;

use sail_cargo_server::domain::s3::{BodyRule, EMPTY_SHA256, Operation};
use sha2::{Digest, Sha256};

use super::Maker;
use super::places::KEYS;
use super::trouble::{ODD_HEADERS, ODD_PAIRS, ODD_PAYLOADS, ODD_RESTORES, ODD_XML, RESTORES};

const HELLO_SHA256: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

impl Maker<'_, '_> {
    pub(super) fn query(&mut self, operation: Operation) -> String {
        let row = operation.row();
        let mut pairs: Vec<String> = Vec::new();
        pairs.extend(row.marker.map(|marker| match marker {
            "uploadId" => "uploadId=abc.DEF_1".to_owned(),
            "list-type" => "list-type=2".to_owned(),
            "select" => "select&select-type=2".to_owned(),
            marker => marker.to_owned(),
        }));
        for name in row.queries.iter().filter(|name| **name != "select-type") {
            let needed = matches!(*name, "partNumber" | "id" | "annotationName");
            let rarely = if *name == "prefix" { 2 } else { 4 };
            if needed || self.choices.once_in(rarely) {
                let value = self.query_value(name);
                pairs.push(format!("{name}={}", value.replace('&', "%26")));
            }
        }
        if self.choices.once_in(4) {
            pairs.push(format!("x-id={operation}"));
        }
        while self.is_odd() {
            let at = self.choices.below(pairs.len() + 1);
            pairs.insert(at, self.choices.pick(ODD_PAIRS).to_owned());
        }
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    /// A value that clients send for a query key, or an odd one.
    fn query_value(&mut self, name: &str) -> String {
        let fitting: &[&str] = match name {
            _ if self.is_odd() => return self.key(),
            "versionId" | "version-id-marker" | "upload-id-marker" => {
                &["null", "3%2FL4kq%2BtJ%3D", "2~x", "7fff-e6b1.c_d"]
            }
            "continuation-token" => &["1uE%2Fabc%3D%3D", "a%20b%2F%C3%BC", "%5DYS9i", "a%252Fb"],
            "delimiter" => &["%2F", "", "-"],
            "partNumber" => &["7"],
            "fetch-owner" => &["true", "false"],
            "encoding-type" => &["url"],
            "id" | "bucket-region" => &["eu-1"],
            _ if name.starts_with("max-") || name == "part-number-marker" => &["0", "1000"],
            _ if name.starts_with("response-") => &["a%2Fb", "attachment%3B%20x%3D%22%22"],
            _ => return self.key(),
        };
        self.choices.pick(fitting).to_owned()
    }

    pub(super) fn headers(&mut self, operation: Operation) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        let mut add = |name: &str, value: String| headers.push((name.to_owned(), value));
        for name in operation.row().headers {
            match *name {
                "x-amz-copy-source" => {
                    let bucket = self.bucket();
                    let slash = ["", "/", "/"][self.choices.below(3)];
                    add(name, format!("{slash}{bucket}/{}", self.key().replace('?', "%3F")));
                }
                "x-amz-rename-source" => add(name, self.key()),
                "x-amz-meta-" if self.choices.once_in(8) => add("x-amz-meta-a", "b c".to_owned()),
                _ => {}
            }
        }
        while self.is_odd() || (self.trouble > 0 && self.choices.once_in(8)) {
            let (name, value) = ODD_HEADERS[self.choices.below(ODD_HEADERS.len())];
            add(name, value.to_owned());
        }
        headers
    }

    pub(super) fn payload(
        &mut self,
        operation: Operation,
        headers: &mut Vec<(String, String)>,
    ) -> (Option<String>, Option<Vec<u8>>) {
        if self.is_odd() {
            let payload = self.choices.pick(ODD_PAYLOADS);
            return ((!payload.is_empty()).then(|| payload.to_owned()), None);
        }
        if operation == Operation::DeleteObjects && !self.choices.once_in(4) {
            let body = self.delete_body().into_bytes();
            let hash = self.choices.once_in(2).then(|| hex::encode(Sha256::digest(&body)));
            return (hash, Some(body));
        }
        if operation == Operation::RestoreObject && !self.choices.once_in(4) {
            return (None, Some(self.restore_body().into_bytes()));
        }
        let payload = match operation.row().body {
            BodyRule::None => [EMPTY_SHA256, "UNSIGNED-PAYLOAD"][self.choices.below(2)],
            BodyRule::Hashed | BodyRule::Content => HELLO_SHA256,
            BodyRule::Stream => match self.choices.below(3) {
                0 => HELLO_SHA256,
                1 => "UNSIGNED-PAYLOAD",
                _ => {
                    headers.extend(
                        [
                            ("content-encoding", "aws-chunked"),
                            ("x-amz-decoded-content-length", "5"),
                            ("x-amz-trailer", "x-amz-checksum-crc32"),
                        ]
                        .map(|(name, value)| (name.to_owned(), value.to_owned())),
                    );
                    "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
                }
            },
        };
        (Some(payload.to_owned()), None)
    }

    fn restore_body(&mut self) -> String {
        let mut xml = "<RestoreRequest>".to_owned();
        for _ in 0..self.choices.below(3) {
            let odd = self.is_odd();
            xml += self.choices.pick(if odd { ODD_RESTORES } else { RESTORES });
        }
        xml + "</RestoreRequest>"
    }

    fn delete_body(&mut self) -> String {
        let mut xml = "<Delete>".to_owned();
        for _ in 0..=self.choices.below(3) {
            if self.is_odd() {
                xml += self.choices.pick(ODD_XML);
            } else {
                let key = self.choices.pick(KEYS).replace('&', "&amp;");
                write!(xml, "<Object><Key>{key}</Key></Object>").unwrap();
            }
        }
        xml + "</Delete>"
    }
}
