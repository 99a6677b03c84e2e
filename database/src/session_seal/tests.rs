//! What a token is, and what it is not.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use super::*;
use crate::domain::session::{SessionEpoch, SessionPolicy, SessionUser};
use crate::domain::{ProjectId, SubjectId};

fn seal() -> SessionSeal {
    SessionSeal::new(Arc::new(MasterKey::parse(&MasterKey::generate()).unwrap()))
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn claims() -> SessionClaims {
    let name = |text: &str| SubjectId::parse(text).unwrap();
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*",
        "Resource":["arn:aws:s3:::photos","arn:aws:s3:::photos/*"]}]}"#;
    SessionClaims {
        id: SessionId::parse("CGASJ4ZQ2M5T7VB3KX6N").unwrap(),
        project: ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap(),
        user: Some(SessionUser {
            id: name("ada"),
            groups: BTreeSet::from([name("staff"), name("ops")]),
            service_account: false,
        }),
        issuer: String::new(),
        parent: None,
        epoch: SessionEpoch::default(),
        issued_at: at("2027-01-14T23:30:00Z"),
        expires_at: at("2027-01-15T11:30:00Z"),
        policy: Some(SessionPolicy::read(policy, None, None).unwrap()),
    }
}

#[test]
fn g28_a_token_opens_to_the_claims_that_were_sealed() {
    let (seal, claims) = (seal(), claims());
    let sealed = seal.close(&claims).unwrap();
    let token = sealed.token.expose();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    assert!(token.bytes().all(plain), "it stands in URLs: {token}");
    let (opened, secret) = seal.open(token, &claims.id, claims.issued_at).unwrap();
    assert_eq!(opened, claims);
    assert_eq!(secret.expose(), sealed.secret.expose());
    assert!(secret.expose().len() == 40 && !token.contains(secret.expose()));
    let bytes = URL_SAFE_NO_PAD.decode(token).unwrap();
    assert!(!bytes.windows(3).any(|part| part == b"ada"), "nobody reads it");
}

#[test]
fn g28_a_token_with_any_byte_changed_or_missing_opens_nothing() {
    let (seal, claims) = (seal(), claims());
    let token = seal.close(&claims).unwrap().token.expose().to_owned();
    let bytes = URL_SAFE_NO_PAD.decode(&token).unwrap();
    let open =
        |bytes: &[u8]| seal.open(&URL_SAFE_NO_PAD.encode(bytes), &claims.id, claims.issued_at);
    for index in 0..bytes.len() {
        for bit in 0..8 {
            let mut changed = bytes.clone();
            changed[index] ^= 1 << bit;
            assert!(open(&changed).is_err(), "byte {index}, bit {bit}");
        }
        assert!(open(&bytes[..index]).is_err(), "the first {index} bytes");
    }
    assert!(open(&[&bytes[..], b"\0"].concat()).is_err(), "a byte too many");
    for text in ["", "AQ", "not base64!", &format!("{token}="), &"A".repeat(5000)] {
        assert!(seal.open(text, &claims.id, claims.issued_at).is_err(), "{text}");
    }
}

#[test]
fn g28_a_token_is_of_its_id_and_of_its_master_key() {
    let (seal_here, claims) = (seal(), claims());
    let token = seal_here.close(&claims).unwrap().token.expose().to_owned();
    let open = |seal: &SessionSeal, id: &SessionId| seal.open(&token, id, claims.issued_at);
    assert!(open(&seal_here, &claims.id).is_ok());
    let other = SessionId::parse("CGASAAAAAAAAAAAAAAAA").unwrap();
    assert_eq!(open(&seal_here, &other).unwrap_err(), SessionFlaw::Invalid);
    let elsewhere = seal();
    assert_eq!(open(&elsewhere, &claims.id).unwrap_err(), SessionFlaw::Invalid);
    let theirs = elsewhere.close(&claims).unwrap();
    assert_ne!(theirs.secret.expose(), seal_here.close(&claims).unwrap().secret.expose());
}

#[test]
fn g28_the_sealing_key_of_yesterday_opens_until_its_last_session_expired() {
    let (seal, claims) = (seal(), claims());
    let token = seal.close(&claims).unwrap().token.expose().to_owned();
    let open = |now: &str| seal.open(&token, &claims.id, at(now)).map(|(claims, _)| claims.id);
    let today = SessionClaims { issued_at: at("2027-01-15T00:30:00Z"), ..claims.clone() };
    let new = seal.close(&today).unwrap().token.expose().to_owned();
    let key = |token: &str| URL_SAFE_NO_PAD.decode(token).unwrap()[..5].to_vec();
    assert_ne!(key(&token), key(&new), "the key rotates at midnight");
    for now in ["2027-01-14T23:30:00Z", "2027-01-15T00:00:00Z", "2027-01-15T23:59:59Z"] {
        assert_eq!(open(now), Ok(claims.id.clone()), "{now}");
    }
    assert_eq!(open("2027-01-16T00:00:00Z"), Err(SessionFlaw::Expired));
    // A server whose clock is behind.
    assert_eq!(open("2027-01-13T23:59:59Z"), Ok(claims.id.clone()));
    assert_eq!(open("2027-01-12T23:59:59Z"), Err(SessionFlaw::Invalid));
}

#[test]
fn g28_no_two_tokens_are_alike_and_the_secret_stays() {
    let (seal, claims) = (seal(), claims());
    let (one, two) = (seal.close(&claims).unwrap(), seal.close(&claims).unwrap());
    assert_ne!(one.token.expose(), two.token.expose(), "nonces repeat");
    assert_eq!(one.secret.expose(), two.secret.expose());
    let next = SessionClaims { issued_at: claims.issued_at + TimeDelta::days(1), ..claims };
    assert_ne!(seal.close(&next).unwrap().secret.expose(), one.secret.expose());
    assert!(!format!("{one:?}{seal:?}").contains(one.token.expose()));
}
