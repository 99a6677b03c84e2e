//! What a request says of its body, held to what comes: its SHA-256, its MD5, one of S3's
//! checksums, its length.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

mod algorithm;
mod check;
mod error;
mod running;

pub use self::algorithm::ChecksumAlgorithm;
use self::check::Check;
pub use self::error::BodyError;
use self::running::Running;
use super::{Operation, header};

/// Whether a header carries the value of a checksum, of one that is computed here or another.
/// `name` is in lower case.
pub fn is_value(name: &str) -> bool {
    header::is_checksum(name)
}

/// The checks of one body, while it comes.
#[derive(Debug)]
pub struct BodyChecks {
    length: Option<u64>,
    seen: u64,
    sha256: Option<Check>,
    md5: Option<Check>,
    checksum: Option<(ChecksumAlgorithm, Check)>,
    /// The trailer's: what it must be is known at the end.
    trailer: Option<(ChecksumAlgorithm, Running)>,
}

impl BodyChecks {
    /// Reads what the headers of `operation` say of the body. `sha256` is the declared hash in
    /// hex, `length` what was said of the length, `trailer` the checksum that will stand behind
    /// the body. The checksums of CompleteMultipartUpload are those of the object: they are left
    /// to the storage. So are checksums that are not computed here, which go on as headers.
    ///
    /// # Errors
    /// A value that is no such digest; two checksums.
    pub fn read(
        operation: Operation,
        headers: &[(String, String)],
        sha256: Option<&str>,
        length: Option<u64>,
        trailer: Option<ChecksumAlgorithm>,
    ) -> Result<Self, BodyError> {
        let is_of_body = operation != Operation::CompleteMultipartUpload;
        let mut values = headers.iter().filter(|(name, _)| is_of_body && is_value(name));
        let first = values.next();
        if values.next().is_some() || (first.is_some() && trailer.is_some()) {
            return Err(BodyError::TwoChecksums);
        }
        let checksum = first.and_then(|(name, value)| {
            let algorithm = ChecksumAlgorithm::of_header(name)?;
            let check = Check::of_checksum(algorithm, Running::new(algorithm), value);
            Some(check.map(|check| (algorithm, check)))
        });
        let md5 = headers.iter().find(|(name, _)| name == "content-md5");
        Ok(Self {
            length,
            seen: 0,
            sha256: sha256.map(Check::of_sha256).transpose()?,
            md5: md5.map(|(_, value)| Check::of_md5(value)).transpose()?,
            checksum: checksum.transpose()?,
            trailer: trailer.map(|algorithm| (algorithm, Running::new(algorithm))),
        })
    }

    /// Whether a digest of the body was sent beside the declared hash: `Content-MD5` or a
    /// checksum that is computed here.
    pub fn has_digest(&self) -> bool {
        self.md5.is_some() || self.checksum.is_some() || self.trailer.is_some()
    }

    /// Takes the next bytes of the content.
    ///
    /// # Errors
    /// More than was said.
    pub fn update(&mut self, content: &[u8]) -> Result<(), BodyError> {
        self.seen += content.len() as u64;
        if self.length.is_some_and(|length| self.seen > length) {
            return Err(BodyError::Length);
        }
        let checksum = self.checksum.as_mut().map(|(_, check)| check);
        let checks = [self.sha256.as_mut(), self.md5.as_mut(), checksum];
        checks.into_iter().flatten().for_each(|check| check.running.update(content));
        if let Some((_, running)) = &mut self.trailer {
            running.update(content);
        }
        Ok(())
    }

    /// Ends the body. `trailer` is the value that stood behind it.
    ///
    /// # Errors
    /// A length or a digest that is another one; a trailer that was said to come and did not.
    pub fn finish(self, trailer: Option<&str>) -> Result<(), BodyError> {
        if self.length.is_some_and(|length| self.seen != length) {
            return Err(BodyError::Length);
        }
        if let Some(check) = self.sha256 {
            check.finish().map_err(|(declared, computed)| BodyError::Sha256 {
                declared: hex::encode(declared),
                computed: hex::encode(computed),
            })?;
        }
        if let Some(check) = self.md5 {
            check.finish().map_err(|_| BodyError::Md5)?;
        }
        if let Some((algorithm, check)) = self.checksum {
            check.finish().map_err(|_| BodyError::Checksum(algorithm))?;
        }
        if let Some((algorithm, running)) = self.trailer {
            let value = trailer.ok_or(BodyError::ChecksumValue(algorithm))?;
            let check = Check::of_checksum(algorithm, running, value)?;
            check.finish().map_err(|_| BodyError::Checksum(algorithm))?;
        }
        Ok(())
    }
}
