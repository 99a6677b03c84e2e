//! One digest, and what it must come to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::algorithm::ChecksumAlgorithm;
use super::error::BodyError;
use super::running::Running;

/// A digest while the bytes come, and the value that was sent.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) running: Running,
    expected: Vec<u8>,
}

impl Check {
    /// A declared SHA-256, in hex.
    pub(super) fn of_sha256(hex: &str) -> Result<Self, BodyError> {
        let running = Running::Sha256(Sha256::new());
        let expected = hex::decode(hex).ok().filter(|bytes| bytes.len() == running.width());
        Ok(Self { running, expected: expected.ok_or(BodyError::Sha256Value)? })
    }

    /// `Content-MD5`.
    pub(super) fn of_md5(value: &str) -> Result<Self, BodyError> {
        Self::of_base64(Running::md5(), value).ok_or(BodyError::Md5Value)
    }

    /// A checksum of S3.
    pub(super) fn of_checksum(
        algorithm: ChecksumAlgorithm,
        running: Running,
        value: &str,
    ) -> Result<Self, BodyError> {
        Self::of_base64(running, value).ok_or(BodyError::ChecksumValue(algorithm))
    }

    fn of_base64(running: Running, value: &str) -> Option<Self> {
        let expected = STANDARD.decode(value.trim()).ok()?;
        (expected.len() == running.width()).then_some(Self { running, expected })
    }

    /// Compares. What differs is `Err`, with what was sent and what came.
    pub(super) fn finish(self) -> Result<(), (Vec<u8>, Vec<u8>)> {
        let computed = self.running.finish();
        if computed == self.expected { Ok(()) } else { Err((self.expected, computed)) }
    }
}
