//! Property test: every approved request gets the signature of `aws-sigv4`, in both forms.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::Duration;

use chrono::{DateTime, TimeDelta};
use proptest::prelude::*;
use proptest::test_runner::{TestCaseError, TestRunner};
use sail_cargo_domain::Secret;
use sail_cargo_domain::s3::Presignable;
use sail_cargo_domain::sigv4::{self, StoreCredentials};

use crate::generate;
use crate::test_project::TestProject;

const CASES: u32 = 2_500;
/// 2 January 1970 to the end of the year 9999, in seconds.
const SECONDS: std::ops::Range<i64> = 86_400..253_402_300_800;

#[test]
fn every_signature_equals_that_of_aws_sigv4() {
    let project = TestProject::new();
    let (presigned, operations) = (Cell::new(0_u32), std::cell::RefCell::new(BTreeSet::new()));
    let config = ProptestConfig {
        cases: CASES,
        failure_persistence: None,
        max_global_rejects: 4 * CASES,
        ..ProptestConfig::default()
    };
    let instant = (SECONDS, 0..1_000_000_000_u32);
    let input = (generate::sent(), generate::keys(), instant, 1..604_800_u64);
    let outcome = TestRunner::new(config).run(&input, |(sent, keys, (second, nano), expires)| {
        let request = project.parse(&sent).map_err(|no| TestCaseError::reject(no.code()))?;
        let approved = project.approve(&request).map_err(|no| TestCaseError::reject(no.code()))?;
        let now = DateTime::from_timestamp(second, nano).unwrap();
        let secret = Secret::new(keys.secret.clone());
        let credentials = StoreCredentials::new(keys.id.clone(), secret, keys.region.clone());
        operations.borrow_mut().insert(request.operation());

        let ours = sigv4::sign(&approved, &credentials, now);
        prop_assert_eq!(&ours.headers, &keys.sign(&approved, now));
        prop_assert_eq!(ours.expires_at, now + sail_cargo_domain::limits::SIGNATURE_LIFETIME);

        let Ok(may) = Presignable::check(&request, expires, TimeDelta::days(7)) else {
            return Ok(());
        };
        let lifetime = may.lifetime(None, now).unwrap();
        let ours = sigv4::presign(&approved, lifetime, &credentials, now);
        let (url, headers) = keys.presign(&request, Duration::from_secs(expires), now);
        prop_assert_eq!(ours.url, url);
        prop_assert_eq!(ours.headers, headers);
        presigned.set(presigned.get() + 1);
        Ok(())
    });
    outcome.unwrap_or_else(|failed| panic!("{failed}"));
    let (presigned, operations) = (presigned.get(), operations.borrow().len());
    assert!(presigned > CASES / 10, "only {presigned} of {CASES} were presigned");
    assert!(operations > 100, "only {operations} operations were signed");
}
