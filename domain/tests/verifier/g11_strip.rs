//! G11: what is taken out, what goes on, what is dropped.

use sail_cargo_domain::s3::{EMPTY_SHA256, Operation};
use sail_cargo_domain::sigv4::inbound::Declared;

use crate::raw_client::{STAMP, Wire, refused};

fn headers(wire: &Wire) -> Vec<(String, String)> {
    wire.plain(|plain| plain.headers).unwrap()
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn g11_the_proof_is_taken_out() {
    let wire = Wire::get("/photos/a%2Fb?versionId=1").with("date", "x").with("X-Amz-Meta-A", "1");
    let wire = wire.with("x-amz-security-token", "T").signed();
    wire.plain(|plain| {
        assert_eq!((plain.method, plain.path), ("GET", "/photos/a%2Fb"));
        assert_eq!(plain.target(), "/photos/a%2Fb?versionId=1");
        assert_eq!(plain.headers, owned(&[("x-amz-meta-a", "1")]));
        assert_eq!(plain.declared, Declared::Sha256(EMPTY_SHA256.into()));
        assert_eq!(plain.declared.as_outbound(), EMPTY_SHA256);
        assert!(plain.dropped.is_empty(), "{:?}", plain.dropped);
    })
    .unwrap();
    let url = Wire::new("GET", "/photos/a?versionId=1&x-id=GetObject").presigned("9", "host");
    assert_eq!(url.plain(|plain| plain.target()).unwrap(), "/photos/a?versionId=1&x-id=GetObject");
    let only_proof = Wire::new("GET", "/photos/a?").presigned("9", "host");
    assert_eq!(only_proof.plain(|plain| plain.target()).unwrap(), "/photos/a");
    let plain =
        Wire::new("GET", "/photos/a").with("X-Api-Key", "k").with("Authorization", "Bearer t");
    assert!(headers(&plain).is_empty());
}

#[test]
fn g11_what_is_signed_when_present_goes_on() {
    let pairs = [
        ("content-type", "text/csv"),
        ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg=="),
        ("content-encoding", "gzip"),
        ("content-length", "11"),
        ("cache-control", "no-store"),
        ("range", "bytes=0-9"),
        ("if-match", "\"a\""),
        ("if-range", "\"a\""),
        ("x-amz-meta-a", "1"),
        ("x-amz-unknown", "1"),
    ];
    let wire = pairs.iter().fold(Wire::get("/a/b"), |wire, (name, value)| wire.with(name, value));
    let wire = wire.signed();
    assert_eq!(headers(&wire), owned(&pairs));
    assert_eq!(wire.plain(|plain| plain.content_length).unwrap(), Some(11));
}

#[test]
fn g11_the_length_of_no_body_is_not_signed() {
    let none = [("content-length", "0")];
    let wire = Wire::get("/a/b").with("content-length", "0").signed();
    assert_eq!(headers(&wire), owned(&[]));
    assert_eq!(wire.plain(|plain| plain.content_length).unwrap(), Some(0));
    let put = Wire::new("PUT", "/a/b").with("x-amz-date", STAMP);
    let put = put.with("x-amz-content-sha256", EMPTY_SHA256).with("content-length", "0").signed();
    assert_eq!(headers(&put), owned(&none));
}

#[test]
fn g11_everything_else_is_dropped_and_named() {
    let names = [
        "cookie",
        "forwarded",
        "x-forwarded-for",
        "x-forwarded-prefix",
        "via",
        "expect",
        "accept-encoding",
        "user-agent",
        "x_amz_copy_source",
        "x-http-method-override",
        "transfer-encoding",
        "connection",
    ];
    let wire = names.iter().fold(Wire::get("/a/b"), |wire, name| wire.with(name, "1"));
    let mut wire = wire.with("Cookie", "2").signed();
    wire.headers.push(("x-odd".to_owned(), vec![0xff]));
    wire.verify().unwrap();
    assert!(headers(&wire).is_empty());
    let dropped = wire.plain(|plain| plain.dropped).unwrap();
    assert_eq!(dropped, [&names[..], &["cookie", "x-odd"]].concat());
}

#[test]
fn g11_what_goes_on_and_is_no_text_is_refused() {
    for name in ["x-amz-meta-a", "content-disposition"] {
        let mut wire = Wire::get("/a/b").with(name, "");
        wire.headers.last_mut().unwrap().1 = b"\xff".to_vec();
        assert_eq!(refused(wire.plain(|_| ())), ("InvalidArgument", 400), "{name}");
    }
    let wire = Wire::get("/a/b").with("content-length", "+5");
    assert_eq!(refused(wire.plain(|_| ())), ("InvalidArgument", 400));
}

#[test]
fn g11_the_framing_of_a_stream_is_taken_out() {
    let stream = |coding: &str| {
        Wire::new("PUT", "/photos/a")
            .with("x-amz-date", STAMP)
            .with("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .with("x-amz-decoded-content-length", "5")
            .with("x-amz-trailer", "x-amz-checksum-crc32")
            .with("content-encoding", coding)
            .with("content-length", "70")
            .signed()
    };
    for (coding, kept) in [
        ("aws-chunked", None),
        ("AWS-Chunked", None),
        ("gzip,aws-chunked", Some("gzip")),
        ("aws-chunked, gzip, br", Some("gzip,br")),
        ("aws-chunked,aws-chunked", None),
        ("", None),
    ] {
        let mut expected = owned(&[]);
        expected.extend(kept.map(|kept| ("content-encoding".to_owned(), kept.to_owned())));
        expected.push(("content-length".to_owned(), "5".to_owned()));
        let wire = stream(coding);
        assert_eq!(headers(&wire), expected, "{coding}");
        wire.plain(|plain| {
            assert_eq!(plain.content_length, Some(5));
            assert_eq!(plain.declared.as_outbound(), "UNSIGNED-PAYLOAD");
            assert!(plain.check_operation(Operation::UploadPart).is_ok());
            assert!(plain.check_operation(Operation::PutObject).is_ok());
            let elsewhere = plain.check_operation(Operation::DeleteObjects);
            assert_eq!(refused(elsewhere), ("InvalidRequest", 400));
        })
        .unwrap();
    }
    // Where nothing streams, a coding is a coding.
    let plain = Wire::get("/a/b").with("content-encoding", "aws-chunked").signed();
    assert_eq!(headers(&plain), owned(&[("content-encoding", "aws-chunked")]));
}
