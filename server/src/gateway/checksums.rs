//! What becomes of the checksums of a body (G20).
//!
//! A checksum behind a body is verified here. Behind a small object it goes out as a header. Behind other
//! content it goes out as it came, in chunks, where the storage was seen to take that. Otherwise it ends
//! here, and with it everything that announces or repeats the checksums of parts: a storage that was told
//! to expect them would refuse parts without.

use std::sync::Arc;

use super::asked::Asked;
use super::error::S3Error;
use super::state::Gateway;
use crate::domain::s3::checksum::ChecksumAlgorithm;
use crate::domain::s3::{BodyRule, Operation};
use crate::domain::sigv4::chunked::Encoder;
use crate::service::signing::Judge;

/// Bytes of an object that is held until its checksum has come.
const SMALL: u64 = 256 * 1024;
const ANNOUNCED: &str = "x-amz-sdk-checksum-algorithm";

/// What of a request's checksums goes out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct OutboundChecksums {
    /// Those of parts.
    pub(super) of_parts: bool,
    /// The one behind the body, in chunks.
    pub(super) trailer: Option<ChecksumAlgorithm>,
}

impl Asked<'_> {
    /// Fits what the request says of checksums to what the storage takes. Whether anything changed.
    ///
    /// # Errors
    /// It is not known what the storage takes.
    pub(super) async fn fit_checksums(
        &mut self,
        gateway: &Arc<Gateway>,
        operation: Operation,
    ) -> Result<bool, S3Error> {
        let trailer = self.trailer().filter(|_| self.held_trailer(operation).is_none());
        if trailer.is_none() && !is_of_parts(operation) {
            return Ok(false);
        }
        let parts = (&gateway.service, &gateway.reconciler, &self.context);
        if !Judge::read(parts, &[]).await?.at_gateway().takes_trailers {
            return Ok(self.drop_checksums(operation, trailer.is_some()));
        }
        self.checksums.of_parts = is_of_parts(operation);
        let trailer = trailer.filter(|_| operation.row().body == BodyRule::Stream);
        self.checksums.trailer = trailer;
        if let Some(algorithm) = trailer {
            self.declare_chunks(algorithm);
        }
        Ok(trailer.is_some())
    }

    /// Drops the headers of checksums that do not go on. Whether there were any.
    fn drop_checksums(&mut self, operation: Operation, ends_here: bool) -> bool {
        let is_of_parts = is_of_parts(operation);
        let before = self.headers.len();
        self.headers.retain(|(name, _)| match name.as_str() {
            ANNOUNCED => !is_of_parts && !ends_here,
            name => !(is_of_parts && name.starts_with("x-amz-checksum-")),
        });
        before != self.headers.len()
    }

    /// Says of the body that it comes in chunks with its checksum behind it. Its MD5, which was that of the
    /// content, ends here.
    fn declare_chunks(&mut self, algorithm: ChecksumAlgorithm) {
        let length = self.proven.plain.content_length.unwrap_or_default();
        let mut coding = "aws-chunked".to_owned();
        self.headers.retain(|(name, value)| {
            if name == "content-encoding" {
                coding.extend([",", value]);
            }
            !matches!(name.as_str(), "content-encoding" | "content-length" | "content-md5")
        });
        let encoded = Encoder::encoded_length(length, algorithm).to_string();
        let headers = [
            ("content-encoding", coding),
            ("content-length", encoded),
            ("x-amz-decoded-content-length", length.to_string()),
            ("x-amz-trailer", algorithm.header().to_owned()),
        ];
        self.headers.extend(headers.map(|(name, value)| (name.to_owned(), value)));
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

/// Whether the operation says something of the checksums of parts.
fn is_of_parts(operation: Operation) -> bool {
    use Operation::{CompleteMultipartUpload, CreateMultipartUpload, UploadPart};
    matches!(operation, CreateMultipartUpload | UploadPart | CompleteMultipartUpload)
}
