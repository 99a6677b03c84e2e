//! What becomes of checksums that the storage is not known to take where the client sends them (G20).
//!
//! A checksum behind a body is verified here. Behind a small object it goes out as a header. Otherwise it
//! ends here, and with it everything that announces or repeats the checksums of parts: a storage that was
//! told to expect them would refuse parts without.

use super::asked::Asked;
use crate::domain::s3::Operation;
use crate::domain::s3::checksum::ChecksumAlgorithm;

/// Bytes of an object that is held until its checksum has come.
const SMALL: u64 = 256 * 1024;
const ANNOUNCED: &str = "x-amz-sdk-checksum-algorithm";

impl Asked<'_> {
    /// Drops the headers of checksums that do not go on. Whether there were any.
    pub(super) fn drop_checksums(&mut self, operation: Operation) -> bool {
        let is_of_parts = matches!(
            operation,
            Operation::CreateMultipartUpload
                | Operation::UploadPart
                | Operation::CompleteMultipartUpload
        );
        let ends_here = self.trailer().is_some() && self.held_trailer(operation).is_none();
        let before = self.headers.len();
        self.headers.retain(|(name, _)| match name.as_str() {
            ANNOUNCED => !is_of_parts && !ends_here,
            name => !(is_of_parts && name.starts_with("x-amz-checksum-")),
        });
        before != self.headers.len()
    }

    /// The checksum behind an object that is small enough to be held until it has come.
    pub(super) fn held_trailer(&self, operation: Operation) -> Option<ChecksumAlgorithm> {
        let is_small = self.proven.plain.content_length.is_some_and(|length| length <= SMALL);
        self.trailer().filter(|_| is_small && operation == Operation::PutObject)
    }

    fn trailer(&self) -> Option<ChecksumAlgorithm> {
        self.proven.plain.stream.and_then(|stream| stream.trailer)
    }
}
