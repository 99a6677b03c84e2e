//! GetObject and HeadObject: ranges, conditions, other headers for the answer, attributes.

use super::ask::Ask;

const RANGES: [(&str, &str); 15] = [
    ("first", "bytes=0-0"),
    ("ten", "bytes=0-9"),
    ("to-the-end", "bytes=10-"),
    ("last", "bytes=-10"),
    ("last-none", "bytes=-0"),
    ("last-all", "bytes=-5000"),
    ("last-byte", "bytes=999-"),
    ("behind", "bytes=1000-"),
    ("beyond", "bytes=990-2000"),
    ("whole", "bytes=0-999"),
    ("backwards", "bytes=5-2"),
    ("two", "bytes=0-1,3-4"),
    ("other-unit", "items=0-1"),
    ("no-number", "bytes=a-b"),
    ("nothing", "bytes="),
];

const PAST: &str = "Sat, 01 Jan 2000 00:00:00 GMT";
const FUTURE: &str = "Wed, 01 Jan 2070 00:00:00 GMT";

const CONDITIONS: [(&str, &[(&str, &str)]); 14] = [
    ("match", &[("if-match", "{etag}")]),
    ("match-any", &[("if-match", "*")]),
    ("match-wrong", &[("if-match", "\"0\"")]),
    ("match-one-of", &[("if-match", "\"0\", {etag}")]),
    ("none-match", &[("if-none-match", "{etag}")]),
    ("none-match-any", &[("if-none-match", "*")]),
    ("none-match-other", &[("if-none-match", "\"0\"")]),
    ("modified-since-past", &[("if-modified-since", PAST)]),
    ("modified-since-future", &[("if-modified-since", FUTURE)]),
    ("modified-since-nonsense", &[("if-modified-since", "yesterday")]),
    ("unmodified-since-past", &[("if-unmodified-since", PAST)]),
    ("unmodified-since-future", &[("if-unmodified-since", FUTURE)]),
    ("match-and-unmodified", &[("if-match", "{etag}"), ("if-unmodified-since", PAST)]),
    ("none-match-and-modified", &[("if-none-match", "\"0\""), ("if-modified-since", FUTURE)]),
];

const QUERIES: [(&str, &str); 10] = [
    ("response-type", "response-content-type=text%2Fplain"),
    ("response-language", "response-content-language=fr"),
    ("response-expires", "response-expires=Wed%2C%2001%20Jan%202070%2000%3A00%3A00%20GMT"),
    ("response-cache", "response-cache-control=no-cache"),
    ("response-disposition", "response-content-disposition=attachment%3B%20filename%3D%22x%22"),
    ("response-encoding", "response-content-encoding=identity"),
    ("part-one", "partNumber=1"),
    ("part-two", "partNumber=2"),
    ("version-null", "versionId=null"),
    ("version-unknown", "versionId=00000000000000000000000000000000"),
];

pub(super) fn all() -> Vec<Ask> {
    let mut asks = Vec::new();
    for method in ["GET", "HEAD"] {
        let way = method.to_lowercase();
        let ask = |name: &str, key: &str| Ask::key(format!("{way}/{name}"), method, key);
        asks.extend([
            ask("whole", "whole"),
            ask("empty", "empty"),
            ask("binary", "binary"),
            ask("missing", "nothing/here"),
            ask("below-an-object", "whole/below"),
            ask("empty-range", "empty").with("range", "bytes=0-0"),
            ask("range-and-match", "whole").with("range", "bytes=1-2").with("if-match", "{etag}"),
            ask("checksum-mode", "put/crc32").with("x-amz-checksum-mode", "ENABLED"),
            ask("accepts-gzip", "whole").with("accept-encoding", "gzip"),
        ]);
        for (name, range) in RANGES {
            asks.push(ask(&format!("range-{name}"), "whole").with("range", range));
        }
        for (name, headers) in CONDITIONS {
            let asked = ask(&format!("if-{name}"), "whole");
            asks.push(headers.iter().fold(asked, |ask, (name, value)| ask.with(name, *value)));
        }
        for (name, query) in QUERIES {
            asks.push(ask(name, &format!("whole?{query}")));
        }
    }
    let attributes = |name: &str, key: &str, attributes: &str| {
        Ask::key(format!("get/attributes-{name}"), "GET", &format!("{key}?attributes"))
            .with("x-amz-object-attributes", attributes)
    };
    asks.extend([
        attributes("all", "whole", "ETag,Checksum,ObjectParts,StorageClass,ObjectSize"),
        attributes("size", "whole", "ObjectSize"),
        attributes("missing", "nothing/here", "ObjectSize"),
        Ask::key("get/retention", "GET", "whole?retention"),
        Ask::key("get/legal-hold", "GET", "whole?legal-hold"),
        Ask::key("post/key", "POST", "whole"),
        Ask::key("post/unknown", "POST", "whole?nothing"),
        Ask::key("get/unknown-query", "GET", "whole?nothing=1"),
    ]);
    asks
}
