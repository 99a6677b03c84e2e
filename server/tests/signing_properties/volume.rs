//! Many random requests, the same in every run.
//!
//! `PROOF_CASES` sets their number; use a release build for a million: `PROOF_CASES=1000000 cargo
//! test --release -p sail-cargo-server --test signing_properties volume`.

use crate::byte_source::{ByteSource, Noise};
use crate::caller_request::CallerRequest;
use crate::generate;
use crate::invariants::{Verdict, check};
use crate::mutate;
use crate::policy_fixture::PolicyFixture;

const CASES: usize = 50_000;

#[expect(clippy::disallowed_methods, reason = "a test reads its own size, not the configuration")]
fn cases() -> usize {
    std::env::var("PROOF_CASES").map_or(CASES, |cases| cases.parse().unwrap())
}

/// The number of requests by result.
#[derive(Debug, Default)]
struct Tally {
    refused: usize,
    denied: usize,
    approved: usize,
    for_root: usize,
}

/// In turn: plain, odd, plain with one or two bytes changed, odd with one byte changed, and random
/// bytes.
fn make(turn: usize, bytes: &[u8]) -> CallerRequest {
    let mut choices = ByteSource::new(bytes);
    match turn % 8 {
        0 => generate::plain(&mut choices),
        1..4 => generate::odd(&mut choices),
        4 | 5 => {
            let sent = generate::plain(&mut choices);
            mutate::one_byte(&sent, &mut choices)
        }
        6 => {
            let sent = generate::odd(&mut choices);
            let once = mutate::one_byte(&sent, &mut choices);
            mutate::one_byte(&once, &mut choices)
        }
        _ => CallerRequest::from_text(bytes),
    }
}

#[test]
fn volume_of_requests_without_a_panic_or_a_difference() {
    let fixture = PolicyFixture::new();
    let (cases, mut noise, mut tally) = (cases(), Noise::new(1), Tally::default());
    let started = std::time::Instant::now();
    for turn in 0..cases {
        match check(&fixture, &make(turn, &noise.bytes(320))) {
            Verdict::Refused => tally.refused += 1,
            Verdict::Denied => tally.denied += 1,
            Verdict::Approved(_) => tally.approved += 1,
            Verdict::ForRoot(_) => tally.for_root += 1,
        }
    }
    println!("{cases} requests in {:.1?}: {tally:?}", started.elapsed());
    let rare = tally.approved.min(tally.denied).min(tally.for_root).min(tally.refused);
    assert!(cases < 1_000 || rare > cases / 100, "hardly a proof: {tally:?}");
}
