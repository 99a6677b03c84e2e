//! What is ambiguous is refused everywhere but at the gateway, where it is refused unless a storage was
//! seen to read it in one way.

use super::*;
use crate::s3::{AddressingStyle, EMPTY_SHA256, Endpoint, RawRequest, S3Request};

type Headers<'a> = &'a [(&'a str, &'a str)];

fn parse(endpoint: Endpoint, asked: (&str, &str, Headers<'_>, &str)) -> Result<S3Request, Refusal> {
    let (method, path, headers, body) = asked;
    let url = format!("{}{path}", endpoint.url());
    let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let headers: Vec<_> = headers.iter().map(pair).collect();
    let body = (!body.is_empty()).then_some(body.as_bytes());
    let payload = body.is_none().then_some(EMPTY_SHA256);
    let raw = RawRequest { method, url: &url, headers: (&headers).into(), payload, body };
    S3Request::parse(raw, &[endpoint])
}

fn store() -> Endpoint {
    Endpoint::parse("http://s3.local:9000", AddressingStyle::Path).unwrap()
}

fn set(all: &[Ambiguity]) -> Ambiguities {
    all.iter().copied().collect()
}

#[test]
fn what_storages_read_in_different_ways_is_for_the_gateway_and_what_is_settled() {
    use Ambiguity::{Backslash, Dot, Nul, Slash, Underscore};
    let deletion =
        "<Delete><Object><Key>a%2Fb</Key></Object><Object><Key>c%00</Key></Object></Delete>";
    let copy: Headers<'_> = &[("x-amz-copy-source", "photos/a%255Cb")];
    let named: Headers<'_> = &[("x-amz-meta-a_b", "c")];
    let of_key = |what| (set(what), "double_encoded");
    for (asked, (what, code)) in [
        (("GET", "/photos/a%252Fb", &[][..], ""), of_key(&[Slash])),
        (("PUT", "/photos/dt=2024-01-01%252f00/x", &[], ""), of_key(&[Slash])),
        (("HEAD", "/photos/%252e%252E/x", &[], ""), of_key(&[Dot])),
        (("DELETE", "/photos/a%255cb%252eb", &[], ""), of_key(&[Backslash, Dot])),
        (("GET", "/photos/a%2500", &[], ""), of_key(&[Nul])),
        (("GET", "/photos?list-type=2&prefix=dt=1%252F", &[], ""), of_key(&[Slash])),
        (("GET", "/photos?list-type=2&start-after=%252e", &[], ""), of_key(&[Dot])),
        (("GET", "/photos?marker=a%255C", &[], ""), of_key(&[Backslash])),
        (("GET", "/photos?versions&key-marker=a%2500", &[], ""), of_key(&[Nul])),
        (
            ("GET", "/photos?list-type=2&continuation-token=a/%252e%252e/b", &[], ""),
            (set(&[Dot]), "query_value"),
        ),
        (("PUT", "/photos/b", copy, ""), of_key(&[Backslash])),
        (("POST", "/photos?delete", &[], deletion), of_key(&[Slash, Nul])),
        (("PUT", "/photos/b", named, ""), (set(&[Underscore]), "header_name")),
    ] {
        let direct = parse(store(), asked).unwrap_err();
        assert_eq!(direct.code(), code, "{asked:?}");
        let request = parse(store().of_gateway(), asked).unwrap();
        assert_eq!(request.demand_settled(what), Ok(()), "{asked:?}");
        assert_eq!(request.demand_settled(Ambiguities::NONE), Err(direct), "{asked:?}");
        for one in what.iter() {
            let others = Ambiguity::ALL.into_iter().filter(|other| *other != one).collect();
            assert_eq!(request.demand_settled(others).unwrap_err().code(), code, "{asked:?}");
        }
    }
}

#[test]
fn what_has_one_reading_depends_on_nothing_and_the_rest_stays_refused() {
    for path in ["/photos/a%2Fb", "/photos/100%25", "/photos/%25252F", "/photos/a%25%32", "/photos"]
    {
        let request = parse(store().of_gateway(), ("GET", path, &[], "")).unwrap();
        assert_eq!(request.demand_settled(Ambiguities::NONE), Ok(()), "{path}");
    }
    for (path, code) in [
        ("/photos/%2e%2e/x", "dot_segment"),
        ("/photos/a%5c..%5cb", "dot_segment"),
        ("/photos/a%00", "control_char"),
        ("/photos/a%zz", "bad_escape"),
        ("/photos?list-type=2&delimiter=%252F", "query_value"),
        ("/photos?list-type=2&continuation-token=..", "query_value"),
    ] {
        let refused = parse(store().of_gateway(), ("GET", path, &[], "")).unwrap_err();
        assert_eq!(refused.code(), code, "{path}");
    }
    for name in ["x_amz_meta_a", "x-amz_meta-a", "x-amz-meta-snowball_auto-extract", "a_b"] {
        let asked = ("PUT", "/photos/a", &[(name, "b")][..], "");
        assert!(parse(store().of_gateway(), asked).is_err(), "{name}");
    }
}

#[test]
fn a_key_goes_out_as_it_was_read() {
    let request = parse(store().of_gateway(), ("GET", "/photos/d=1%252F0/%252e", &[], "")).unwrap();
    assert_eq!(request.target().key().unwrap().as_str(), "d=1%2F0/%2e");
    assert_eq!(request.url(), "http://s3.local:9000/photos/d%3D1%252F0/%252e");
}
