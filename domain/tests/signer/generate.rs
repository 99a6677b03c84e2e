//! Generates requests of every operation in the table, with unusual but allowed content.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::string::string_regex;
use sail_cargo_domain::s3::{AddressingStyle, BodyRule, EMPTY_SHA256, Level, Operation, Row};

use crate::oracle::{Keys, encode};
use crate::test_project::{BUCKETS, CallerRequest, ENDPOINTS};

const HASH: &str = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const STREAMING: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// Headers that every operation may have. All are signed, except for the last two.
const ANYWHERE: [&str; 16] = [
    "content-type",
    "content-md5",
    "content-language",
    "content-disposition",
    "content-length",
    "cache-control",
    "expires",
    "range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "x-amz-expected-bucket-owner",
    "x-amz-user-agent",
    "x-amzn-trace-id",
    "user-agent",
];

/// A subset of many names, and values for them in turn.
#[derive(Debug, Clone)]
struct Choice {
    chosen: u64,
    values: Vec<String>,
}

impl Choice {
    /// The chosen names among `names`, each with its value.
    fn of(&self, names: &[&'static str]) -> impl Iterator<Item = (&'static str, &str)> {
        let values = self.values.iter().map(String::as_str).cycle();
        let chosen = |position: usize| self.chosen >> (position % 64) & 1 == 1;
        let there = names.iter().copied().enumerate().filter(move |(place, _)| chosen(*place));
        there.map(|(_, name)| name).zip(values)
    }
}

/// A choice of about one name in `2.pow(rarity)`.
fn choice(values: impl Strategy<Value = String>, rarity: usize) -> impl Strategy<Value = Choice> {
    (vec(any::<u64>(), rarity), vec(values, 4)).prop_map(|(masks, values)| {
        let chosen = masks.into_iter().fold(u64::MAX, |all, mask| all & mask);
        Choice { chosen, values }
    })
}

/// The parts of a request.
#[derive(Debug, Clone)]
struct Parts {
    operation: Operation,
    endpoint: (&'static str, AddressingStyle),
    bucket: &'static str,
    /// Whether the authority has the scheme's default port, and capitals.
    loud: bool,
    key: String,
    /// Bytes of the path that are not encoded.
    keep: &'static str,
    queries: Choice,
    /// Whether the query pairs are in reverse order.
    reversed: bool,
    headers: Choice,
    anywhere: Choice,
    payload: usize,
}

pub(crate) fn sent() -> impl Strategy<Value = CallerRequest> {
    let place = (select(&ENDPOINTS[..]), select(&BUCKETS[..]), any::<bool>());
    let path = (key(), select(&["/", "/'!*()@:$,=", "/~"][..]));
    let query = (choice(query(), 1), any::<bool>());
    let headers = (choice(ascii(), 2), choice(beyond_ascii(), 2));
    (operation(), place, path, query, headers, 0..3_usize).prop_map(
        |(operation, (endpoint, bucket, loud), (key, keep), query, headers, payload)| {
            let ((queries, reversed), (headers, anywhere)) = (query, headers);
            let parts = Parts {
                operation,
                endpoint,
                bucket,
                loud,
                key,
                keep,
                queries,
                reversed,
                headers,
                anywhere,
                payload,
            };
            parts.send()
        },
    )
}

/// Store credentials: some secrets are longer than a block of SHA-256, some regions and ids are
/// odd.
pub(crate) fn keys() -> impl Strategy<Value = Keys> {
    let odd = || text("[ -~é€]{0,20}");
    let secret = prop_oneof![text("[A-Za-z0-9/+]{40}"), text("[ -~é€]{0,100}")];
    let id = prop_oneof![4 => text("AKIA[A-Z0-9]{16}"), 1 => odd()];
    let region = prop_oneof![4 => text("[a-z]{2}-[a-z]{4,9}-[1-3]"), 1 => odd()];
    (id, secret, region).prop_map(|(id, secret, region)| Keys { id, secret, region })
}

/// A strategy for texts that match a pattern. Compiles the pattern once, not for every case.
fn text(pattern: &str) -> impl Strategy<Value = String> + use<> {
    string_regex(pattern).unwrap()
}

/// A quarter of the operations are those that can be presigned.
fn operation() -> impl Strategy<Value = Operation> {
    use Operation::{GetObject, HeadObject, PutObject, UploadPart};
    let may_be_presigned = [GetObject, HeadObject, PutObject, UploadPart];
    prop_oneof![3 => select(Operation::ALL), 1 => select(may_be_presigned.to_vec())]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![
        text("[a-z0-9]{1,8}(/[a-z0-9 ]{0,8}){0,3}\\.txt"),
        text("[ +%~'&=?#!*()@:$,;a/éß€😀]{0,24}x"),
        text("/{0,2}[ -~]{1,20}/{0,3}"),
    ]
}

/// Values of query parameters.
fn query() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        text("[a-zA-Z0-9/_.-]{1,16}"),
        text("[ -~]{0,16}"),
        text("[ +%~'&=/éß€😀]{0,12}"),
    ]
}

