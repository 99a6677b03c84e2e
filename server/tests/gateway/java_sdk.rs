//! The requests of aws-sdk-java v2, which is not run here: as its source and its issues record them, in
//! chunks of 128 KiB, with `Expect: 100-continue`, its own headers signed, and bodies that are not hashed
//! over https.
//!
//! <https://github.com/aws/aws-sdk-java-v2/issues/6459>, <https://github.com/aws/aws-sdk-java-v2/issues/5805>,
//! <https://github.com/apache/iceberg/pull/15428> (S3A)

use std::fmt::Write as _;

use sail_cargo_client::protocol::Permission;
use sail_cargo_server::domain::s3::checksum::ChecksumAlgorithm;

use super::gateway_stack::GatewayStack;
use super::raw::{Answer, Connection, Signer, Wire, crc32};

/// The SDK's own size of chunks.
const CHUNK: usize = 128 * 1024;

/// A request with the headers that the SDK signs on all of them.
fn asked(by: &Signer, method: &str, target: &str) -> Wire {
    by.ask(method, target)
        .with("amz-sdk-invocation-id", "20b5c96e-dc4c-1528-cf05-0643832e8fc0")
        .with("amz-sdk-request", "attempt=1; max=4")
}

/// Signs, and adds what the SDK leaves unsigned.
fn signed(wire: Wire, body: &[u8]) -> Wire {
    let agent =
        "aws-sdk-java/2.32.23 md/io#sync md/http#Apache ua/2.1 api/S3#2.32.x lang/java#17.0.12";
    wire.carrying(body).signed().with("User-Agent", agent).with("Connection", "Keep-Alive")
}

/// Signs a request with content: the SDK waits until it may send that.
fn expecting(wire: Wire, body: &[u8]) -> Wire {
    signed(wire, body).with("Expect", "100-continue")
}

