//! A part of a listing, and whether something follows.

/// A part of a listing, and whether something follows.
pub type Listed<T> = (Vec<T>, bool);

/// The first `limit` of `items`, of which there is one more when something follows.
pub(super) fn paginate<T>(mut items: Vec<T>, limit: usize) -> Listed<T> {
    let more = items.len() > limit;
    items.truncate(limit);
    (items, more)
}
