//! One line of the log for each request: method, status and why it was refused. Never the path, which names
//! objects, and never the query, which may hold a signature.

use std::cell::OnceCell;

use http::{Method, StatusCode};
use tokio::time::Instant;

/// The line of one request.
pub(super) struct AccessLine<'a> {
    method: Method,
    request_id: &'a str,
    begun: Instant,
    code: OnceCell<&'static str>,
}

impl<'a> AccessLine<'a> {
    /// A request begins.
    pub(super) fn begin(method: &Method, request_id: &'a str) -> Self {
        let (method, begun) = (method.clone(), Instant::now());
        Self { method, request_id, begun, code: OnceCell::new() }
    }

    /// It is answered with an error of this code.
    pub(super) fn refused(&self, code: &'static str) {
        self.code.set(code).ok();
    }

    /// The head of its answer is ready.
    pub(super) fn end(&self, status: StatusCode) {
        let (method, status) = (self.method.as_str(), status.as_u16());
        let micros = u64::try_from(self.begun.elapsed().as_micros()).unwrap_or(u64::MAX);
        let (code, request_id) = (self.code.get().copied().unwrap_or("-"), self.request_id);
        log::info!(target: "access", door = "gateway", method, status, code, request_id, micros; "answered");
    }
}
