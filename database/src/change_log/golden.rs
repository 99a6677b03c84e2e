//! Bodies of each layout as text, one a line. It is what is stored in databases: it is added to, never
//! changed.

/// By a version that did not say which rows it touched.
pub(super) const LAYOUT_1: &str = include_str!("golden/layout_1.jsonl");

/// By a version of the wire's words: a body for each kind of row, its fields in their order.
pub(super) const LAYOUT_2: &str = include_str!("golden/layout_2.jsonl");

/// The same changes as records.
pub(super) const LAYOUT_3: &str = include_str!("golden/layout_3.jsonl");

/// What layout 4 brought: access keys, and projects whose users make none.
pub(super) const LAYOUT_4: &str = include_str!("golden/layout_4.jsonl");

/// What layout 5 brought: the ends of users' sessions.
pub(super) const LAYOUT_5: &str = include_str!("golden/layout_5.jsonl");
