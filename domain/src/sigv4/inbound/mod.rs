//! A request that comes in: how it proves who asks, and what is left when the proof is taken out.
//!
//! The way is [`read`], [`Claim::check_scope`], [`Claim::check_time`], the key of
//! [`Claim::access_key_id`], [`Claim::verify`], [`strip`]. Verification is AWS's documented one
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html>), over
//! the canonical form that the signer writes.

mod authorization;
mod claim;
mod declared;
mod head;
mod hoisted;
mod proof;
mod query;
mod read;
mod regions;
mod scope;
mod seed;
mod spelling;
mod stream;
mod strip;
#[cfg(test)]
mod vectors;

pub use claim::Claim;
pub use declared::{Declared, Framing};
pub use head::Head;
pub use proof::{Proof, read};
pub use regions::Regions;
pub use scope::{Scope, Service};
pub use seed::Seed;
pub use stream::Stream;
pub use strip::{PlainHead, strip};
