//! Copies within S3, in one request and in parts.

use std::fmt;
use std::sync::{Arc, Mutex};

use aws_sdk_s3::Client;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use sail_cargo_client::protocol::Permission::{Read, Write};
use sail_cargo_client::testing::{FakeAuthority, FakeStorage};
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt as _};
use sail_cargo_transfer::{CancellationToken, TransferError, Transfers};

use super::TestStack;
use crate::harness::{ACCESS_KEY, SECRET_KEY, plain};

const ENDPOINT: &str = "http://s3.test:9000";
const GIB: u64 = 1 << 30;
const TIB: u64 = 1 << 40;

/// A storage that reports large objects, but copies no bytes. It checks the limits of S3.
#[derive(Clone)]
struct Huge {
    length: u64,
    /// The number of a part that fails, and its error code.
    fails_at: Option<(u32, &'static str)>,
    /// Whether the object's ETag changes after some requests.
    changes: bool,
    seen: Arc<Mutex<Vec<Seen>>>,
}

#[derive(Debug, Clone)]
struct Seen {
    line: String,
    headers: Vec<(String, String)>,
}

impl Seen {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Huge {
    fn of(length: u64) -> Self {
        Self { length, fails_at: None, changes: false, seen: Arc::default() }
    }

    /// Requests with this method, and this text in their URL.
    fn seen(&self, method: &str, part: &str) -> Vec<Seen> {
        let seen = self.seen.lock().unwrap();
        let wanted = |seen: &&Seen| seen.line.starts_with(method) && seen.line.contains(part);
        seen.iter().filter(wanted).cloned().collect()
    }

    async fn transfers(&self) -> (Transfers, FakeAuthority) {
        let keys = FakeStorage::at(ENDPOINT, ACCESS_KEY, SECRET_KEY);
        let authority = FakeAuthority::start(keys).await.unwrap();
        authority.bucket("bkt");
        authority.grant("ada", "bkt", [Read, Write]);
        let ada = RemoteSigner::new(authority.user("ada").unwrap());
        let storage = self.clone();
        let client = http_client_fn(move |_, _| SharedHttpConnector::new(storage.clone()));
        let config = plain(ENDPOINT).http_client(client).remote_signing(ada);
        (Transfers::new(Client::from_conf(config.build())), authority)
    }

    fn answer(&self, seen: &Seen) -> HttpResponse {
        let (method, url) = seen.line.split_once(' ').unwrap();
        let number = url
            .split_once("partNumber=")
            .map(|(_, rest)| rest.split('&').next().unwrap().parse::<u32>().unwrap());
        match (method, number) {
            ("HEAD", _) => self.head(),
            ("GET", _) => xml(
                200,
                "<Tagging><TagSet><Tag><Key>a b</Key><Value>1/2+&amp;</Value></Tag></TagSet></Tagging>",
            ),
            ("PUT", Some(number)) => match self.fails_at {
                Some((at, code)) if at == number => {
                    error(if code == "PreconditionFailed" { 412 } else { 400 }, code)
                }
                _ => self.part(seen.header("x-amz-copy-source-range").unwrap(), number),
            },
            ("PUT", None) if self.length > 5 * GIB => error(400, "InvalidRequest"),
            ("PUT", None) => xml(200, "<CopyObjectResult><ETag>\"c\"</ETag></CopyObjectResult>"),
            ("POST", _) if url.contains("?uploads") => xml(
                200,
                "<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>",
            ),
            ("POST", _) => xml(
                200,
                "<CompleteMultipartUploadResult><ETag>\"c-2\"</ETag></CompleteMultipartUploadResult>",
            ),
            ("DELETE", _) => xml(204, ""),
            other => panic!("{other:?}"),
        }
    }

    fn head(&self) -> HttpResponse {
        let looks = self.seen("HEAD", "").len();
        let e_tag = if self.changes && looks > 1 { "\"b\"" } else { "\"a\"" };
        let mut response = xml(200, "");
        for (name, value) in [
            ("content-length", self.length.to_string()),
            ("etag", e_tag.to_owned()),
            ("content-type", "video/x-matroska".to_owned()),
            ("content-encoding", "gzip".to_owned()),
            ("content-disposition", "inline".to_owned()),
            ("content-language", "de".to_owned()),
            ("cache-control", "no-store".to_owned()),
            ("expires", "Wed, 01 Jan 2031 00:00:00 GMT".to_owned()),
            ("x-amz-meta-who", "ada".to_owned()),
        ] {
            response.headers_mut().insert(name, value);
        }
        response
    }

    /// Accepts the part under S3's rules.
    fn part(&self, range: &str, number: u32) -> HttpResponse {
        let (first, last) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        let (first, last): (u64, u64) = (first.parse().unwrap(), last.parse().unwrap());
        let (length, is_last) = (last + 1 - first, last + 1 == self.length);
        let fits = (length >= 5 << 20 || is_last) && length <= 5 * GIB && last < self.length;
        if !fits || !(1..=10_000).contains(&number) {
            return error(400, "InvalidRequest");
        }
        xml(200, &format!("<CopyPartResult><ETag>\"p{number}\"</ETag></CopyPartResult>"))
    }
}

impl fmt::Debug for Huge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Huge")
    }
}

