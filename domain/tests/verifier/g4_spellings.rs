//! G4: the spellings of a path, a query and a header that a signature may be over.

use crate::raw_client::{Wire, refused, respell, respell_query};

const NAMES: &str = "host;x-amz-content-sha256;x-amz-date";

#[test]
fn g4_a_path_is_taken_as_documented_and_as_it_came() {
    for path in [
        "/photos/a b".replace(' ', "%20"),
        "/photos/a%2Fb".to_owned(),
        "/photos/a%2fb".to_owned(),
        "/photos/it's(1)!*~.txt".to_owned(),
        "/photos/a+b;c=d@e:f,g$h&i".to_owned(),
        "/photos/%E2%82%AC/%e2%82%ac".to_owned(),
        "/photos/./a/../b//c".to_owned(),
        "/photos/%2541".to_owned(),
        "/photos/%ff".to_owned(),
    ] {
        let documented = Wire::get(&path).signed();
        assert!(documented.verify().is_ok(), "{path}");
        let as_came = Wire::get(&path).signed_as(NAMES, &path, "");
        assert!(as_came.verify().is_ok(), "{path} as it came");
        let other = Wire::get(&path).signed_as(NAMES, &format!("{path}x"), "");
        assert_eq!(refused(other.verify()), ("SignatureDoesNotMatch", 403), "{path}");
    }
}

#[test]
fn g4_nothing_is_decoded_twice() {
    // `%2541` names `%41`, not `A`.
    for spelling in ["/photos/A", "/photos/%41"] {
        let wire = Wire::get("/photos/%2541").signed_as(NAMES, spelling, "");
        assert_eq!(refused(wire.verify()), ("SignatureDoesNotMatch", 403), "{spelling}");
    }
    // Dots and slashes are not resolved.
    for (path, spelling) in [("/a/../b/c", "/b/c"), ("/a//b", "/a/b"), ("/a/./b", "/a/b")] {
        let wire = Wire::get(path).signed_as(NAMES, spelling, "");
        assert_eq!(refused(wire.verify()), ("SignatureDoesNotMatch", 403), "{path}");
    }
}

#[test]
fn g4_a_query_is_taken_as_documented_and_as_it_came() {
    for query in [
        "prefix=a%20b&delimiter=/",
        "delimiter=%2f&prefix=it's(1)!*",
        "list-type=2&a-b=1&a=2&a=1",
        "acl",
        "uploads=&acl",
        "prefix=%ff",
        "b=1&&a=2",
    ] {
        let target = format!("/photos?{query}");
        assert!(Wire::get(&target).signed().verify().is_ok(), "{query}");
        let mut pairs: Vec<String> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| if pair.contains('=') { pair.to_owned() } else { format!("{pair}=") })
            .collect();
        pairs.sort();
        let as_came = Wire::get(&target).signed_as(NAMES, "/photos", &pairs.join("&"));
        assert!(as_came.verify().is_ok(), "{query} as it came");
        let other = Wire::get(&target).signed_as(NAMES, "/photos", "prefix=other");
        assert_eq!(refused(other.verify()), ("SignatureDoesNotMatch", 403), "{query}");
    }
}

#[test]
fn g4_path_and_query_may_be_spelt_each_their_way() {
    let (path, query) = ("/photos/a%2fb", "prefix=it's");
    let target = format!("{path}?{query}");
    for path in [path, &respell(path, "/")] {
        for query in [query, &respell_query(query)] {
            assert!(Wire::get(&target).signed_as(NAMES, path, query).verify().is_ok());
        }
    }
}

#[test]
fn g4_pairs_are_sorted_after_they_were_encoded() {
    // Decoded, `é` stands behind `z`; encoded, `%C3%A9` stands before it.
    let wire = Wire::get("/photos?z=1&%C3%A9=2");
    assert!(wire.clone().signed_as(NAMES, "/photos", "%C3%A9=2&z=1").verify().is_ok());
}

#[test]
fn g4_a_broken_escape_is_no_uri() {
    for target in ["/photos/%", "/photos/%zz", "/photos/a%4", "/photos?prefix=%g1"] {
        assert_eq!(refused(Wire::get(target).signed().verify()), ("InvalidURI", 400), "{target}");
    }
}

#[test]
fn g4_blanks_of_a_header_mean_nothing() {
    let signed = Wire::get("/photos/a").with("x-amz-meta-a", "b c").signed();
    for value in ["b c", "  b   c ", "b  c"] {
        let sent = signed.clone().changed("x-amz-meta-a", value);
        assert!(sent.verify().is_ok(), "{value:?}");
    }
    for value in ["bc", "b\tc", "b c d"] {
        let sent = signed.clone().changed("x-amz-meta-a", value);
        assert_eq!(refused(sent.verify()), ("SignatureDoesNotMatch", 403), "{value:?}");
    }
}

#[test]
fn g4_any_header_may_be_signed_and_counts_as_it_is() {
    for (name, value) in [
        ("accept-encoding", "gzip, deflate"),
        ("user-agent", "aws-sdk-go/1.44"),
        ("referer", "https://example.com/é"),
        ("content-length", "0"),
        ("amz-sdk-invocation-id", "6f2c1d7e"),
        ("amz-sdk-request", "attempt=1; max=3"),
        ("expect", "100-continue"),
        ("x_odd", "1"),
    ] {
        let wire = Wire::get("/photos/a").with(name, value).signed();
        assert!(wire.verify().is_ok(), "{name}");
        let changed = wire.changed(name, "other");
        assert_eq!(refused(changed.verify()), ("SignatureDoesNotMatch", 403), "{name}");
    }
    let mut bytes = Wire::get("/photos/a").with("x-amz-meta-a", "");
    bytes.headers.last_mut().unwrap().1 = "é".as_bytes().to_vec();
    assert!(bytes.signed().verify().is_ok());
}

#[test]
fn g4_a_header_that_came_twice_is_joined() {
    let wire = Wire::get("/photos/a").with("cache-control", " a ").with("Cache-Control", "b");
    assert!(wire.clone().signed().verify().is_ok());
    let swapped = wire.signed().without("cache-control");
    let swapped = swapped.with("cache-control", "b").with("cache-control", "a");
    assert_eq!(refused(swapped.verify()), ("SignatureDoesNotMatch", 403));
}

#[test]
fn g5_the_host_counts_as_it_arrived() {
    let signed = Wire::get("/photos/a").signed();
    assert!(signed.clone().changed("HOST", "s3.example.com:9000").verify().is_ok());
    for host in ["s3.example.com", "S3.example.com:9000", "s3.example.com:9001", "other:9000"] {
        let sent =
            signed.clone().changed("Host", host).with("X-Forwarded-Host", "s3.example.com:9000");
        assert_eq!(refused(sent.verify()), ("SignatureDoesNotMatch", 403), "{host}");
    }
    let absent = signed.without("Host").verify();
    assert_eq!(refused(absent), ("SignatureDoesNotMatch", 403));
}
