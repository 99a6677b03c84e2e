//! Why a body is not the one that was said to come, in S3's words.

use super::algorithm::ChecksumAlgorithm;

/// A body that is refused. [`BodyError::code`] is S3's; all are 400.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// `Content-MD5` is not the base64 of 16 bytes.
    #[error("The Content-MD5 you specified is not valid.")]
    Md5Value,
    /// The MD5 is another one.
    #[error("The Content-MD5 you specified did not match what we received.")]
    Md5,
    /// The declared hash is no hash.
    #[error("x-amz-content-sha256 must be a valid sha256 value.")]
    Sha256Value,
    /// The SHA-256 is another one.
    #[error("The provided 'x-amz-content-sha256' header does not match what was computed.")]
    Sha256 {
        /// What was declared, in hex.
        declared: String,
        /// What came, in hex.
        computed: String,
    },
    /// A checksum is not the base64 of so many bytes, or did not come.
    #[error("Value for {} header is invalid.", .0.header())]
    ChecksumValue(ChecksumAlgorithm),
    /// A checksum is another one.
    #[error("The {} you specified did not match the calculated checksum.", .0.name())]
    Checksum(ChecksumAlgorithm),
    /// Two checksums.
    #[error("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")]
    TwoChecksums,
    /// Fewer bytes than were said, or more.
    #[error("You did not provide the number of bytes specified by the Content-Length HTTP header.")]
    Length,
}

impl BodyError {
    /// S3's error code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Md5Value => "InvalidDigest",
            Self::Md5 | Self::Checksum(_) => "BadDigest",
            Self::Sha256 { .. } => "XAmzContentSHA256Mismatch",
            Self::Sha256Value => "InvalidArgument",
            Self::ChecksumValue(_) | Self::TwoChecksums => "InvalidRequest",
            Self::Length => "IncompleteBody",
        }
    }

    /// What stands in the answer beside code and message: names of XML elements, and their texts.
    pub fn elements(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Sha256 { declared, computed } => vec![
                ("ClientComputedContentSHA256", declared.clone()),
                ("S3ComputedContentSHA256", computed.clone()),
            ],
            _ => Vec::new(),
        }
    }
}
