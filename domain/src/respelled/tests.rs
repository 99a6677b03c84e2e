//! A respelled request asks for what was judged, and for nothing else.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::*;
use crate::authority::{Authority, BucketRules, ProjectRules};
use crate::caller::{self, Caller, KeyHolder};
use crate::decide::decide;
use crate::names::{BucketName, KeyId, ProjectId};
use crate::s3::{AddressingStyle, Ambiguity, EMPTY_SHA256, Operation, RawRequest};
use crate::sigv4::{StoreCredentials, sign, sign_respelled};
use crate::{GatewayContract, Secret, StorageContract};

/// Some that can stand in a host, some that cannot, some that are called like services.
const BUCKETS: [&str; 7] =
    ["photos", "a.dotted.one", "clean", "Old_Style", "minio", "admin", "tables"];

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn endpoint(url: &str, style: AddressingStyle) -> Endpoint {
    Endpoint::parse(url, style).unwrap()
}

fn gateway() -> [Endpoint; 2] {
    [
        endpoint("http://127.0.0.1:9000", AddressingStyle::Path),
        endpoint("http://gw.example", AddressingStyle::VirtualHosted),
    ]
}

fn stores() -> [Endpoint; 3] {
    [
        endpoint("http://store.local:8333", AddressingStyle::Path),
        endpoint("https://s3.store.example", AddressingStyle::VirtualHosted),
        endpoint("http://[::1]:9000", AddressingStyle::Path),
    ]
}

/// Root of a project that has all the buckets, and may do what can be done at all.
fn root() -> (Caller, Authority) {
    let caller = Caller::Root(KeyHolder {
        project: ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap(),
        id: KeyId::parse("8fK2mQ0ZtYb1").unwrap(),
        scopes: BTreeSet::from([caller::Scope::Sign]),
        expires_at: None,
    });
    let names = Operation::ALL.iter().map(|operation| operation.name().to_owned());
    let buckets = BUCKETS.map(|name| (BucketName::parse(name).unwrap(), BucketRules::default()));
    let authority = Authority {
        project: ProjectRules { root_extra: names.collect(), ..ProjectRules::default() },
        buckets: BTreeMap::from(buckets),
        grants: Vec::new(),
        groups: Vec::new(),
        username: None,
        revision: 1,
    };
    (caller, authority.behind_gateway())
}

/// A request as it arrives, headers without those of the proof.
#[derive(Debug, Clone)]
struct Asked {
    method: &'static str,
    url: String,
    headers: Vec<(String, String)>,
    payload: &'static str,
}

impl Asked {
    fn parse(&self) -> Option<S3Request> {
        read(self.method, &self.url, &self.headers, self.payload, &gateway())
    }
}

fn read(
    method: &str,
    url: &str,
    headers: &[(String, String)],
    payload: &str,
    endpoints: &[Endpoint],
) -> Option<S3Request> {
    let raw =
        RawRequest { method, url, headers: headers.into(), payload: Some(payload), body: None };
    S3Request::parse(raw, endpoints).ok()
}

fn keys() -> impl Strategy<Value = String> {
    let odd =
        ["a", "/", "//", "%20", "%2F", "(", "'", "!", "*", "~", "%C3%A9", "=", "&", "%25", "é"];
    let odd = odd.map(str::to_owned).to_vec();
    let services = ["minio/admin", "tables/arn:aws", "buckets/arn:x", "tables/x"];
    prop_oneof![
        4 => prop::collection::vec(select(odd), 0..12).prop_map(|parts| parts.concat()),
        1 => select(services.map(str::to_owned).to_vec()),
    ]
}

fn queries() -> impl Strategy<Value = String> {
    let known = [
        "list-type=2",
        "prefix=a%2Fb%20c",
        "delimiter=%2F",
        "uploads",
        "uploadId=abc",
        "partNumber=2",
        "versionId=v1",
        "tagging",
        "acl",
        "cors",
        "delete",
        "max-keys=9",
        "versions",
        "response-content-type=text%2Fplain",
        "x-id=GetObject",
        "retention",
    ];
    subsequence(known.map(str::to_owned).to_vec(), 0..4).prop_map(|pairs| pairs.join("&"))
}

fn headers() -> impl Strategy<Value = Vec<(String, String)>> {
    let known = [
        ("Range", "bytes=0-9"),
        ("x-amz-meta-a", "one  two"),
        ("x-amz-copy-source", "/photos/some%20where?versionId=v1"),
        ("x-amz-rename-source", "/from"),
        ("Content-Type", "text/plain"),
        ("If-None-Match", "*"),
        ("x-amz-checksum-crc32", "AAAAAA=="),
        ("user-agent", "not signed"),
    ];
    let known = known.map(|(name, value)| (name.to_owned(), value.to_owned()));
    subsequence(known.to_vec(), 0..4)
}

