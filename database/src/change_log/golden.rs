//! Golden bodies of each layout, one per line. Databases store these exact bytes: lines may be
//! added, but never changed.

/// Layout 1: it does not record which rows a change touched.
pub(super) const LAYOUT_1: &str = include_str!("golden/layout_1.jsonl");

/// Layout 2, in the wire format of its time: one body for each kind of row, with the fields in
/// their order.
pub(super) const LAYOUT_2: &str = include_str!("golden/layout_2.jsonl");

/// The same changes as records.
pub(super) const LAYOUT_3: &str = include_str!("golden/layout_3.jsonl");

/// What layout 4 brought: access keys, and projects whose users make none.
pub(super) const LAYOUT_4: &str = include_str!("golden/layout_4.jsonl");

/// What layout 5 brought: the ends of users' sessions.
pub(super) const LAYOUT_5: &str = include_str!("golden/layout_5.jsonl");

/// What layout 6 brought: accounts, API keys with scopes for them, the permission `list`, and prefixes that are
/// templates.
pub(super) const LAYOUT_6: &str = include_str!("golden/layout_6.jsonl");

/// What layout 7 brought: personal API keys.
pub(super) const LAYOUT_7: &str = include_str!("golden/layout_7.jsonl");
