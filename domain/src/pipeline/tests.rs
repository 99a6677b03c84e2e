//! The steps in their order, and the refusals of each.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_protocol::{BucketClaim, PresignRequest, SignRequest};

use super::*;
use crate::limits::MAX_SIGNED_BODY;
use crate::s3::{AddressingStyle, Endpoint};
use crate::sigv4::StoreCredentials;
use crate::{
    Authority, BucketName, BucketRules, Caller, KeyHolder, KeyId, ProjectId, ProjectRules,
    ReservationId, Secret,
};

const BUCKET: &str = "http://s3.local/photos";

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// The application, with a key that expires in `seconds`.
fn root(seconds: i64) -> Caller {
    Caller::Root(KeyHolder {
        project: ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap(),
        id: KeyId::parse("8fK2mQ0ZtYb1").unwrap(),
        scopes: BTreeSet::from([crate::caller::Scope::Sign]),
        expires_at: Some(now() + TimeDelta::seconds(seconds)),
    })
}

fn authority() -> Authority {
    let photos = (BucketName::parse("photos").unwrap(), BucketRules::default());
    Authority {
        project: ProjectRules::default(),
        buckets: BTreeMap::from([photos]),
        grants: Vec::new(),
        groups: Vec::new(),
        username: None,
        revision: 7,
    }
}

fn parse(asked: SigningRequest<'_>) -> Result<ParsedRequest, SigningError> {
    asked.parse(&[Endpoint::parse("http://s3.local", AddressingStyle::Path).unwrap()])
}

/// Runs all steps. The deletion of a bucket gets the reservation `claim-1`.
fn walk(asked: SigningRequest<'_>, caller: &Caller) -> Result<SigningResponse, SigningError> {
    let request = parse(asked)?;
    let mut approval = request.judge(caller, &authority(), now())?;
    if approval.request().operation().name() == "DeleteBucket" {
        approval.reserve(ReservationId::new("claim-1".to_owned()));
    }
    let secret = Secret::new("secret".to_owned());
    let keys = StoreCredentials::new("AKID".to_owned(), secret, "eu".to_owned());
    let signed = approval.sign(&keys, now());
    Ok(SigningResponse::new(asked, approval, signed, "r7".to_owned()))
}

fn sign(method: &str, url: &str) -> SignRequest {
    SignRequest {
        method: method.to_owned(),
        url: url.to_owned(),
        headers: vec![("Date".to_owned(), "today".to_owned())],
        payload: Some("UNSIGNED-PAYLOAD".to_owned()),
        body: None,
    }
}

fn presign(url: &str, expires_in: Option<u64>) -> PresignRequest {
    PresignRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: vec![("Accept".to_owned(), "*/*".to_owned())],
        payload: None,
        expires_in,
    }
}

#[test]
fn a_body_is_read_before_anything_else_and_is_at_most_1_mib() {
    let put = |body: String| {
        let wire =
            SignRequest { payload: None, body: Some(body), ..sign("POST", "http://other/photos") };
        parse((&wire).into()).unwrap_err().code()
    };
    assert_eq!(put("no base64!".to_owned()), "body");
    assert_eq!(put(STANDARD.encode(vec![0; MAX_SIGNED_BODY + 1])), "body");
    assert_eq!(put(STANDARD.encode(vec![0; MAX_SIGNED_BODY])), "host");
}

#[test]
fn the_limits_of_a_url_come_before_the_grants_and_its_end_after_them() {
    let foreign = BUCKET.replace("photos", "letters");
    let (key, foreign) = (format!("{BUCKET}/cat"), format!("{foreign}/cat"));
    for (url, expires_in, key_lasts, expected) in [
        (&key, None, 3600, Ok("300")),
        (&key, Some(60), 3600, Ok("60")),
        (&key, Some(60), 59, Ok("59")),
        (&key, Some(60), 0, Err("approval_ending")),
        (&key, Some(3601), 3600, Err("expires")),
        (&foreign, Some(3601), 3600, Err("expires")),
        (&foreign, Some(60), 0, Err("foreign_bucket")),
    ] {
        let wire = presign(url, expires_in);
        let made = walk((&wire).into(), &root(key_lasts)).map(|made| made.presigned().unwrap());
        let url = made.as_ref().map(|made| made.url.as_str());
        let seconds = url.map(|url| {
            let (_, rest) = url.split_once("X-Amz-Expires=").unwrap();
            rest.split('&').next().unwrap()
        });
        assert_eq!(seconds.map_err(SigningError::code), expected, "{wire:?} {key_lasts}");
    }
}

#[test]
fn g21_a_url_of_the_gateway_lives_as_long_as_the_project_allows_whatever_its_grants() {
    let mut authority = authority();
    authority.project.at_gateway.max_presign = 300;
    let wire = SignRequest { headers: Vec::new(), ..sign("GET", "http://s3.local/photos/cat") };
    for (form, expected) in [
        (Form::OfUrl { lifetime: 300 }, Ok(())),
        (Form::OfUrl { lifetime: 301 }, Err("presign_too_long")),
        (Form::Headers, Ok(())),
        (Form::Url { expires_in: 301 }, Ok(())),
    ] {
        let read = parse(SigningRequest { form, ..(&wire).into() }).unwrap();
        let judged = read.judge(&root(3600), &authority, now());
        assert_eq!(judged.map(drop).map_err(|no| no.code()), expected, "{form:?}");
    }
}

#[test]
fn an_answer_says_what_was_signed_and_what_is_to_be_settled() {
    let claim = BucketClaim { bucket: "photos".to_owned(), id: "claim-1".to_owned() };
    for (method, operation, expected) in
        [("DELETE", "DeleteBucket", Some(claim)), ("HEAD", "HeadBucket", None)]
    {
        let wire = sign(method, BUCKET);
        let signed = walk((&wire).into(), &root(60)).unwrap().signed().unwrap();
        assert_eq!((signed.operation.as_str(), signed.claim), (operation, expected));
        assert_eq!((signed.url.as_str(), signed.revision.as_str()), (BUCKET, "r7"));
        assert!(signed.headers["authorization"].contains("Credential=AKID/"));
        assert_eq!(signed.remove_headers, ["date"]);
    }
    let wire = presign(&format!("{BUCKET}/cat"), None);
    let made = walk((&wire).into(), &root(3600)).unwrap().presigned().unwrap();
    assert_eq!((made.method.as_str(), made.operation.as_str()), ("GET", "GetObject"));
    assert_eq!(made.dropped_headers, ["accept"]);
}
