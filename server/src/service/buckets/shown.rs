//! What a storage says of a bucket's name.

/// How the storage's own list of an account's buckets shows a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Shown {
    /// It does not, or was not asked.
    #[default]
    No,
    /// There is a bucket of exactly this name, and not another service.
    Alone,
    /// There is one, and another whose name differs in upper and lower case alone: the storage tells
    /// them apart.
    BesideTwin,
}
