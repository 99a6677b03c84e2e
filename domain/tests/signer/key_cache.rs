//! A cached signing key makes the same signatures as a fresh one.

use chrono::{DateTime, TimeDelta};
use sail_cargo_domain::Secret;
use sail_cargo_domain::s3::EMPTY_SHA256;
use sail_cargo_domain::sigv4::{self, StoreCredentials};

use crate::test_project::{CallerRequest, TestProject, now};

fn credentials(secret: &str, region: &str) -> StoreCredentials {
    StoreCredentials::new(
        "AKIDEXAMPLE".to_owned(),
        Secret::new(secret.to_owned()),
        region.to_owned(),
    )
}

#[test]
fn a_cached_key_signs_as_a_fresh_one_for_each_day_region_and_secret() {
    let (project, url) = (TestProject::new(), "http://s3.local:9000/photos/cat.png".to_owned());
    let sent =
        CallerRequest { method: "GET", url, headers: Vec::new(), payload: EMPTY_SHA256.to_owned() };
    let request = project.parse(&sent).unwrap();
    let approved = project.approve(&request).unwrap();
    let of = [("one", "eu-north-1"), ("one", "us-east-1"), ("another", "eu-north-1")];
    let remembering = of.map(|(secret, region)| credentials(secret, region));
    let midnight =
        now().date_naive().succ_opt().unwrap().and_time(chrono::NaiveTime::MIN).and_utc();
    let days = [now(), now() + TimeDelta::days(1), midnight - TimeDelta::nanoseconds(1), midnight];
    let mut seen = std::collections::BTreeMap::new();
    for round in 0..3 {
        for day in days {
            for (credentials, (secret, region)) in remembering.iter().zip(of) {
                let fresh = sigv4::sign(&approved, &self::credentials(secret, region), day);
                assert_eq!(sigv4::sign(&approved, credentials, day).headers, fresh.headers);
                assert_eq!(
                    sigv4::sign(&approved, &credentials.clone(), day).headers,
                    fresh.headers
                );
                let first = seen.entry((day, secret, region)).or_insert(fresh.headers.clone());
                assert_eq!(*first, fresh.headers, "in round {round}");
            }
        }
    }
    let signatures: std::collections::BTreeSet<_> = seen.into_values().collect();
    assert_eq!(signatures.len(), of.len() * days.len(), "two share a signature");
}

#[test]
fn threads_that_share_credentials_sign_as_one() {
    let (project, url) = (TestProject::new(), "http://s3.local:9000/photos/cat.png".to_owned());
    let sent =
        CallerRequest { method: "GET", url, headers: Vec::new(), payload: EMPTY_SHA256.to_owned() };
    let request = project.parse(&sent).unwrap();
    let shared = credentials("one", "eu-north-1");
    std::thread::scope(|scope| {
        for offset in 0..4_i64 {
            let (project, request, shared) = (&project, &request, &shared);
            scope.spawn(move || {
                let approved = project.approve(request).unwrap();
                for turn in 0..50 {
                    let day = DateTime::from_timestamp(86_400 * ((turn + offset) % 2), 0).unwrap();
                    let fresh = sigv4::sign(&approved, &credentials("one", "eu-north-1"), day);
                    assert_eq!(sigv4::sign(&approved, shared, day).headers, fresh.headers);
                }
            });
        }
    });
}
