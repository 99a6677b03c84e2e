//! The grants of one subject, sorted by place.

use super::Change;
use super::interner::Number;
use super::packed::{Packed, Shared};

/// The grants on one bucket.
pub(super) fn on_bucket(slice: &[Packed], bucket: Number) -> &[Packed] {
    let start = slice.partition_point(|packed| packed.bucket() < bucket);
    let length = slice[start..].partition_point(|packed| packed.bucket() == bucket);
    &slice[start..start + length]
}

/// The buckets, each once.
pub(super) fn buckets(slice: &[Packed]) -> impl Iterator<Item = Number> {
    slice.chunk_by(|a, b| a.bucket() == b.bucket()).map(|there| there[0].bucket())
}

/// The slice after `changes` of its subject's grants, at most one for each key. However many there are,
/// the slice is moved once.
pub(super) fn changed(
    slice: Box<[Packed]>,
    shared: &mut Shared,
    changes: Vec<Change>,
) -> Box<[Packed]> {
    let mut slice = slice.into_vec();
    let (mut added, mut gone) = (Vec::new(), Vec::new());
    for (key, now) in changes {
        let place = shared.place(&key.bucket, &key.prefix);
        let found = place.and_then(|place| slice.binary_search_by_key(&place, Packed::place).ok());
        match (found, now) {
            (Some(at), Some(grant)) => {
                let after = shared.pack(&grant);
                shared.release(std::mem::replace(&mut slice[at], after));
            }
            (Some(at), None) => gone.push(slice[at]),
            (None, Some(grant)) => added.push(shared.pack(&grant)),
            (None, None) => {}
        }
    }
    remove(&mut slice, &mut gone);
    // Only now, since a number that is given up may be given out again at once.
    for packed in gone {
        shared.release(packed);
    }
    if !added.is_empty() {
        slice.append(&mut added);
        slice.sort_by_key(Packed::place);
    }
    slice.into_boxed_slice()
}

fn remove(slice: &mut Vec<Packed>, gone: &mut [Packed]) {
    if gone.is_empty() {
        return;
    }
    gone.sort_unstable_by_key(Packed::place);
    slice.retain(|packed| gone.binary_search_by_key(&packed.place(), Packed::place).is_err());
}