fn asked() -> impl Strategy<Value = Asked> {
    let methods = select(vec!["GET", "HEAD", "PUT", "POST", "DELETE"]);
    let payload = select(vec!["UNSIGNED-PAYLOAD", EMPTY_SHA256, HASH]);
    let place = (select(BUCKETS.to_vec()), any::<bool>(), prop::option::of(keys()));
    (methods, place, queries(), headers(), payload).prop_map(
        |(method, (bucket, is_hosted, key), query, headers, payload)| {
            let mut url = if is_hosted {
                format!("http://{bucket}.gw.example/{}", key.unwrap_or_default())
            } else {
                let key = key.map(|key| format!("/{key}")).unwrap_or_default();
                format!("http://127.0.0.1:9000/{bucket}{key}")
            };
            if !query.is_empty() {
                url = format!("{url}?{query}");
            }
            Asked { method, url, headers, payload }
        },
    )
}

/// Of something.
const HASH: &str = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn g11_a_respelled_request_is_read_at_the_store_as_the_one_that_was_judged(asked in asked()) {
        let Some(request) = asked.parse() else { return Ok(()) };
        let (caller, authority) = root();
        let Ok(approved) = decide(&caller, &request, &authority, now()) else { return Ok(()) };
        for store in stores() {
            let Ok(respelled) = approved.respelled(&store) else { continue };
            let (url, payload) = (respelled.url(), respelled.payload());
            let method = respelled.method().as_str();
            let again = read(method, url, respelled.headers(), payload, std::slice::from_ref(&store));
            let again = again.expect(url);
            prop_assert_eq!(again.url(), url, "it is written as it is signed");
            prop_assert_eq!(again.method(), request.method());
            prop_assert_eq!(again.operation(), request.operation());
            prop_assert_eq!(again.target(), request.target());
            prop_assert_eq!(again.source(), request.source());
            prop_assert_eq!(again.headers(), request.headers());
            prop_assert_eq!(again.query_pairs(), request.query_pairs());
            prop_assert_eq!(again.payload().as_str(), approved.payload());
            // The storage's own judge of paths would let it through, too.
            prop_assert!(check_spelling(again.target(), again.is_hosted()).is_ok());
        }
    }
}

fn respelled(url: &str, store: &Endpoint) -> Result<String, &'static str> {
    let asked =
        Asked { method: "GET", url: url.to_owned(), headers: Vec::new(), payload: EMPTY_SHA256 };
    let (request, (caller, authority)) = (asked.parse().expect(url), root());
    let approved = decide(&caller, &request, &authority, now()).expect(url);
    let respelled = approved.respelled(store);
    respelled.map(|respelled| respelled.url().to_owned()).map_err(|denied| denied.code())
}

#[test]
fn g11_a_request_is_written_as_the_store_s_endpoint_wants_it() {
    let [path, hosted, _] = stores();
    for (url, by_path, by_host) in [
        (
            "http://127.0.0.1:9000/photos",
            "http://store.local:8333/photos",
            "https://photos.s3.store.example/",
        ),
        (
            "http://photos.gw.example/a%2Fb(1)?versionId=x",
            "http://store.local:8333/photos/a/b%281%29?versionId=x",
            "https://photos.s3.store.example/a/b%281%29?versionId=x",
        ),
        (
            "http://127.0.0.1:9000/Old_Style/a",
            "http://store.local:8333/Old_Style/a",
            "https://s3.store.example/Old_Style/a",
        ),
        // The path must not begin as one of another service.
        (
            "http://photos.gw.example/minio/admin",
            "http://store.local:8333/photos/minio/admin",
            "https://s3.store.example/photos/minio/admin",
        ),
        ("http://127.0.0.1:9000/admin/x", "reserved_bucket", "https://admin.s3.store.example/x"),
        ("http://admin.gw.example/minio/x", "reserved_bucket", "reserved_bucket"),
        ("http://127.0.0.1:9000/", "http://store.local:8333/", "https://s3.store.example/"),
    ] {
        let written = |store| respelled(url, store).unwrap_or_else(str::to_owned);
        assert_eq!(written(&path), by_path, "{url}");
        assert_eq!(written(&hosted), by_host, "{url}");
    }
}

