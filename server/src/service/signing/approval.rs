//! A request that may be signed.

use sail_cargo_protocol::BucketClaim;

use crate::domain::Approved;
use crate::domain::s3::Lifetime;

/// A request that may be signed, and how.
pub(super) struct Approval<'a> {
    pub(super) approved: Approved<'a>,
    /// For a URL.
    pub(super) lifetime: Option<Lifetime>,
    /// For the creation or deletion of a bucket: what settles it.
    pub(super) claim: Option<BucketClaim>,
}
