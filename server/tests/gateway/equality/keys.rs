//! Keys of every kind: written, read, listed, deleted.

use super::ask::Ask;

/// Keys as a URL spells them.
const KEYS: [(&str, &str); 13] = [
    ("space", "keys/a%20b"),
    ("plus", "keys/a%2Bb"),
    ("percent", "keys/a%2525b"),
    ("umlaut", "keys/%C3%BCberblick"),
    ("japanese", "keys/%E6%97%A5%E6%9C%AC"),
    ("emoji", "keys/%F0%9F%A6%84"),
    ("signs", "keys/%21%22%23%24%26%27%28%29%2A%2C%3A%3B%3C%3D%3E%3F%40%5B%5D%5E%60%7B%7C%7D~"),
    ("unreserved", "keys/a-b_c.d~e"),
    ("extension", "keys/archive.tar.gz"),
    ("dots", "keys/...three"),
    ("hidden", "keys/.hidden"),
    ("upper", "keys/UPPER"),
    (
        "long",
        concat!(
            "keys/long-long-long-long-long-long-long-long-long-long-long-long-long-long-",
            "long-long-long-long-long-long-long-long-long-long-long-long-long-long-long-long-long"
        ),
    ),
];

pub(super) fn all() -> Vec<Ask> {
    let mut asks = Vec::new();
    for (name, key) in KEYS {
        asks.push(Ask::key(format!("keys/put-{name}"), "PUT", key).body(name));
        asks.push(Ask::key(format!("keys/get-{name}"), "GET", key));
    }
    asks.push(Ask::bucket("keys/list", "GET", "list-type=2&prefix=keys%2F"));
    asks.push(Ask::bucket(
        "keys/list-encoded",
        "GET",
        "encoding-type=url&list-type=2&prefix=keys%2F",
    ));
    asks.push(Ask::bucket("keys/list-v1", "GET", "prefix=keys%2F"));
    asks.push(Ask::bucket("keys/list-v1-encoded", "GET", "encoding-type=url&prefix=keys%2F"));
    for (name, key) in KEYS {
        asks.push(Ask::key(format!("keys/delete-{name}"), "DELETE", key));
    }
    // Stored by one side only: it must not be there when the other keys are listed.
    let slashes =
        |name: &str, method| Ask::key(format!("keys/slashes-{name}"), method, "keys/a%2Fb");
    asks.extend([
        slashes("put", "PUT").body("x"),
        slashes("get", "GET"),
        slashes("delete", "DELETE"),
    ]);
    asks
}