#[test]
fn g11_a_respelled_request_is_signed_as_one_that_was_asked_for_at_the_store() {
    let [store, ..] = stores();
    let asked = |url: &str| Asked {
        method: "PUT",
        url: url.to_owned(),
        headers: vec![("x-amz-meta-a".to_owned(), "b".to_owned())],
        payload: HASH,
    };
    let secret = Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned());
    let credentials = StoreCredentials::new("AKID".to_owned(), secret, "eu-west-1".to_owned());
    let (caller, authority) = root();
    let here = asked("http://photos.gw.example/a%20b").parse().unwrap();
    let there = asked("http://store.local:8333/photos/a%20b");
    let stores = std::slice::from_ref(&store);
    let there = read(there.method, &there.url, &there.headers, there.payload, stores).unwrap();
    let approve = |request| decide(&caller, request, &authority, now()).unwrap();
    let signed = sign_respelled(&approve(&here).respelled(&store).unwrap(), &credentials, now());
    assert_eq!(signed, sign(&approve(&there), &credentials, now()));
}

#[test]
fn g11_behind_the_gateway_a_storage_need_not_be_trusted_but_with_its_sub_resources() {
    let unproved = StorageContract::unproved();
    let report = StorageContract {
        unsafe_for: crate::Permissions::ALL,
        binds_body: false,
        ..unproved.clone()
    };
    let behind = report.behind_gateway();
    assert!(behind.unsafe_for.is_empty() && behind.binds_body && behind.is_respelled);
    assert_eq!(behind.unsupported, unproved.unsupported);
    assert!(!report.is_respelled && !StorageContract::strict().is_respelled);

    let (caller, mut authority) = root();
    let judge = |method, path: &str, storage: &StorageContract, authority: &mut Authority| {
        authority.project.storage = storage.clone().into();
        let url = format!("http://127.0.0.1:9000{path}");
        let request = read(method, &url, &[], EMPTY_SHA256, &gateway()).unwrap();
        decide(&caller, &request, authority, now()).map(drop).map_err(|denied| denied.code())
    };
    for (method, path, direct, through) in [
        ("GET", "/photos/a", Err("unsafe_storage"), Ok(())),
        ("DELETE", "/photos/a", Err("unsafe_storage"), Ok(())),
        ("GET", "/admin/a", Err("reserved_bucket"), Ok(())),
        ("DELETE", "/photos?metrics&id=x", Err("unsafe_storage"), Err("subresource_unsupported")),
    ] {
        assert_eq!(judge(method, path, &report, &mut authority), direct, "{method} {path}");
        assert_eq!(judge(method, path, &behind, &mut authority), through, "{method} {path}");
    }
}

#[test]
fn g18_what_a_storage_was_seen_to_do_decides_what_the_gateway_sends() {
    let seen = |settled: &[Ambiguity], keeps_broken_uploads| GatewayContract {
        keeps_broken_uploads,
        settled: settled.iter().copied().collect(),
        ..GatewayContract::default()
    };
    let (caller, mut authority) = root();
    let here = [gateway()[0].clone().of_gateway()];
    let mut judge = |method, path: &str, at_gateway, is_respelled| {
        let storage = StorageContract { is_respelled, at_gateway, ..StorageContract::strict() };
        authority.project.storage = storage.into();
        let url = format!("http://127.0.0.1:9000{path}");
        let request = read(method, &url, &[], EMPTY_SHA256, &here).unwrap();
        let approved = decide(&caller, &request, &authority, now());
        approved.map(drop).map_err(|denied| denied.code())
    };
    let unseen = GatewayContract::default();
    let (slash, broken) = (seen(&[Ambiguity::Slash], false), seen(&[], true));
    for (method, path, contract, verdict) in [
        ("GET", "/photos/a%252Fb", unseen, Err("double_encoded")),
        ("GET", "/photos/a%252Fb", slash, Ok(())),
        ("GET", "/photos/a%252Fb%252e", slash, Err("double_encoded")),
        ("GET", "/photos?prefix=a%252F", unseen, Err("double_encoded")),
        ("GET", "/photos?prefix=a%252F", slash, Ok(())),
        ("PUT", "/photos/a", unseen, Ok(())),
        ("PUT", "/photos/a", broken, Err("broken_uploads_kept")),
        ("PUT", "/photos/a?partNumber=1&uploadId=x", broken, Err("broken_uploads_kept")),
        ("GET", "/photos/a", broken, Ok(())),
        ("DELETE", "/photos/a", broken, Ok(())),
    ] {
        assert_eq!(judge(method, path, contract, true), verdict, "{method} {path}");
    }
    // What clients upload themselves, they break off themselves.
    assert_eq!(judge("PUT", "/photos/a", broken, false), Ok(()));
}
