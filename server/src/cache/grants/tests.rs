//! The grants in memory, compared with a list of grants.

use std::collections::BTreeMap;

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::domain::grant::SubjectKind;
use crate::domain::grant_prefix::PrefixKind;
use crate::domain::{GrantPrefix, Permission, Permissions};

const SUBJECTS: [(SubjectKind, &str); 5] = [
    (SubjectKind::User, "ada"),
    (SubjectKind::User, "ben"),
    (SubjectKind::Group, "ada"),
    (SubjectKind::TokenGroup, "ada"),
    (SubjectKind::Public, "*"),
];
const BUCKETS: [&str; 3] = ["photos", "videos", "texts"];
const PREFIXES: [(PrefixKind, &str); 4] = [
    (PrefixKind::Literal, ""),
    (PrefixKind::Literal, "a/"),
    (PrefixKind::Literal, "${user}/"),
    (PrefixKind::Template, "${user}/"),
];

fn key((subject, bucket, prefix): (usize, usize, usize)) -> GrantKey {
    let (kind, name) = SUBJECTS[subject];
    GrantKey::parse(BUCKETS[bucket], PREFIXES[prefix], kind, name).unwrap()
}

fn grant(key: &GrantKey, end: Option<i64>) -> Grant {
    let GrantKey { bucket, prefix, subject } = key.clone();
    Grant {
        bucket,
        prefix,
        subject,
        permissions: Permissions::from_iter([Permission::Read]),
        not_before: None,
        expires_at: end.and_then(|end| DateTime::from_timestamp(end, 0)),
    }
}

/// A place of the tables, and the grant that is there after a change.
fn change() -> impl Strategy<Value = Change> {
    let place = (0..SUBJECTS.len(), 0..BUCKETS.len(), 0..PREFIXES.len());
    (place, proptest::option::weighted(0.6, proptest::option::of(0..3_i64))).prop_map(
        |(place, now)| {
            let key = key(place);
            let now = now.map(|end| grant(&key, end));
            (key, now)
        },
    )
}

/// As rows are: by their key's text.
type Rows = BTreeMap<(BucketName, GrantPrefix, Subject), Grant>;

fn row_key(key: &GrantKey) -> (BucketName, GrantPrefix, Subject) {
    (key.bucket.clone(), key.prefix.clone(), key.subject.clone())
}

fn sorted(mut grants: Vec<Grant>) -> Vec<Grant> {
    grants.sort_by_key(|grant| (grant.bucket.clone(), grant.prefix.clone(), grant.subject.clone()));
    grants
}

/// All that is kept, as the callers of [`Grants::for_user`] see it.
fn kept(grants: &Grants) -> Vec<Grant> {
    let buckets = BUCKETS.map(|bucket| BucketName::parse(bucket).unwrap());
    let unpacked = grants.named.iter().flat_map(|(subject, slice)| {
        buckets.iter().filter_map(|bucket| grants.shared.bucket(bucket)).flat_map(move |number| {
            let there = super::slice::on_bucket(slice, number);
            there.iter().map(move |packed| grants.shared.unpack(*packed, subject))
        })
    });
    sorted(unpacked.collect())
}

proptest! {
    #[test]
    fn changes_leave_what_the_rows_say(
        loaded in proptest::collection::vec(change(), 0..30),
        batches in proptest::collection::vec(proptest::collection::vec(change(), 0..10), 0..8),
    ) {
        let mut rows = Rows::new();
        for (key, now) in loaded {
            now.map(|grant| rows.insert(row_key(&key), grant));
        }
        let mut loader = Loader::default();
        rows.values().cloned().for_each(|grant| loader.take(grant));
        let mut grants = loader.finish();
        prop_assert_eq!(kept(&grants), sorted(rows.values().cloned().collect()));
        for batch in batches {
            // One change for each key, as between two revisions.
            let batch: BTreeMap<_, _> =
                batch.into_iter().map(|(key, now)| (row_key(&key), (key, now))).collect();
            for (place, (_, now)) in &batch {
                match now {
                    Some(grant) => rows.insert(place.clone(), grant.clone()),
                    None => rows.remove(place),
                };
            }
            grants.apply(batch.into_values());
            prop_assert_eq!(kept(&grants), sorted(rows.values().cloned().collect()));
        }
    }
}
