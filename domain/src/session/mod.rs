//! Sessions: temporary access keys, which STS and `POST /v1/sessions` hand out.
//!
//! A session belongs to a user or to the application. Everything about it stands in its claims, which the
//! client carries as a sealed token. Who holds it, what they may do and whether it was ended is looked up
//! for each request: a session never allows more than its holder may do then, within the limits of the
//! access key that opened it and of its policy.

mod claims;
mod ended;
mod flaw;
mod form;
mod holder;
mod id;
mod life;
mod new;
mod parent;
mod parent_key;
mod policy;

pub use claims::{SessionClaims, SessionEpoch, SessionUser};
pub use ended::SessionsEnd;
pub use flaw::{BadSession, SessionFlaw};
pub use form::InvalidForm;
pub use holder::{Session, SessionFacts, SessionHolder, SessionLookup};
pub use id::SessionId;
pub use life::SessionLife;
pub use new::{NewSession, SessionRefusal};
pub use parent::SessionParent;
pub use parent_key::ParentKey;
pub use policy::{InvalidSessionPolicy, SessionPolicy};

#[cfg(test)]
mod tests;
