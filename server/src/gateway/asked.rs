//! What is asked: a request whose sender is known, and how it is read as S3.

use super::prove::Proven;
use crate::domain::Context;
use crate::domain::pipeline::{Body, SigningRequest};
use crate::domain::s3::{BodyRule, Endpoint, Operation};
use crate::domain::sigv4::inbound::Declared;
use crate::listener::Hangup;
use crate::service::signing::Read;

/// Stands for the hash of a body that has not been read yet: what is judged before the body came.
const NOT_READ: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// One request, proved, with what it is asked about.
pub(super) struct Asked<'h> {
    pub(super) proven: Proven<'h>,
    pub(super) context: Context,
    /// The gateway's own address, by which the request is read.
    pub(super) endpoint: Endpoint,
    /// The URL without the proof.
    pub(super) url: String,
    /// The headers that go on.
    pub(super) headers: Vec<(String, String)>,
    /// The scheme of the client's URL.
    pub(super) scheme: &'static str,
    /// Whether a listing is asked for in JSON.
    pub(super) wants_json: bool,
    /// Cuts the connection that it came on.
    pub(super) hangup: Option<Hangup>,
}

impl Asked<'_> {
    /// The request as it is judged, with this payload; with a body that was read, too.
    pub(super) fn ask<'a>(
        &'a self,
        payload: &'a str,
        body: Option<&'a [u8]>,
    ) -> SigningRequest<'a> {
        SigningRequest {
            method: self.proven.plain.method,
            url: &self.url,
            headers: &self.headers,
            payload: Some(payload),
            body: body.map(Body::Bytes),
            form: self.proven.form(),
        }
    }

    /// Reads the request as S3, against the gateway's own address.
    pub(super) fn read(&self, payload: &str, body: Option<&[u8]>) -> Read {
        self.ask(payload, body).parse(std::slice::from_ref(&self.endpoint))
    }

    /// The payload as it is declared outbound. An operation whose body says what is done is read once
    /// more when its body is there.
    pub(super) fn payload(&self) -> &str {
        let declared = self.proven.plain.declared.as_outbound();
        let may_be_read = matches!(self.proven.plain.declared, Declared::Sha256(_));
        if may_be_read || self.read(declared, None).is_ok() { declared } else { NOT_READ }
    }
}

/// Whether the body of `operation` is read whole before it goes out (G20).
pub(super) fn is_read_whole(operation: Operation) -> bool {
    matches!(operation.row().body, BodyRule::Hashed | BodyRule::Content)
}
