//! The regions that signatures may be for.

use crate::s3::Operation;

const US_EAST_1: &str = "us-east-1";

/// The gateway's region, and other names for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regions {
    own: String,
    aliases: Vec<String>,
}

impl Regions {
    /// Takes the region, and what else it may be called.
    pub fn new(own: String, aliases: Vec<String>) -> Self {
        Self { own, aliases }
    }

    /// The region.
    pub fn own(&self) -> &str {
        &self.own
    }

    /// Whether a signature for `region` is taken for every operation.
    pub fn accepts(&self, region: &str) -> bool {
        self.own == region || self.aliases.iter().any(|alias| alias == region)
    }

    /// Whether a signature for `region` is taken at all: SDKs sign what finds a region out, and
    /// STS, for `us-east-1`.
    pub fn may_accept(&self, region: &str) -> bool {
        self.accepts(region) || region == US_EAST_1
    }

    /// Whether an operation takes signatures for `us-east-1` whatever the region is: those by
    /// which a client finds the region out.
    pub const fn exempts(operation: Operation) -> bool {
        matches!(
            operation,
            Operation::GetBucketLocation | Operation::HeadBucket | Operation::ListBuckets
        )
    }
}

/// `us-east-1`, called nothing else.
impl Default for Regions {
    fn default() -> Self {
        Self::new(US_EAST_1.to_owned(), Vec::new())
    }
}
