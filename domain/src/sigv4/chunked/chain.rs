//! The signatures of chunks, each made from the one before it.

use hmac::Mac as _;
use sha2::{Digest as _, Sha256};

use super::super::inbound::Seed;
use super::super::key;
use super::super::proof_error::ProofError;
use crate::s3::EMPTY_SHA256;

const CHUNK: &str = "AWS4-HMAC-SHA256-PAYLOAD";
const TRAILER: &str = "AWS4-HMAC-SHA256-TRAILER";

/// Verifies signatures in their order, from the request's on.
#[derive(Debug)]
pub(super) struct Chain {
    /// Its signature is the one that was verified last.
    latest: Seed,
}

impl Chain {
    pub(super) fn new(seed: Seed) -> Self {
        Self { latest: seed }
    }

    /// Verifies the signature of a chunk, of which `content` took the bytes.
    pub(super) fn verify_chunk(&mut self, content: Sha256, text: &[u8]) -> Result<(), ProofError> {
        let hash = hex::encode(content.finalize());
        self.verify(CHUNK, &[EMPTY_SHA256, &hash], text).ok_or(ProofError::ChunkSignature)
    }

    /// Verifies the signature of a trailer: its lines, in lower case and without blanks, each with
    /// a line feed.
    pub(super) fn verify_trailer(&mut self, lines: &str, text: &[u8]) -> Result<(), ProofError> {
        let hash = hex::encode(Sha256::digest(lines));
        self.verify(TRAILER, &[&hash], text).ok_or(ProofError::TrailerSignature)
    }

    /// Takes as long for a wrong one as for the right one.
    fn verify(&mut self, first: &str, rest: &[&str], text: &[u8]) -> Option<()> {
        let signature = key::read_signature(text)?;
        let before = hex::encode(self.latest.signature);
        let lines: Vec<&str> = std::iter::once(&*before).chain(rest.iter().copied()).collect();
        let mac = self.latest.key.mac_of_lines(first, &self.latest.stamp, &lines);
        mac.verify_slice(&signature).ok()?;
        self.latest.signature = signature;
        Some(())
    }
}
