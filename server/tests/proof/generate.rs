//! Requests made of choices: every operation in its plain form, with trouble mixed in.

use std::fmt::Write as _;

use sail_cargo_server::domain::s3::{BodyRule, EMPTY_SHA256, Level, Operation};
use sha2::{Digest, Sha256};

use crate::choices::Choices;
use crate::sent::Sent;
use crate::words::{
    HOSTS, KEYS, ODD_BUCKETS, ODD_HEADERS, ODD_HOSTS, ODD_KEYS, ODD_METHODS, ODD_PAIRS,
    ODD_PAYLOADS, ODD_XML,
};
use crate::world::BUCKETS;

const HELLO_SHA256: &str = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// What users ask for day in, day out.
const USUAL: &[Operation] = &[
    Operation::GetObject,
    Operation::PutObject,
    Operation::ListObjectsV2,
    Operation::DeleteObject,
    Operation::CopyObject,
    Operation::DeleteObjects,
    Operation::HeadObject,
    Operation::UploadPart,
];

/// A request without trouble: most users could send it.
pub(crate) fn plain(choices: &mut Choices<'_>) -> Sent {
    Maker { choices, trouble: 0 }.make()
}

/// A request in which any part may be trouble.
pub(crate) fn odd(choices: &mut Choices<'_>) -> Sent {
    let trouble = [16, 64, 8, 4][choices.below(4)];
    Maker { choices, trouble }.make()
}

struct Maker<'c, 'b> {
    choices: &'c mut Choices<'b>,
    /// Every part is trouble once in so many times; 0 is never.
    trouble: usize,
}

impl Maker<'_, '_> {
    fn make(mut self) -> Sent {
        let operation = match self.choices.below(4) {
            3 => Operation::ALL[self.choices.below(Operation::ALL.len())],
            _ => USUAL[self.choices.below(USUAL.len())],
        };
        let method = match self.is_odd() {
            true => self.choices.pick(ODD_METHODS).to_owned(),
            false => operation.row().method.as_str().to_owned(),
        };
        let url = self.place(operation) + &self.query(operation);
        let mut headers = self.headers(operation);
        let (payload, body) = self.payload(operation, &mut headers);
        Sent { method, url, headers, payload, body }
    }

    fn is_odd(&mut self) -> bool {
        self.trouble > 0 && self.choices.once_in(self.trouble)
    }

    /// Scheme, host and path.
    fn place(&mut self, operation: Operation) -> String {
        let odd_host = self.is_odd();
        let host = self.choices.pick(if odd_host { ODD_HOSTS } else { HOSTS });
        let bucket = self.bucket();
        let in_host = host == HOSTS[1] && self.choices.once_in(2);
        let mut url = match (operation.row().level, in_host) {
            (Level::Account, _) => return format!("{host}/"),
            (_, true) => host.replacen("://", &format!("://{bucket}."), 1),
            (_, false) => format!("{host}/{bucket}"),
        };
        if operation.row().level == Level::Object {
            url.push('/');
            url += &self.key();
        } else if self.choices.once_in(4) {
            url.push('/');
        }
        url
    }

    fn bucket(&mut self) -> &'static str {
        if self.is_odd() { self.choices.pick(ODD_BUCKETS) } else { self.choices.pick(&BUCKETS) }
    }

    /// A key, encoded for a URL in one of the ways that clients do it.
    fn key(&mut self) -> String {
        let mut key = String::new();
        for _ in 0..=self.choices.below(3) {
            if self.is_odd() {
                key += self.choices.pick(ODD_KEYS);
            } else {
                let part = self.choices.pick(KEYS);
                self.encode(&mut key, part);
            }
        }
        key
    }

    fn encode(&mut self, out: &mut String, part: &str) {
        let style = self.choices.below(3);
        for byte in part.bytes() {
            let plain = byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
            match style {
                2 => write!(out, "%{byte:02x}"),
                1 if plain || b"!*'()=&@:,$".contains(&byte) => {
                    write!(out, "{}", char::from(byte))
                }
                _ if plain => write!(out, "{}", char::from(byte)),
                _ => write!(out, "%{byte:02X}"),
            }
            .unwrap();
        }
    }

    fn query(&mut self, operation: Operation) -> String {
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
            if needed || self.choices.once_in(4) {
                let value = if *name == "partNumber" { "7".to_owned() } else { self.key() };
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

    fn headers(&mut self, operation: Operation) -> Vec<(String, String)> {
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

    fn payload(
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
