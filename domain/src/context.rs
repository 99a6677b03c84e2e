//! The frame of a request: who asks, when, from where, and what they hold.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::caller::Caller;
use super::revision::Revision;

/// Who does something, when, and in which request.
#[derive(Debug, Clone)]
pub struct Context {
    /// Who.
    pub caller: Caller,
    /// When.
    pub now: DateTime<Utc>,
    /// In which request.
    pub request_id: String,
    /// From where.
    pub origin: Origin,
    /// What is read must be at least as new as this.
    pub at_least: Option<Revision>,
    /// What the request is repeated by.
    pub idempotency: Option<Idempotency>,
}

/// From where something is asked, and with what, as far as that can be told. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address: that of the connection, or what a trusted proxy says of it.
    pub address: Option<IpAddr>,
    /// What the client calls itself: fit for one line, at most 256 bytes.
    pub agent: Option<Arc<str>>,
    /// The id that the client gave the request.
    pub request_id: Option<Arc<str>>,
}

/// What a caller repeats a request by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The key, as the caller chose it.
    pub key: String,
    /// What the request was: the same key must come with the same.
    pub fingerprint: [u8; 32],
}
