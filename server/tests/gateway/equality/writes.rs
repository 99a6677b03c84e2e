//! PutObject, in the ways it can be asked.

use super::ask::{Ask, Place};

/// The content of `whole`.
pub(super) fn content() -> Vec<u8> {
    (0..1000u32).map(|at| b"abcdefghijklmnopqrstuvwxyz0123456789\n"[at as usize % 37]).collect()
}

fn put(name: &str, key: &str) -> Ask {
    Ask::key(format!("put/{name}"), "PUT", key).body("hello")
}

pub(super) fn all() -> Vec<Ask> {
    let mut asks = vec![
        put("whole", "whole").body(content()).keep("etag", Place::Header("etag")),
        put("empty", "empty").body(""),
        put("byte", "byte").body("1"),
        put("binary", "binary").body((0..=255).collect::<Vec<u8>>()),
        put("over", "byte").body("2"),
        Ask::of("put/other-bucket", "PUT", "/{other}/kept").body("kept"),
    ];
    for (name, header, value) in [
        ("content-type", "content-type", "text/x-test; charset=utf-8"),
        ("cache-control", "cache-control", "max-age=60, public"),
        ("disposition", "content-disposition", "attachment; filename=\"a b.txt\""),
        ("encoding", "content-encoding", "gzip"),
        ("language", "content-language", "de-AT"),
        ("expires", "expires", "Wed, 01 Jan 2070 00:00:00 GMT"),
        ("metadata", "x-amz-meta-colour", "blue  green"),
        ("metadata-case", "x-amz-meta-MixedCase", "Value"),
        ("metadata-empty", "x-amz-meta-empty", ""),
        ("storage-class", "x-amz-storage-class", "STANDARD_IA"),
        ("storage-class-unknown", "x-amz-storage-class", "NOWHERE"),
        ("tags", "x-amz-tagging", "a=b&c=d%20e"),
        ("tags-malformed", "x-amz-tagging", "a=b&a=c"),
        ("acl-private", "x-amz-acl", "private"),
        ("md5", "content-md5", "XUFAKrxLKna5cZ2REBfFkg=="),
        ("md5-wrong", "content-md5", "AAAAAAAAAAAAAAAAAAAAAA=="),
        ("md5-no-base64", "content-md5", "nonsense"),
        ("crc32", "x-amz-checksum-crc32", "NhCmhg=="),
        ("crc32-wrong", "x-amz-checksum-crc32", "AAAAAA=="),
        ("crc32c", "x-amz-checksum-crc32c", "mnG7TA=="),
        ("crc32c-wrong", "x-amz-checksum-crc32c", "AAAAAA=="),
        ("crc64nvme-wrong", "x-amz-checksum-crc64nvme", "AAAAAAAAAAA="),
        ("sha1", "x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        ("sha1-wrong", "x-amz-checksum-sha1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("sha256", "x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
        ("sha256-wrong", "x-amz-checksum-sha256", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        ("if-none-match-new", "if-none-match", "*"),
        ("if-match-missing", "if-match", "\"5d41402abc4b2a76b9719d911017c592\""),
    ] {
        asks.push(put(name, &format!("put/{name}")).with(header, value));
        asks.push(Ask::key(format!("put/{name}-head"), "HEAD", &format!("put/{name}")));
    }
    asks.extend([
        put("if-none-match-there", "whole").with("if-none-match", "*"),
        put("if-none-match-etag", "whole").with("if-none-match", "{etag}"),
        put("if-match-wrong", "whole").with("if-match", "\"0\""),
        put("if-match", "whole").with("if-match", "{etag}").body(content()),
        put("several-metadata", "put/several")
            .with("x-amz-meta-a", "1")
            .with("x-amz-meta-b", "2")
            .with("content-type", "application/json"),
        Ask::key("put/several-get", "GET", "put/several"),
    ]);
    asks
}
