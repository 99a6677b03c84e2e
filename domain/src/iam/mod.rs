//! Converts IAM policy documents for S3 to grants, and grants to policies. Pure.
//!
//! Each of the permissions `read`, `list`, `write` and `delete` corresponds to several IAM actions. A
//! policy yields a permission if it allows all of its actions, on a bucket or on everything below a
//! prefix that ends in `/`. So grants never allow more than their policy, unless the caller of the
//! import accepts that. Parts of a policy that grants cannot express are reported, statement by
//! statement.
//!
//! `${aws:username}` is the variable `${username}` of a template and `${aws:userid}` is `${user}`: a friendly
//! name, and an id that is never another user's.
//!
//! There is one exception: with any grant on a bucket, a user may ask whether the bucket exists and
//! in which region (HeadBucket, GetBucketLocation). The policy need not allow these.
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
pub use pattern::asks_for_names;
pub use policy::InvalidPolicy;
pub use read::{Imported, read};
pub use write::{Exported, write};

#[cfg(test)]
mod narrowing;
#[cfg(test)]
mod tests;