/// ASCII header values, some with runs of spaces.
fn ascii() -> impl Strategy<Value = String> {
    prop_oneof![text("[a-z/]{0,16}"), text("( {0,3}[!-~]{0,3}){0,5}"), text("[ -~]{0,30}")]
}

fn beyond_ascii() -> impl Strategy<Value = String> {
    prop_oneof![text("[a-z/]{1,16}"), text("( {0,3}[!-~é€\u{85}\u{a0}]{0,3}){0,5}")]
}

impl Parts {
    fn send(self) -> CallerRequest {
        let (headers, payload) = (self.headers(), self.payload().to_owned());
        CallerRequest {
            method: self.operation.row().method.as_str(),
            url: self.url(),
            headers,
            payload,
        }
    }

    fn row(&self) -> &'static Row {
        self.operation.row()
    }

    fn url(&self) -> String {
        let (endpoint, style) = self.endpoint;
        let (scheme, host) = endpoint.split_once("://").unwrap();
        let key = encode(&self.key, self.keep);
        let (host, path) = match (self.row().level, style) {
            (Level::Account, _) => (host.to_owned(), String::new()),
            (level, AddressingStyle::Path) => {
                let key = if level == Level::Object { format!("/{key}") } else { String::new() };
                (host.to_owned(), format!("/{}{key}", self.bucket))
            }
            (level, AddressingStyle::VirtualHosted) => {
                let key = if level == Level::Object { format!("/{key}") } else { String::new() };
                (format!("{}.{host}", self.bucket), key)
            }
        };
        let port = match (scheme, host.contains(':')) {
            ("http", false) if self.loud => ":80",
            ("https", false) if self.loud => ":443",
            _ => "",
        };
        let host = if self.loud { host.to_ascii_uppercase() } else { host };
        format!("{scheme}://{host}{port}{path}{}", self.query())
    }

    fn query(&self) -> String {
        let marker = self.row().marker.map(|name| match name {
            "uploadId" => format!("uploadId={}", encode(&format!("{}x", self.key), "~")),
            "list-type" => "list-type=2".to_owned(),
            _ if self.loud => format!("{name}="),
            _ => name.to_owned(),
        });
        let others = self.queries.of(self.row().queries).map(|(name, text)| match name {
            "partNumber" => format!("{name}=7"),
            "select-type" => format!("{name}=2"),
            "response-content-type" => format!("{name}=image%2fpng"),
            _ if text.is_empty() => name.to_owned(),
            _ => format!("{name}={}", encode(text, "~/'").replace("%C3", "%c3")),
        });
        let mut pairs: Vec<_> = marker.into_iter().chain(others).collect();
        if self.reversed {
            pairs.reverse();
        }
        if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) }
    }

    fn headers(&self) -> Vec<(String, String)> {
        let own = self.headers.of(self.row().headers).filter_map(|(name, value)| {
            Some(match name {
                "x-amz-acl" => own_pair(name, "public-read"),
                "x-amz-storage-class" => own_pair(name, "STANDARD_IA"),
                "x-amz-mfa" | "x-amz-copy-source" | "x-amz-rename-source" => return None,
                name if name.ends_with("-directive") => own_pair(name, "COPY"),
                name if name.ends_with('-') => own_pair(&format!("{name}A.b~C"), value),
                name => own_pair(name, value),
            })
        });
        let source = match self.operation {
            Operation::CopyObject | Operation::UploadPartCopy => Some("x-amz-copy-source"),
            Operation::RenameObject => Some("x-amz-rename-source"),
            _ => None,
        };
        let source = source.map(|name| own_pair(name, "photos/a%20b/%C3%A9"));
        let anywhere = self.anywhere.of(&ANYWHERE).map(|(name, value)| {
            let may = |letter: &char| letter.is_ascii() || !name.starts_with("x-amz-");
            (name.to_owned(), value.chars().filter(may).collect())
        });
        let stream: &[(&str, &str)] = if self.payload() == STREAMING {
            &[
                ("Content-Encoding", "gzip,  aws-chunked"),
                ("X-Amz-Decoded-Content-Length", "11"),
                ("x-amz-trailer", "x-amz-checksum-crc32"),
            ]
        } else {
            &[]
        };
        let stream = stream.iter().map(|(name, value)| own_pair(name, value));
        own.chain(source).chain(anywhere).chain(stream).collect()
    }

    fn payload(&self) -> &'static str {
        match (self.row().body, self.payload) {
            (BodyRule::None, 0) => EMPTY_SHA256,
            (BodyRule::None, _) | (BodyRule::Stream, 1) => UNSIGNED,
            (BodyRule::Stream, 2) => STREAMING,
            _ => HASH,
        }
    }
}

fn own_pair(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}
