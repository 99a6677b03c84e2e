//! The origin of a request, from its connection and headers.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderName, USER_AGENT};

use crate::domain::Origin;
use crate::origin::proxies::TrustedProxies;
use crate::origin::words;

pub(super) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The origin of `request`: address, user agent and the caller's request id.
pub(super) fn of(request: &ServiceRequest, proxies: &TrustedProxies) -> Origin {
    let headers = request.headers();
    let lines = headers.get_all(proxies.header()).filter_map(|value| value.to_str().ok());
    let lines: Vec<&str> = lines.collect();
    Origin {
        address: proxies.client(request.peer_addr(), &lines),
        agent: headers.get(USER_AGENT).map(|value| words::agent(value.as_bytes())),
        request_id: headers.get(REQUEST_ID).and_then(|value| words::request_id(value.as_bytes())),
    }
}
