//! CopyObject.

use super::ask::Ask;

const PAST: &str = "Sat, 01 Jan 2000 00:00:00 GMT";
const FUTURE: &str = "Wed, 01 Jan 2070 00:00:00 GMT";

fn copy(name: &str, to: &str, from: &str) -> Ask {
    Ask::key(format!("copy/{name}"), "PUT", to).with("x-amz-copy-source", from)
}

pub(super) fn all() -> Vec<Ask> {
    let plain = |name: &str| copy(name, &format!("copies/{name}"), "/{bucket}/whole");
    let directive = |name: &str, value: &str| plain(name).with("x-amz-metadata-directive", value);
    let mut asks = vec![
        plain("plain"),
        copy("without-slash", "copies/without-slash", "{bucket}/whole"),
        copy("metadata", "copies/metadata", "/{bucket}/put/several"),
        Ask::key("copy/metadata-head", "HEAD", "copies/metadata"),
        directive("replaced", "REPLACE")
            .with("content-type", "text/x-new")
            .with("x-amz-meta-new", "1"),
        Ask::key("copy/replaced-head", "HEAD", "copies/replaced"),
        directive("kept", "COPY").with("x-amz-meta-new", "1"),
        Ask::key("copy/kept-head", "HEAD", "copies/kept"),
        plain("tags-replaced")
            .with("x-amz-tagging-directive", "REPLACE")
            .with("x-amz-tagging", "n=1"),
        Ask::key("copy/tags-replaced-get", "GET", "copies/tags-replaced?tagging"),
        copy("to-itself", "whole", "/{bucket}/whole"),
        copy("to-itself-replaced", "put/several", "/{bucket}/put/several")
            .with("x-amz-metadata-directive", "REPLACE")
            .with("x-amz-meta-a", "3"),
        Ask::key("copy/to-itself-head", "HEAD", "put/several"),
        copy("missing", "copies/missing", "/{bucket}/nothing/here"),
        copy("missing-bucket", "copies/missing", "/equal-nowhere/whole"),
        copy("from-other", "copies/from-other", "/{other}/kept"),
        copy("encoded", "copies/encoded", "/{bucket}/put%2Fseveral"),
        copy("malformed", "copies/malformed", "nothing"),
        // Stored by one side only.
        Ask::key("copy/malformed-delete", "DELETE", "copies/malformed"),
        copy(
            "version-unknown",
            "copies/v",
            "/{bucket}/whole?versionId=00000000000000000000000000000000",
        ),
        copy("empty", "copies/empty", "/{bucket}/empty"),
        Ask::key("copy/empty-get", "GET", "copies/empty"),
    ];
    for (name, header, value) in [
        ("if-match", "x-amz-copy-source-if-match", "{etag}"),
        ("if-match-wrong", "x-amz-copy-source-if-match", "\"0\""),
        ("if-none-match", "x-amz-copy-source-if-none-match", "{etag}"),
        ("if-none-match-other", "x-amz-copy-source-if-none-match", "\"0\""),
        ("if-modified", "x-amz-copy-source-if-modified-since", PAST),
        ("if-modified-future", "x-amz-copy-source-if-modified-since", FUTURE),
        ("if-unmodified", "x-amz-copy-source-if-unmodified-since", FUTURE),
        ("if-unmodified-past", "x-amz-copy-source-if-unmodified-since", PAST),
    ] {
        asks.push(plain(name).with(header, value));
    }
    asks
}
