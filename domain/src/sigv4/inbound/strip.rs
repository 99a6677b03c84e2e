//! What is left of a request when its proof and its framing are taken out.

use std::borrow::Cow;

use super::super::proof_error::ProofError;
use super::declared::Declared;
use super::head::Head;
use super::head::lower_case;
use super::hoisted;
use super::proof::Proof;
use super::query::pairs;
use super::stream::{Stream, read_length};
use crate::s3::{Operation, header_goes_on};

/// A request without proof and framing, to be read by [`S3Request`](crate::S3Request). Its text is
/// the one that came, but for what was taken out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainHead<'h> {
    /// The method.
    pub method: &'h str,
    /// The path.
    pub path: &'h str,
    /// The query without the `?`; none where none is left.
    pub query: Option<Cow<'h, str>>,
    /// The headers that go on, names in lower case, without `host`. Of a body in chunks,
    /// `content-length` is that of the content, and `content-encoding` no longer says so.
    pub headers: Vec<(String, String)>,
    /// Bytes of the content, where that was said.
    pub content_length: Option<u64>,
    /// How the body was declared.
    pub declared: Declared,
    /// What was said of a body in chunks.
    pub stream: Option<Stream>,
    /// Lower-case names of headers that do not go on, and carried no proof.
    pub dropped: Vec<String>,
}

/// Carries the proof; what it says is in [`Proof`].
const PROOF: [&str; 6] = [
    "authorization",
    "x-api-key",
    "x-amz-date",
    "date",
    "x-amz-security-token",
    "x-amz-content-sha256",
];

/// Takes out what proves and frames, and drops what does not go on.
///
/// # Errors
/// A stream that no signature binds, or whose headers do not fit it; a header that goes on and is
/// no text; a length that is no number.
pub fn strip<'h>(head: &Head<'h>, proof: &Proof) -> Result<PlainHead<'h>, ProofError> {
    let (path, query) = head.split();
    let (declared, presigned) = match proof {
        Proof::SigV4(claim) => (claim.payload.clone(), claim.is_presigned().then_some(claim)),
        Proof::None | Proof::Plain => (unproven_payload(head)?, None),
    };
    let stream = match declared {
        Declared::Streaming(framing) => Some(Stream::read(head, framing)?),
        _ => None,
    };
    let mut plain = PlainHead {
        method: head.method,
        path,
        query: query.map(Cow::Borrowed),
        headers: Vec::with_capacity(head.headers.len()),
        content_length: stream.map(|stream| stream.decoded_length),
        declared,
        stream,
        dropped: Vec::new(),
    };
    for (name, value) in &head.headers {
        plain.take(&lower_case(name), value)?;
    }
    if let Some(stream) = stream {
        plain.headers.push(("content-length".to_owned(), stream.decoded_length.to_string()));
    }
    if let Some(claim) = presigned {
        plain.query = remaining_query(head);
        let kept = claim.hoisted.iter().filter(|(name, _)| !hoisted::is_ignored(name));
        plain.headers.extend(kept.cloned());
    }
    Ok(plain)
}

impl PlainHead<'_> {
    /// Streams are for content: on other operations they are refused.
    ///
    /// # Errors
    /// A body in chunks for an operation other than PutObject and UploadPart.
    pub fn check_operation(&self, operation: Operation) -> Result<(), ProofError> {
        let streams = matches!(operation, Operation::PutObject | Operation::UploadPart);
        if streams || self.stream.is_none() { Ok(()) } else { Err(ProofError::StreamElsewhere) }
    }

    /// Path and query, as they stand in the line of a request.
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => [self.path, "?", query].concat(),
            None => self.path.to_owned(),
        }
    }

    fn take(&mut self, name: &str, value: &[u8]) -> Result<(), ProofError> {
        let frames = self.stream.is_some()
            && matches!(name, "content-length" | "x-amz-decoded-content-length" | "x-amz-trailer");
        if PROOF.contains(&name) || name == "host" || frames {
            return Ok(());
        }
        if !header_goes_on(name) {
            self.dropped.push(name.to_owned());
            return Ok(());
        }
        let refuse = || ProofError::HeaderValue(name.to_owned());
        let value = std::str::from_utf8(value).map_err(|_| refuse())?;
        if name == "content-length" {
            let length = read_length(value.trim()).ok_or_else(refuse)?;
            self.content_length = Some(length);
            // Requests without a body go out without a length: what is not sent is not signed.
            if length == 0 && !matches!(self.method, "PUT" | "POST") {
                return Ok(());
            }
        }
        if name == "content-encoding" && self.stream.is_some() {
            let codings = without_chunks(value);
            if !codings.is_empty() {
                self.headers.push((name.to_owned(), codings));
            }
            return Ok(());
        }
        self.headers.push((name.to_owned(), value.to_owned()));
        Ok(())
    }
}

/// Without a signature the declared hash may still be held to the body; chunks may not come.
fn unproven_payload(head: &Head<'_>) -> Result<Declared, ProofError> {
    let value = head.text("x-amz-content-sha256").map_err(|_| ProofError::PayloadUnknown)?;
    match value.map_or(Ok(Declared::Unsigned), Declared::parse)? {
        Declared::Streaming(_) => Err(ProofError::StreamUnproven),
        declared => Ok(declared),
    }
}

/// The codings of the content, `aws-chunked` left out.
fn without_chunks(codings: &str) -> String {
    let codings = codings.split(',').map(str::trim);
    let kept = codings.filter(|each| !each.is_empty() && !each.eq_ignore_ascii_case("aws-chunked"));
    kept.collect::<Vec<_>>().join(",")
}

/// The pairs of a presigned URL that are no proof and no header.
fn remaining_query<'h>(head: &Head<'h>) -> Option<Cow<'h, str>> {
    let kept: Vec<&str> = pairs(head).filter(hoisted::stays).map(|pair| pair.raw).collect();
    (!kept.is_empty()).then(|| Cow::Owned(kept.join("&")))
}
