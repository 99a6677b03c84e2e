//! Listings of objects.

use std::collections::BTreeSet;

use super::{Cast, KEYS};

/// Lists each key with itself as the prefix, with both versions of the operation.
pub(super) async fn find_each_key(cast: &Cast) {
    let (s3, bucket) = (&cast.ada, &cast.bucket);
    let dots = ("..h", "..hidden/dots...");
    for (prefix, key) in KEYS.into_iter().map(|key| (key, key)).chain([dots]) {
        let new = s3.list_objects_v2().bucket(bucket).prefix(prefix).send().await.unwrap();
        let old = s3.list_objects().bucket(bucket).prefix(prefix).send().await.unwrap();
        for listed in [new.contents(), old.contents()] {
            let keys: Vec<_> = listed.iter().filter_map(|object| object.key()).collect();
            assert_eq!(keys, [key]);
        }
    }
    let folders = s3.list_objects_v2().bucket(bucket).delimiter("/").send().await.unwrap();
    let folders: BTreeSet<_> =
        folders.common_prefixes().iter().filter_map(|folder| folder.prefix()).collect();
    let expected = ["..hidden/", "copies/", "parts/", "with space/", "ünïcödé/"];
    assert_eq!(folders, expected.into());
}

/// The token of a page may contain any awkward key.
pub(super) async fn are_read_page_by_page(cast: &Cast) {
    let mut pages =
        cast.ada.list_objects_v2().bucket(&cast.bucket).max_keys(2).into_paginator().send();
    let mut seen = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.unwrap();
        assert!(page.contents().len() <= 2);
        seen.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key));
    }
    let mut once = seen.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "no key twice: {seen:?}");
    for key in KEYS {
        assert!(seen.iter().any(|seen| seen == key), "{key} is on no page");
    }
}
