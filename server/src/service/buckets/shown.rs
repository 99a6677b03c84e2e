//! How a storage's own list of buckets shows a name.

/// How a storage's own list of an account's buckets shows a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shown {
    /// The list does not contain the name, or was not read.
    #[default]
    No,
    /// The list contains exactly this name, and the name does not address another service.
    Alone,
    /// The list also contains a name that differs only in case, so the storage distinguishes the
    /// two.
    BesideTwin,
}
