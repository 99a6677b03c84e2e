//! Where a request comes from, and which host it is for.

use std::net::SocketAddr;

use http::{HeaderMap, StatusCode};

use super::error::S3Error;
use super::head::host;
use super::hosts::Addressed;
use super::state::Gateway;
use crate::domain::Origin;
use crate::origin::words;

impl Gateway {
    /// The client's address, agent and own request id, as far as they can be told.
    pub(super) fn origin(&self, client: SocketAddr, headers: &HeaderMap) -> Origin {
        let lines: Vec<&str> = headers
            .get_all(self.proxies.header())
            .iter()
            .filter_map(|value| value.to_str().ok())
            .collect();
        let word = |name: &str| headers.get(name).map(http::HeaderValue::as_bytes);
        Origin {
            address: self.proxies.client(Some(client), &lines),
            agent: word("user-agent").map(words::agent),
            request_id: word("x-request-id").and_then(words::request_id),
        }
    }

    /// The host that a request with these headers is for.
    ///
    /// # Errors
    /// No host, or one that the gateway does not answer to.
    pub(super) fn addressed(&self, headers: &HeaderMap) -> Result<Addressed, S3Error> {
        let addressed = self.hosts.addressed(host(headers)?);
        addressed.ok_or_else(|| {
            let message = "The gateway does not answer to this host: its operator names hosts with \
                           --gateway-host.";
            S3Error::new(StatusCode::MISDIRECTED_REQUEST, "InvalidRequest", message).closing()
        })
    }

    /// The scheme of the client's URL.
    pub(super) fn scheme(&self, client: SocketAddr, headers: &HeaderMap) -> &'static str {
        let said = headers.get("x-forwarded-proto").and_then(|value| value.to_str().ok());
        let is_https = self.is_tls || (said == Some("https") && self.proxies.trusts(client));
        if is_https { "https" } else { "http" }
    }
}
