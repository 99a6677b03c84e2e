//! The context of a request: its caller, time, origin and options.

use std::net::IpAddr;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::caller::Caller;
use super::revision::Revision;

/// The caller, time, id, origin and options of one request.
#[derive(Debug, Clone)]
pub struct Context {
    /// The authenticated caller.
    pub caller: Caller,
    /// The time of the request.
    pub now: DateTime<Utc>,
    /// The server's id of the request.
    pub request_id: String,
    /// The network origin of the request.
    pub origin: Origin,
    /// The minimum revision of the data that the request reads.
    pub at_least: Option<Revision>,
    /// The idempotency key of the request, if it has one.
    pub idempotency: Option<Idempotency>,
}

/// The client's address, user agent and request id, as far as they are known. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address: the peer of the connection, or the one that a trusted proxy reports.
    pub address: Option<IpAddr>,
    /// The client's user agent, made safe for one log line; at most 256 bytes.
    pub agent: Option<Arc<str>>,
    /// The id that the client gave the request.
    pub request_id: Option<Arc<str>>,
}

/// The idempotency key of a request, and the request's fingerprint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The key, chosen by the client.
    pub key: String,
    /// SHA-256 of the request: a repetition of the key must have the same fingerprint.
    pub fingerprint: [u8; 32],
}
