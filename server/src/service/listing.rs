//! One page of a listing.

/// The items of a page, and whether more follow.
pub type Listed<T> = (Vec<T>, bool);

/// The first `limit` of `items`. The caller reads one more than `limit`, which shows whether more
/// follow.
pub(super) fn paginate<T>(mut items: Vec<T>, limit: usize) -> Listed<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    (items, more)
}
