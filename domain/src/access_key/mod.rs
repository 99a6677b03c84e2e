//! Access keys, with which S3 clients prove themselves at the gateway, and personal API keys, which users show as
//! a Bearer. One is a kind of the other: they are kept, limited, changed and rotated alike.
//!
//! An access key is a user's, or the application's. It never allows more than its holder may do at the
//! time of the request: a decision is that of the holder, cut to the limits of the key.

mod cidr;
mod cut;
mod edit;
mod holder;
pub(crate) mod id;
mod key;
mod limits;
mod new;
mod personal;
mod place;
mod rotation;
mod secret;
mod stored;

pub use cidr::Cidr;
pub use edit::AccessKeyEdit;
pub use holder::AccessKeyHolder;
pub use id::AccessKeyId;
pub use key::{AccessKey, AccessKeyFlaw, AccessKeyLock, AccessKeyLookup, BadAccessKey, KeyProof};
pub use limits::KeyLimits;
pub use new::NewAccessKey;
pub use personal::{PersonalKey, PersonalKeyHash};
pub use place::Place;
pub use secret::{NewKeySecret, SecretAccessKey};
pub use stored::{AccessKeyKind, AccessKeyOwner, AccessKeyStatus, StoredAccessKey};

#[cfg(test)]
mod tests;
