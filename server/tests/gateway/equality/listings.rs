//! ListObjects and ListObjectsV2, with all parameters.

use super::ask::{Ask, Place};

const KEYS: [&str; 9] = [
    "list/a",
    "list/b",
    "list/c%20d",
    "list/deep/one",
    "list/deep/two",
    "list/deeper/x",
    "list/e-1",
    "list/e-2",
    "list/%C3%BC",
];

const PREFIXES: [(&str, &str); 4] =
    [("all", ""), ("dir", "list%2F"), ("part", "list%2Fdee"), ("none", "list%2Fnothing")];
const DELIMITERS: [(&str, &str); 3] = [("flat", ""), ("slash", "%2F"), ("dash", "-")];
const SIZES: [(&str, &str); 2] = [("default", ""), ("two", "2")];

pub(super) fn all() -> Vec<Ask> {
    let put = |(at, key): (usize, &&str)| Ask::key(format!("list/put-{at}"), "PUT", key).body("x");
    let mut asks: Vec<_> = KEYS.iter().enumerate().map(put).collect();
    for (version, start) in [("v1", ""), ("v2", "list-type=2")] {
        for (prefix_name, prefix) in PREFIXES {
            for (delimiter_name, delimiter) in DELIMITERS {
                for (size_name, size) in SIZES {
                    let name = format!("list/{version}-{prefix_name}-{delimiter_name}-{size_name}");
                    let query = [("prefix", prefix), ("delimiter", delimiter), ("max-keys", size)];
                    let query = query.iter().filter(|(_, value)| !value.is_empty());
                    let query = query.map(|(name, value)| format!("{name}={value}"));
                    let start = (!start.is_empty()).then(|| start.to_owned());
                    let query: Vec<_> = start.into_iter().chain(query).collect();
                    asks.push(Ask::bucket(name, "GET", &query.join("&")));
                }
            }
        }
    }
    asks.extend(pages());
    for (name, query) in [
        ("v1-marker", "marker=list%2Fc%20d&prefix=list%2F"),
        ("v1-marker-delimiter", "delimiter=%2F&marker=list%2Fdeep%2F&prefix=list%2F"),
        ("v1-encoded", "encoding-type=url&prefix=list%2F"),
        ("v1-size-zero", "max-keys=0"),
        ("v1-size-large", "max-keys=5000&prefix=list%2F"),
        ("v1-size-negative", "max-keys=-1"),
        ("v1-size-nonsense", "max-keys=many"),
        ("v1-encoding-unknown", "encoding-type=base64"),
        ("v1-empty-values", "delimiter=&marker=&prefix="),
        ("v2-start-after", "list-type=2&prefix=list%2F&start-after=list%2Fc%20d"),
        ("v2-start-after-missing", "list-type=2&start-after=list%2Fbb&prefix=list%2F"),
        ("v2-owner", "fetch-owner=true&list-type=2&prefix=list%2F"),
        ("v2-no-owner", "fetch-owner=false&list-type=2&prefix=list%2F"),
        ("v2-encoded", "delimiter=%2F&encoding-type=url&list-type=2&prefix=list%2F"),
        ("v2-size-zero", "list-type=2&max-keys=0"),
        ("v2-size-large", "list-type=2&max-keys=5000&prefix=list%2F"),
        ("v2-size-nonsense", "list-type=2&max-keys=many"),
        ("v2-token-unknown", "continuation-token=nonsense&list-type=2"),
        ("v2-empty-values", "delimiter=&list-type=2&prefix=&start-after="),
    ] {
        asks.push(Ask::bucket(format!("list/{name}"), "GET", query));
    }
    asks
}

/// A listing page by page, by the tokens of either side.
fn pages() -> Vec<Ask> {
    let token = Place::Element("NextContinuationToken");
    let page = |name: &str, query: &str| {
        let query = format!("list-type=2&max-keys=3&prefix=list%2F{query}");
        Ask::bucket(format!("list/page-{name}"), "GET", &query)
    };
    let marker = |name: &str, query: &str| {
        let query = format!("delimiter=%2F&max-keys=3&prefix=list%2F{query}");
        Ask::bucket(format!("list/marker-{name}"), "GET", &query)
    };
    vec![
        page("one", "").keep("token", token),
        page("two", "&continuation-token={token}").keep("token-two", token),
        page("three", "&continuation-token={token-two}"),
        marker("one", "").keep("marker", Place::Element("NextMarker")),
        marker("two", "&marker={marker}"),
    ]
}
