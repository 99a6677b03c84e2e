//! What is asked: a request whose sender is known, and how it is read as S3.

use super::checksums::OutboundChecksums;
use super::prove::Proven;
use crate::domain::Context;
use crate::domain::pipeline::{Body, SigningRequest};
use crate::domain::s3::{BodyRule, Endpoint, Operation};
use crate::domain::sigv4::inbound::{Declared, Framing};
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
    /// Whether the request is judged before its body came, whose hash nothing declares.
    pub(super) is_unread: bool,
    /// What of its checksums goes out.
    pub(super) checksums: OutboundChecksums,
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
            headers: (&self.headers).into(),
            payload: Some(payload),
            body: body.map(Body::Bytes),
            form: self.proven.form(),
        }
    }

    /// Reads the request as S3, against the gateway's own address.
    pub(super) fn read(&self, payload: &str, body: Option<&[u8]>) -> Read {
        self.ask(payload, body).parse(std::slice::from_ref(&self.endpoint))
    }

    /// Reads the request as it came, and decides with which payload it is judged: as declared outbound.
    /// Where the operation wants the hash of a body that says what is done, and nothing declares one, a
    /// stand-in is judged, and the request is read once more when its body is there.
    pub(super) fn understand(&mut self) -> Read {
        let read = self.read(self.declared(), None);
        self.is_unread =
            read.is_err() && !matches!(self.proven.plain.declared, Declared::Sha256(_));
        if self.is_unread { self.read(NOT_READ, None) } else { read }
    }

    /// The payload that the request was understood with.
    pub(super) fn payload(&self) -> &str {
        if self.is_unread { NOT_READ } else { self.declared() }
    }

    /// The payload as it is declared outbound.
    fn declared(&self) -> &str {
        match self.checksums.trailer {
            Some(_) => Framing::UnsignedTrailer.as_str(),
            None => self.proven.plain.declared.as_outbound(),
        }
    }
}

/// Whether the body of `operation` is read whole before it goes out (G20).
pub(super) fn is_read_whole(operation: Operation) -> bool {
    matches!(operation.row().body, BodyRule::Hashed | BodyRule::Content)
}
