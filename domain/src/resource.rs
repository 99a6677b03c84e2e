//! The kinds of objects that may be missing.

use std::fmt;

/// A kind of object that a request names and that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// An access key of a user or of the application.
    AccessKey,
    /// An account of the embedded auth service.
    Account,
    /// An API key of a project.
    ApiKey,
    /// A bucket that is registered to the project.
    Bucket,
    /// The credentials of a storage account.
    Credentials,
    /// A grant.
    Grant,
    /// A group of the project.
    Group,
    /// An issuer that operators registered, or any issuer of the server.
    Issuer,
    /// A ceiling that outlives its bucket, by the bucket's name.
    KeptCeiling,
    /// A project.
    Project,
    /// A username that is reserved.
    ReservedUsername,
    /// A row of the database, of any kind.
    Row,
    /// A storage account.
    Store,
}

/// The name of the kind in a sentence: `bucket not found`.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AccessKey => "access key",
            Self::Account => "account",
            Self::ApiKey => "API key",
            Self::Bucket => "bucket",
            Self::Credentials => "credentials",
            Self::Grant => "grant",
            Self::Group => "group",
            Self::Issuer => "issuer",
            Self::KeptCeiling => "kept ceiling",
            Self::Project => "project",
            Self::ReservedUsername => "reserved username",
            Self::Row => "row",
            Self::Store => "store",
        })
    }
}
