//! Grants out of IAM policy documents for S3, and back. Pure.
//!
//! A grant's `read`, `write` and `delete` each stand for several IAM actions. A policy gives the
//! permission where it allows all of them, on a bucket or on everything below a prefix that ends
//! in `/`: a grant never allows what its policy does not, unless whoever imports it accepts that.
//! What grants cannot say is named, statement by statement. One thing is not asked of a policy:
//! whoever holds any grant on a bucket may ask whether it is there and in which region (HeadBucket,
//! GetBucketLocation).
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>

mod actions;
mod condition;
mod date;
mod document;
mod held;
mod json;
mod operator;
mod pattern;
mod policy;
mod prefixes;
mod read;
mod resource;
mod times;
mod write;

pub use document::Document;
pub use policy::InvalidPolicy;
pub use read::{Imported, read};
pub use write::{Exported, write};

#[cfg(test)]
mod narrowing;
#[cfg(test)]
mod tests;
