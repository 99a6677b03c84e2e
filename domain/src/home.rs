//! Where each user of a project has a place of their own.

use super::grant_prefix::PrefixTemplate;
use super::invalid_name::InvalidName;
use super::names::{BucketName, Prefix};
use super::variable_values::VariableValues;

/// The place where users have what is their own: a bucket, and a template in it. It gives nothing by
/// itself: a grant on the template does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The bucket.
    pub bucket: BucketName,
    /// The part of it that is a user's own.
    pub prefix: PrefixTemplate,
}

impl Home {
    /// Reads the home of a stored project. S3 may have reserved the bucket's name since.
    ///
    /// # Errors
    /// [`InvalidName`] if the bucket or the template has never been valid.
    pub fn stored(bucket: &str, prefix: &str) -> Result<Self, InvalidName> {
        Ok(Self { bucket: BucketName::stored(bucket)?, prefix: PrefixTemplate::parse(prefix)? })
    }

    /// The prefix that is the home of the user of `values`, if they have one.
    pub fn of(&self, values: VariableValues<'_>) -> Option<Prefix> {
        self.prefix.of(values)
    }
}
