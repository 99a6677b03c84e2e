//! What the tree's signer signs, and `aws-sigv4`, is verified; whatever differs by a byte is not.

use std::cell::Cell;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use sail_cargo_domain::Secret;
use sail_cargo_domain::s3::Presignable;
use sail_cargo_domain::sigv4::inbound::{Proof, read};
use sail_cargo_domain::sigv4::{self, DayKeys, ProofError, StoreCredentials};

use crate::generate;
use crate::oracle::Keys;
use crate::raw_client::Wire;
use crate::test_project::TestProject;

const CASES: u32 = 600;

/// A request that comes in, made of a URL and headers.
fn arrive(method: &str, url: &str, headers: impl Iterator<Item = (String, String)>) -> Wire {
    let place = url.split_once("://").unwrap().1;
    let at = place.find(['/', '?']).unwrap_or(place.len());
    let (host, target) = place.split_at(at);
    let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
    let wire = Wire { headers: Vec::new(), ..Wire::new(method, &target) }.with("host", host);
    headers.fold(wire, |wire, (name, value)| wire.with(&name, &value))
}

fn verify(wire: &Wire, keys: &Keys, now: DateTime<Utc>) -> Result<(), ProofError> {
    let Proof::SigV4(claim) = read(&wire.head())? else { return Err(ProofError::UnknownScheme) };
    claim.check_time(now)?;
    let day_keys = DayKeys::new(Secret::new(keys.secret.clone()));
    let key = day_keys.key(claim.scope(), now).ok_or(ProofError::NoDate)?;
    claim.verify(&wire.head(), &key).map(drop)
}

type Pair = (Vec<u8>, Vec<u8>);

/// What a target names: what is signed, not how it is spelt.
fn meaning(target: &str) -> (Vec<u8>, Vec<Pair>) {
    let decode = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    let mut pairs: Vec<_> = pairs.map(|(name, value)| (decode(name), decode(value))).collect();
    pairs.sort();
    (decode(path), pairs)
}

/// Which byte of what becomes which.
#[derive(Debug, Clone)]
struct Change {
    place: usize,
    at: prop::sample::Index,
    byte: u8,
}

fn change() -> impl Strategy<Value = Change> {
    (0..3_usize, any::<prop::sample::Index>(), 0x21..0x7f_u8).prop_map(|(place, at, byte)| Change {
        place,
        at,
        byte,
    })
}

/// The request with one byte changed; none where that changes nothing that is signed.
fn apply(wire: &Wire, change: &Change) -> Option<Wire> {
    let mut changed = wire.clone();
    let replace = |text: &mut String| {
        let mut bytes = std::mem::take(text).into_bytes();
        let at = change.at.index(bytes.len());
        bytes[at] = change.byte;
        *text = String::from_utf8(bytes).ok()?;
        Some(())
    };
    match change.place {
        0 => {
            replace(&mut changed.method)?;
            (changed.method != wire.method).then_some(changed)
        }
        1 => {
            if !changed.target.is_ascii() {
                return None;
            }
            replace(&mut changed.target)?;
            let is_other = meaning(&changed.target) != meaning(&wire.target);
            (is_other && changed.target.starts_with('/')).then_some(changed)
        }
        _ => change_header(changed, change),
    }
}

/// Every header that is sent is signed, or is the signature.
fn change_header(mut wire: Wire, change: &Change) -> Option<Wire> {
    let at = change.at.index(wire.headers.len());
    let (name, value) = &mut wire.headers[at];
    if value.is_empty() || name == "authorization" && !value.is_ascii() {
        return None;
    }
    let within = change.at.index(value.len());
    let before = std::mem::replace(&mut value[within], change.byte);
    // Blanks may mean nothing, and what separates fields of the signature is not signed.
    let is_blank = before == b' ' || (name == "authorization" && matches!(before, b',' | b' '));
    (before != change.byte && !is_blank).then_some(wire)
}

#[test]
fn what_is_signed_is_verified_and_what_differs_is_not() {
    let project = TestProject::new();
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        max_global_rejects: 20 * CASES,
        ..ProptestConfig::default()
    };
    let changes = prop::collection::vec(change(), 12);
    let instant = 86_400 * 365..4_102_444_800_i64;
    let input = (generate::sent(), generate::keys(), instant, 1..604_800_u64, changes);
    let (verified, refused) = (Cell::new(0_u32), Cell::new(0_u32));
    let outcome = TestRunner::new(config).run(&input, |(sent, keys, second, expires, changes)| {
        let is_sent = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        prop_assume!(is_sent(&keys.id) && is_sent(&keys.region));
        prop_assume!(!keys.region.contains(['/', ',']) && !keys.id.contains(','));
        let request = project.parse(&sent).map_err(|no| TestCaseError::reject(no.code()))?;
        let approved = project.approve(&request).map_err(|no| TestCaseError::reject(no.code()))?;
        let now = DateTime::from_timestamp(second, 0).unwrap();
        let secret = Secret::new(keys.secret.clone());
        let credentials = StoreCredentials::new(keys.id.clone(), secret, keys.region.clone());
        let method = request.method().as_str();

        let mut wires = Vec::new();
        for made in [sigv4::sign(&approved, &credentials, now).headers, keys.sign(&approved, now)] {
            let headers = request.headers().iter().cloned().chain(made);
            wires.push(arrive(method, request.url(), headers));
        }
        if let Ok(may) = Presignable::check(&request, expires, TimeDelta::days(7)) {
            let lifetime = may.lifetime(None, now).unwrap();
            let ours = sigv4::presign(&approved, lifetime, &credentials, now);
            wires.push(arrive(method, &ours.url, ours.headers.into_iter()));
            let (url, headers) = keys.presign(&request, Duration::from_secs(expires), now);
            wires.push(arrive(method, &url, headers.into_iter()));
        }
        for wire in wires {
            prop_assert_eq!(verify(&wire, &keys, now), Ok(()), "{:?}", wire);
            verified.set(verified.get() + 1);
            for wrong in changes.iter().filter_map(|change| apply(&wire, change)) {
                prop_assert!(verify(&wrong, &keys, now).is_err(), "{:?}", wrong);
                refused.set(refused.get() + 1);
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|failed| panic!("{failed}"));
    let (verified, refused) = (verified.get(), refused.get());
    assert!(verified > CASES, "only {verified} were verified");
    assert!(refused > 4 * CASES, "only {refused} were refused");
}
