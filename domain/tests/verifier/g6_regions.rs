//! G6, G8: the regions a signature may be for, and the days.

use chrono::TimeDelta;
use sail_cargo_domain::Secret;
use sail_cargo_domain::s3::Operation;
use sail_cargo_domain::sigv4::DayKeys;
use sail_cargo_domain::sigv4::inbound::{Claim, Regions, Service};
use sha2::Digest as _;
use std::sync::Arc;

use crate::raw_client::{SECRET, Wire, midnight, refused};

fn of(region: &str) -> Claim {
    let scope = format!("20130524/{region}/s3/aws4_request");
    Wire { scope, ..Wire::get("/photos/a") }.signed().claim().unwrap()
}

#[test]
fn g6_the_region_and_its_aliases_are_taken() {
    let regions = Regions::new("eu-north-1".to_owned(), vec!["auto".to_owned()]);
    for region in ["eu-north-1", "auto"] {
        of(region).check_scope(&regions).unwrap();
        of(region).check_region(&regions, false).unwrap();
    }
    for region in ["eu-west-1", "EU-NORTH-1"] {
        let error = of(region).check_scope(&regions).unwrap_err();
        assert_eq!((error.code(), error.status()), ("AuthorizationHeaderMalformed", 400));
        assert_eq!(error.elements(), [("Region", "eu-north-1".to_owned())]);
        assert_eq!(error.bucket_region(), Some("eu-north-1"));
        let sentence = format!("the region '{region}' is wrong; expecting 'eu-north-1'");
        assert!(error.to_string().ends_with(&sentence), "{error}");
    }
    let url =
        Wire { scope: "20130524/mars-1/s3/aws4_request".to_owned(), ..Wire::new("GET", "/a") };
    let url = url.presigned("300", "host").claim().unwrap();
    let error = url.check_scope(&regions).unwrap_err();
    assert_eq!(error.code(), "AuthorizationQueryParametersError");
}

#[test]
fn g6_us_east_1_is_taken_where_a_region_is_found_out() {
    let regions = Regions::new("eu-north-1".to_owned(), Vec::new());
    let claim = of("us-east-1");
    claim.check_scope(&regions).unwrap();
    claim.check_region(&regions, true).unwrap();
    let refusal = refused(claim.check_region(&regions, false));
    assert_eq!(refusal, ("AuthorizationHeaderMalformed", 400));
    let exempt: Vec<_> =
        Operation::ALL.iter().filter(|operation| Regions::exempts(**operation)).collect();
    assert_eq!(exempt.len(), 3, "{exempt:?}");
    of("us-east-1").check_region(&Regions::default(), false).unwrap();
}

#[test]
fn g8_the_keys_of_near_days_are_made_once() {
    let keys = DayKeys::new(Secret::new(SECRET.to_owned()));
    let claim = of("us-east-1");
    let key = keys.key(claim.scope(), midnight()).unwrap();
    assert!(Arc::ptr_eq(&key, &keys.clone().key(claim.scope(), midnight()).unwrap()));
    for days in [-8, 8] {
        assert!(keys.key(claim.scope(), midnight() + TimeDelta::days(days)).is_some(), "{days}");
    }
    for days in [-9, 9, 4000] {
        assert!(keys.key(claim.scope(), midnight() + TimeDelta::days(days)).is_none(), "{days}");
    }
    // A few are remembered, the one used last among them.
    for number in 0..40 {
        keys.key(of(&format!("r{number}")).scope(), midnight()).unwrap();
        assert!(Arc::ptr_eq(&key, &keys.key(claim.scope(), midnight()).unwrap()));
    }
    let first = of("r0");
    let again = keys.key(first.scope(), midnight()).unwrap();
    assert!(Arc::ptr_eq(&again, &keys.key(first.scope(), midnight()).unwrap()));
    assert!(!format!("{keys:?} {key:?}").contains("wJalr"));
}

#[test]
fn g28_the_scope_of_sts_covers_the_body() {
    let scope = "20130524/us-east-1/sts/aws4_request".to_owned();
    let body = b"Action=GetCallerIdentity&Version=2011-06-15";
    let hash = hex::encode(sha2::Sha256::digest(body));
    let wire = Wire { scope, ..Wire::new("POST", "/") }.with("x-amz-date", "20130524T000000Z");
    let hashed = wire.clone().with("x-amz-content-sha256", &hash);
    let wire = hashed.signed_over("host;x-amz-date").without("x-amz-content-sha256");
    let claim = wire.claim().unwrap();
    assert_eq!(claim.scope().service(), Service::Sts);
    let keys = DayKeys::new(Secret::new(SECRET.to_owned()));
    let key = keys.key(claim.scope(), midnight()).unwrap();
    claim.verify_with_body(&wire.head(), &key, body).unwrap();
    let other = claim.verify_with_body(&wire.head(), &key, b"Action=AssumeRole");
    assert_eq!(refused(other), ("SignatureDoesNotMatch", 403));
    assert_eq!(refused(claim.verify(&wire.head(), &key)), ("InvalidRequest", 400));
}

#[test]
fn g2_a_key_of_another_scope_verifies_nothing() {
    let (s3, wire) = (of("us-east-1"), Wire::get("/photos/a").signed());
    let keys = DayKeys::new(Secret::new(SECRET.to_owned()));
    let other = keys.key(of("eu-north-1").scope(), midnight()).unwrap();
    assert_eq!(refused(s3.verify(&wire.head(), &other)), ("SignatureDoesNotMatch", 403));
}
