//! The body of a request that comes in: out of its chunks, and held to what was said of it.

use super::chunked::{Decoder, Fed};
use super::inbound::{Declared, PlainHead, Seed};
use super::proof_error::ProofError;
use crate::s3::Operation;
use crate::s3::checksum::BodyChecks;

/// Reads the body of one request, whatever its form. The caller holds the last piece of content
/// back until [`BodyReader::finish`] said yes.
#[derive(Debug)]
pub struct BodyReader {
    decoder: Option<Decoder>,
    checks: BodyChecks,
}

impl BodyReader {
    /// For a body of `operation`; `seed` is there if the request is signed.
    ///
    /// # Errors
    /// Chunks in a request that is not signed, or of an operation that takes none; digests that
    /// cannot be read, or two of them.
    pub fn new(
        plain: &PlainHead<'_>,
        seed: Option<Seed>,
        operation: Operation,
    ) -> Result<Self, ProofError> {
        plain.check_operation(operation)?;
        let decoder = match plain.stream {
            Some(stream) => Some(Decoder::new(stream, seed.ok_or(ProofError::StreamUnproven)?)),
            None => None,
        };
        let sha256 = match &plain.declared {
            Declared::Sha256(hex) => Some(&**hex),
            _ => None,
        };
        let trailer = plain.stream.and_then(|stream| stream.trailer);
        let (headers, length) = (&plain.headers, plain.content_length);
        let checks = BodyChecks::read(operation, headers, sha256, length, trailer)?;
        Ok(Self { decoder, checks })
    }

    /// Whether `Content-MD5` or a checksum came along.
    pub fn has_digest(&self) -> bool {
        self.checks.has_digest()
    }

    /// Takes the next bytes. What is not used is to be fed again.
    ///
    /// # Errors
    /// See [`Decoder::feed`]; more than was said.
    pub fn feed(&mut self, input: &[u8]) -> Result<Fed, ProofError> {
        let fed = match &mut self.decoder {
            Some(decoder) => decoder.feed(input)?,
            None => Fed { taken: input.len(), content: 0..input.len() },
        };
        self.checks.update(&input[fed.content.clone()])?;
        Ok(fed)
    }

    /// Ends the body. Answers the value of a trailing checksum that was verified.
    ///
    /// # Errors
    /// A body that was cut, or is not what was declared.
    pub fn finish(self) -> Result<Option<String>, ProofError> {
        let trailer = self.decoder.map(Decoder::finish).transpose()?.flatten();
        self.checks.finish(trailer.as_deref())?;
        Ok(trailer)
    }
}
