//! An independent judge: compares the reviewed operation map with an interpretation.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use sail_cargo_server::domain::Permission::{self, Delete, List, Read, Write};

use crate::independent::Interpretation;
use crate::policy_fixture::{BUCKETS, GRANTS};

/// The required permissions and the opt-in of each operation, from the columns
/// `required_permissions` and `root_optin`.
static MAP: LazyLock<BTreeMap<&str, (&str, bool)>> = LazyLock::new(|| {
    include_str!("../data/operations.csv")
        .lines()
        .skip(1)
        .filter(|line| line.starts_with(|first: char| first.is_ascii_uppercase()))
        .filter_map(|line| {
            // Only the columns after these two contain quoted commas.
            let cells: Vec<_> = line.split(',').collect();
            Some((*cells.first()?, (*cells.get(6)?, *cells.get(7)? == "yes")))
        })
        .collect()
});

/// The required permissions of the operation, and whether root needs an opt-in. All names of a
/// route require the same, except names that are never signed.
fn takes(interpretation: &Interpretation) -> (&'static str, bool) {
    let rows = interpretation.operations.iter().map(|name| MAP[name]);
    rows.min_by_key(|(takes, opt_in)| (*takes == "never", *opt_in)).unwrap_or(("never", false))
}

/// Whether Ada's grants cover everything that the interpretation touches.
pub(crate) fn allows_user(interpretation: &Interpretation, deleted: Option<&[String]>) -> bool {
    let Some(bucket) = interpretation.bucket.as_deref() else { return false };
    let here =
        interpretation.key.as_deref().or(interpretation.prefix.as_deref()).unwrap_or_default();
    let source = interpretation.source.as_ref();
    match takes(interpretation).0 {
        "read" => holds(Read, bucket, here),
        "list" => holds(List, bucket, here),
        "write" => holds(Write, bucket, here),
        "write or list" => holds(Write, bucket, here) || holds(List, bucket, here),
        "delete" => match deleted {
            Some(keys) => keys.iter().all(|key| holds(Delete, bucket, key)),
            None => holds(Delete, bucket, here),
        },
        "write+delete" => [Some(here), source.map(|(_, key)| key.as_str())]
            .into_iter()
            .flatten()
            .all(|key| holds(Write, bucket, key) && holds(Delete, bucket, key)),
        "write@dest + read@source" => {
            holds(Write, bucket, here)
                && source.is_some_and(|(bucket, key)| holds(Read, bucket, key))
        }
        "any grant on bucket" => GRANTS.iter().any(|(granted, ..)| *granted == bucket),
        _ => false,
    }
}

/// Whether the application may have it signed: for its own buckets, or to create one.
pub(crate) fn allows_root(interpretation: &Interpretation) -> bool {
    let Some(bucket) = interpretation.bucket.as_deref() else { return false };
    let (takes, opt_in) = takes(interpretation);
    let source = interpretation.source.as_ref().map(|(bucket, _)| bucket.as_str());
    let own = [Some(bucket), source].into_iter().flatten().all(|name| BUCKETS.contains(&name));
    takes != "never" && !opt_in && (own || interpretation.operations == ["CreateBucket"])
}

fn holds(permission: Permission, bucket: &str, scope: &str) -> bool {
    GRANTS.iter().any(|(granted, prefix, permissions)| {
        *granted == bucket
            && scope.starts_with(prefix)
            && (permissions.contains(&permission)
                || (permission == List && permissions.contains(&Read)))
    })
}