impl HttpConnector for Huge {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let url = request.uri().strip_prefix(ENDPOINT).unwrap();
        let headers = request.headers().iter();
        let seen = Seen {
            line: format!("{} {url}", request.method()),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        };
        self.seen.lock().unwrap().push(seen.clone());
        HttpConnectorFuture::ready(Ok(self.answer(&seen)))
    }
}

fn xml(status: u16, body: &str) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
}

fn error(status: u16, code: &str) -> HttpResponse {
    xml(status, &format!("<Error><Code>{code}</Code><Message>too large</Message></Error>"))
}

#[tokio::test]
async fn what_one_request_cannot_copy_is_copied_in_parts_as_it_is() {
    let storage = Huge::of(6 * GIB);
    let (transfers, _authority) = storage.transfers().await;
    let told = Arc::new(Mutex::new(0));
    let tell = told.clone();
    let copied = transfers
        .copy_object("bkt", "a b/ü+", "bkt", "k")
        .on_progress(move |done| *tell.lock().unwrap() = done.bytes)
        .await
        .unwrap();
    assert_eq!((copied.bytes, copied.parts, *told.lock().unwrap()), (6 * GIB, 24, 6 * GIB));
    assert_eq!(copied.e_tag.as_deref(), Some("\"c-2\""));
    let [begun] = &storage.seen("POST", "?uploads")[..] else { panic!() };
    for (name, value) in [
        ("content-type", "video/x-matroska"),
        ("content-encoding", "gzip"),
        ("content-disposition", "inline"),
        ("content-language", "de"),
        ("cache-control", "no-store"),
        ("expires", "Wed, 01 Jan 2031 00:00:00 GMT"),
        ("x-amz-meta-who", "ada"),
        ("x-amz-tagging", "a%20b=1%2F2%2B%26"),
    ] {
        assert_eq!(begun.header(name), Some(value), "{name}");
    }
    let parts = storage.seen("PUT", "partNumber");
    assert!(parts.iter().all(|part| {
        part.header("x-amz-copy-source") == Some("bkt/a%20b/%C3%BC%2B")
            && part.header("x-amz-copy-source-if-match") == Some("\"a\"")
    }));
    assert_eq!(storage.seen("PUT", "").len(), 24, "nothing was tried in one request");
    assert!(storage.seen("DELETE", "").is_empty());
}

#[tokio::test]
async fn every_size_that_s3_has_is_copied_within_its_limits() {
    for (length, parts) in [(0, 1), (1, 1), (5 * GIB, 1), (5 * GIB + 1, 21), (5 * TIB, 9_987)] {
        let storage = Huge::of(length);
        let (transfers, _authority) = storage.transfers().await;
        let copied = transfers.copy_object("bkt", "a", "bkt", "b").await.unwrap();
        assert_eq!((copied.bytes, copied.parts), (length, parts));
    }
    let storage = Huge::of(50 * 1000 * GIB + 1);
    let (transfers, _authority) = storage.transfers().await;
    let error = transfers.copy_object("bkt", "a", "bkt", "b").await.unwrap_err();
    assert!(matches!(error, TransferError::TooLarge { .. }), "{error:?}");
    assert!(storage.seen("POST", "").is_empty());
}

#[tokio::test]
async fn a_copy_that_fails_leaves_nothing_behind() {
    for (fails_at, changes, is_change) in [
        (Some((3, "InternalError")), false, false),
        (Some((3, "PreconditionFailed")), false, true),
        (None, true, true),
    ] {
        let storage = Huge { fails_at, changes, ..Huge::of(6 * GIB) };
        let (transfers, _authority) = storage.transfers().await;
        let error = transfers.copy_object("bkt", "a", "bkt", "b").await.unwrap_err();
        let changed = matches!(error, TransferError::Changed { .. });
        assert_eq!(changed, is_change, "{error:?}");
        assert_eq!(storage.seen("DELETE", "uploadId=u1").len(), 1, "{error:?}");
        assert!(storage.seen("POST", "uploadId").is_empty(), "{error:?}");
    }
}

#[tokio::test]
async fn a_copy_that_is_called_off_is_aborted() {
    let storage = Huge::of(6 * GIB);
    let (transfers, _authority) = storage.transfers().await;
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    let copy = transfers.parallel(1).copy_object("bkt", "a", "bkt", "b").cancel_on(stop);
    let copied = copy.on_progress(move |_| stopper.cancel()).await;
    assert!(matches!(copied, Err(TransferError::Cancelled)), "{copied:?}");
    while storage.seen("DELETE", "uploadId=u1").is_empty() {
        tokio::task::yield_now().await;
    }
    assert!(storage.seen("POST", "uploadId").is_empty());
}

#[tokio::test]
async fn a_small_object_is_copied_with_what_it_is_called() {
    let stack = TestStack::set().await;
    let up = stack.s3().put_object().bucket("bkt").key("a b/ü+").content_type("text/plain");
    up.metadata("who", "ada").body(b"hello".to_vec().into()).send().await.unwrap();
    let copied = stack.transfers().copy_object("bkt", "a b/ü+", "bkt", "c/%41").await.unwrap();
    assert_eq!((copied.bytes, copied.parts), (5, 1));
    let head = stack.s3().head_object().bucket("bkt").key("c/%41").send().await.unwrap();
    assert_eq!(head.content_length(), Some(5));
    let none = stack.transfers().copy_object("bkt", "nothing", "bkt", "c").await.unwrap_err();
    assert!(none.is_not_found(), "{none:?}");
}
