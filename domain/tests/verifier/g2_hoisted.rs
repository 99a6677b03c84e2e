//! G2: headers in the query of a URL.

use crate::raw_client::{Wire, refused};

fn put(query: &str) -> Wire {
    Wire::new("PUT", &format!("/photos/a?{query}")).presigned("300", "host")
}

#[test]
fn g2_hoisted_headers_are_headers_again() {
    let wire = put("X-Amz-Meta-Origin=run%2042&x-amz-acl=private&x-id=PutObject");
    wire.verify().unwrap();
    let (headers, query) =
        wire.plain(|plain| (plain.headers, plain.query.map(std::borrow::Cow::into_owned))).unwrap();
    let expected = [("x-amz-meta-origin", "run 42"), ("x-amz-acl", "private")];
    assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(query.as_deref(), Some("x-id=PutObject"));
}

#[test]
fn g2_hoisted_checksums_are_signed_and_ignored() {
    let wire = put("x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32");
    wire.verify().unwrap();
    assert!(wire.plain(|plain| plain.headers).unwrap().is_empty());
    let changed = Wire { target: wire.target.replace("AAAAAA", "AAAAAB"), ..wire };
    assert_eq!(refused(changed.verify()), ("SignatureDoesNotMatch", 403));
}

#[test]
fn g2_hoisted_and_sent_is_refused() {
    let wire = Wire::new("PUT", "/photos/a?x-amz-meta-a=1").with("X-Amz-Meta-A", "1");
    let wire = wire.presigned("300", "host;x-amz-meta-a");
    assert_eq!(refused(wire.claim()), ("InvalidArgument", 400));
    assert_eq!(refused(put("x-amz-meta-a=1&X-Amz-Meta-A=1").claim()), ("InvalidArgument", 400));
}

#[test]
fn g2_what_opens_more_is_never_hoisted() {
    for query in [
        "x-amz-copy-source=vault%2Fsecret",
        "X-Amz-Copy-Source=vault%2Fsecret",
        "x%2Damz-copy-source=vault%2Fsecret",
        "x-amz-rename-source=vault%2Fsecret",
        "x-amz-acl=public-read",
        "x-amz-grant-read=uri%3Dx",
        "x-amz-grant-full-control=id%3Dx",
    ] {
        assert_eq!(refused(put(query).claim()), ("InvalidArgument", 400), "{query}");
    }
}

#[test]
fn g2_the_payload_of_a_url() {
    let hash = "ab".repeat(32);
    let url = Wire::new("PUT", &format!("/photos/a?X-Amz-Content-Sha256={hash}"));
    url.clone().presigned_with("300", "host", &hash).verify().unwrap();
    let with_header = url.clone().with("x-amz-content-sha256", &hash);
    with_header.presigned_with("300", "host", &hash).verify().unwrap();
    let other = url.with("x-amz-content-sha256", &"cd".repeat(32));
    let other = other.presigned_with("300", "host", &hash);
    assert_eq!(refused(other.claim()), ("InvalidArgument", 400));
    let header_only = Wire::new("PUT", "/photos/a").with("x-amz-content-sha256", &hash);
    header_only.presigned_with("300", "host", &hash).verify().unwrap();
}
