//! What can be missing.

use std::fmt;

/// A kind of thing that was asked for and is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// An access key of a user or of the application.
    AccessKey,
    /// An API key of a project.
    ApiKey,
    /// A bucket that is registered to the project.
    Bucket,
    /// The keys of a storage account.
    Credentials,
    /// A grant.
    Grant,
    /// A group whose member list the project keeps.
    Group,
    /// A ceiling that is kept for the name of a bucket.
    KeptCeiling,
    /// A project.
    Project,
    /// A row of the database, of whatever kind.
    Row,
    /// A storage account.
    Store,
}

/// The word for it in a sentence: `bucket not found`.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessKey => "access key",
            Self::ApiKey => "API key",
            Self::Bucket => "bucket",
            Self::Credentials => "credentials",
            Self::Grant => "grant",
            Self::Group => "group",
            Self::KeptCeiling => "kept ceiling",
            Self::Project => "project",
            Self::Row => "row",
            Self::Store => "store",
        })
    }
}