/// Content in chunks with this checksum behind it, as it goes over https.
fn with_trailer(by: &Signer, target: &str, content: &[u8], sum: (ChecksumAlgorithm, &str)) -> Wire {
    let (algorithm, sum) = sum;
    let mut body = Vec::new();
    for chunk in content.chunks(CHUNK) {
        body.extend(format!("{:x}\r\n", chunk.len()).as_bytes());
        body.extend(chunk);
        body.extend(b"\r\n");
    }
    body.extend(format!("0\r\n{}:{sum}\r\n\r\n", algorithm.header()).as_bytes());
    let wire = asked(by, "PUT", target)
        .changed("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        .with("Content-Encoding", "aws-chunked")
        .with("Content-Type", "application/octet-stream")
        .with("x-amz-decoded-content-length", &content.len().to_string())
        .with("x-amz-sdk-checksum-algorithm", algorithm.name())
        .with("x-amz-trailer", algorithm.header());
    expecting(wire, &body)
}

/// Sends the head, and the body when it is asked for. Whether it was.
async fn talk(test: &GatewayStack, wire: &Wire) -> (bool, Answer) {
    let mut connection = Connection::open(test.gateway()).await;
    connection.say(&wire.head()).await;
    let first = connection.head().await.unwrap();
    if first.status != 100 {
        return (false, first);
    }
    connection.say(&wire.body).await;
    (true, connection.answer(&wire.method).await.unwrap())
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

async fn stored(test: &GatewayStack, by: &Signer, target: &str) -> Vec<u8> {
    let got = test.send(&asked(by, "GET", target).signed()).await;
    assert_eq!(got.status, 200, "{target}: {}", got.text());
    got.body
}

#[test]
fn the_checksums_are_those_of_the_catalogue() {
    let check = b"123456789";
    assert_eq!(ChecksumAlgorithm::Crc64Nvme.of(check), "rosUhgp5mIg=");
    assert_eq!(ChecksumAlgorithm::Crc32.of(check), "y/Q5Jg==");
    assert_eq!(ChecksumAlgorithm::Crc32.of(check), crc32(check));
}

#[tokio::test]
async fn g19_objects_in_chunks_of_128_kib_with_a_trailer() {
    let test = GatewayStack::start().await;
    let root = test.signer_of(None).await;
    for algorithm in [ChecksumAlgorithm::Crc32, ChecksumAlgorithm::Crc64Nvme] {
        for length in [1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7] {
            let target = format!("/photos/{}-{length}", algorithm.name());
            let content = content(length);
            let sum = algorithm.of(&content);
            let wire = with_trailer(&root, &target, &content, (algorithm, &sum));
            let (was_asked_for, answer) = talk(&test, &wire).await;
            assert!(was_asked_for && answer.status == 200, "{target}: {}", answer.text());
            assert!(stored(&test, &root, &target).await == content, "{target}");
            let head = test.send(&root.ask("HEAD", &target).signed()).await;
            assert_eq!(head.header("content-encoding"), None, "{target}");

            let other = format!("{target}-wrong");
            let wrong = algorithm.of(b"other");
            let wire = with_trailer(&root, &other, &content, (algorithm, &wrong));
            assert_eq!(talk(&test, &wire).await.1.said(), (400, "BadDigest".to_owned()), "{other}");
            let head = test.send(&root.ask("HEAD", &other).signed()).await;
            assert_eq!(head.status, 404, "{other}");
        }
    }
}

#[tokio::test]
async fn g17_a_body_that_nobody_may_send_is_not_asked_for() {
    let test = GatewayStack::start().await;
    test.grant("ada", "ada/", &[Permission::Write]).await;
    let ada = test.signer_of(Some("ada")).await;
    let (content, algorithm) = (content(CHUNK), ChecksumAlgorithm::Crc32);
    let sum = algorithm.of(&content);
    for (target, asked_for, status) in [("/photos/ada/x", true, 200), ("/photos/bob/x", false, 403)]
    {
        let wire = with_trailer(&ada, target, &content, (algorithm, &sum));
        let (was_asked_for, answer) = talk(&test, &wire).await;
        assert_eq!((was_asked_for, answer.status), (asked_for, status), "{target}");
    }
}

/// S3A switches the SDK's checksums off: plain bodies under `UNSIGNED-PAYLOAD`, with its own signed
/// `referer`. What the SDK says in XML is not hashed over https either.
#[tokio::test]
async fn g20_an_upload_in_parts_as_s3a_has_it_sent() {
    let test = GatewayStack::start().await;
    let root = test.signer_of(None).await;
    let ask = |method: &str, target: &str| {
        asked(&root, method, target).changed("x-amz-content-sha256", "UNSIGNED-PAYLOAD").with(
            "Referer",
            "https://audit.example.org/hadoop/1/op_create/?op=op_create&p1=s3a://photos/x",
        )
    };
    let begin = ask("POST", "/photos/x?uploads=").with("Content-Type", "application/octet-stream");
    let begun = test.send(&signed(begin, b"")).await;
    assert_eq!(begun.status, 200, "{}", begun.text());
    let id = begun.element("UploadId");
    let (first, second) = (content(5 << 20), content(CHUNK + 1));
    let mut parts = String::new();
    for (number, body) in [(1, &first), (2, &second)] {
        let target = format!("/photos/x?partNumber={number}&uploadId={id}");
        let wire = ask("PUT", &target).with("Content-Type", "application/octet-stream");
        let (was_asked_for, answer) = talk(&test, &expecting(wire, body)).await;
        assert!(was_asked_for && answer.status == 200, "{}", answer.text());
        let tag = answer.header("etag").unwrap();
        write!(parts, "<Part><ETag>{tag}</ETag><PartNumber>{number}</PartNumber></Part>").unwrap();
    }
    let list = format!(
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{parts}</CompleteMultipartUpload>"
    );
    let complete = ask("POST", &format!("/photos/x?uploadId={id}"));
    let complete = complete.with("Content-Type", "application/xml");
    let answer = test.send(&signed(complete, list.as_bytes())).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(stored(&test, &root, "/photos/x").await == [first, second].concat());
}

/// The SDK sends the checksum of a list of keys as a header since 2.30, and `Content-MD5` before. In chunks
/// with a trailer it is no upload, and nothing is deleted.
#[tokio::test]
async fn g14_lists_of_keys_with_a_checksum() {
    let test = GatewayStack::start().await;
    let root = test.signer_of(None).await;
    for key in ["a", "b", "c"] {
        assert_eq!(
            test.send(&root.put(&format!("/photos/{key}"), b"x").signed()).await.status,
            200
        );
    }
    let list =
        b"<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a</Key></Object>\
                 <Object><Key>b</Key></Object></Delete>";
    let ask = || {
        asked(&root, "POST", "/photos?delete=")
            .changed("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
            .with("Content-Type", "application/xml")
            .with("x-amz-sdk-checksum-algorithm", "CRC32")
    };
    let there = async |key: &str| {
        let target = format!("/photos/{key}");
        test.send(&root.ask("HEAD", &target).signed()).await.status == 200
    };

    let mut chunks = format!("{:x}\r\n", list.len()).into_bytes();
    chunks.extend(list);
    chunks.extend(format!("\r\n0\r\nx-amz-checksum-crc32:{}\r\n\r\n", crc32(list)).as_bytes());
    let streamed = ask()
        .changed("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
        .with("Content-Encoding", "aws-chunked")
        .with("x-amz-decoded-content-length", &list.len().to_string())
        .with("x-amz-trailer", "x-amz-checksum-crc32");
    assert_eq!(test.send(&signed(streamed, &chunks)).await.status, 400);
    let wrong = ask().with("x-amz-checksum-crc32", &crc32(b"other"));
    assert_eq!(test.send(&signed(wrong, list)).await.said(), (400, "BadDigest".to_owned()));
    assert!(there("a").await && there("b").await, "nothing was deleted");

    let right = ask().with("x-amz-checksum-crc32", &crc32(list));
    let answer = test.send(&signed(right, list)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(!there("a").await && !there("b").await && there("c").await);
}
