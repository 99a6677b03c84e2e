//! Where a request comes from.

use std::net::IpAddr;
use std::sync::Arc;

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
