//! Verifies transferred content.

use std::io::{self, Read as _};
use std::path::Path;

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::types::{ChecksumType, ServerSideEncryption};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use crc_fast::CrcAlgorithm::{self, Crc32Iscsi, Crc32IsoHdlc, Crc64Nvme};
use md5::Md5;
use sha2::{Digest as _, Sha256};

use crate::digest::{self, Digest};
use crate::plan::Plan;
use crate::private;

/// How a transfer was verified, from weakest to strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Verified {
    /// By its length only: the storage reports no digest.
    Length,
    /// By its ETag, which is an MD5.
    ETag,
    /// By a checksum that the storage stores.
    Checksum,
}

/// S3's response to a part, or to a whole object in one request.
pub(crate) struct Receipt<'a> {
    pub(crate) e_tag: Option<&'a str>,
    pub(crate) crc: Option<&'a str>,
    /// The encryption. With some kinds, the ETag is not an MD5.
    pub(crate) encryption: Option<&'a ServerSideEncryption>,
}

/// Compares a response with the content sent; `None` if they differ. Without a checksum, an ETag
/// that looks like an MD5 counts; some storages have other ETags.
pub(crate) fn receipt(receipt: &Receipt<'_>, sent: &Digest) -> Option<Verified> {
    if let Some(crc) = receipt.crc {
        return (crc == sent.crc_text()).then_some(Verified::Checksum);
    }
    let plain = is_plain(receipt.encryption);
    match receipt.e_tag.filter(|_| plain).and_then(digest::md5_in) {
        Some(md5) => (md5 == sent.md5).then_some(Verified::ETag),
        None => Some(Verified::Length),
    }
}

/// Whether the ETag can be an MD5. It is not, if a key of KMS or of the customer encrypts the
/// object.
fn is_plain(encryption: Option<&ServerSideEncryption>) -> bool {
    encryption.is_none_or(|kind| *kind == ServerSideEncryption::Aes256)
}

/// S3's digest of a whole object, if it can be computed from the content.
#[derive(Debug, Clone)]
pub(crate) enum ExpectedDigest {
    Crc(CrcAlgorithm, Vec<u8>),
    Sha256(Vec<u8>),
    Md5([u8; 16]),
    /// The ETag of an object in parts. S3 does not report their sizes.
    Parts(String),
    /// No usable digest.
    Silence,
}

impl ExpectedDigest {
    /// The strongest digest in the response.
    pub(crate) fn of(head: &HeadObjectOutput) -> Self {
        let whole = head.checksum_type().is_none_or(|kind| *kind == ChecksumType::FullObject);
        // A checksum of checksums ends in `-` and the number of parts.
        let value = |text: Option<&str>| {
            let text = text.filter(|text| whole && !text.contains('-'))?;
            BASE64_STANDARD.decode(text).ok()
        };
        if let Some(crc) = value(head.checksum_crc64_nvme()) {
            return Self::Crc(Crc64Nvme, crc);
        }
        if let Some(hash) = value(head.checksum_sha256()) {
            return Self::Sha256(hash);
        }
        if let Some(crc) = value(head.checksum_crc32_c()) {
            return Self::Crc(Crc32Iscsi, crc);
        }
        if let Some(crc) = value(head.checksum_crc32()) {
            return Self::Crc(Crc32IsoHdlc, crc);
        }
        match head.e_tag().filter(|_| is_plain(head.server_side_encryption())) {
            Some(_) if head.sse_customer_algorithm().is_some() => Self::Silence,
            Some(e_tag) => match digest::md5_in(e_tag) {
                Some(md5) => Self::Md5(md5),
                None => Self::Parts(digest::bare(e_tag).to_owned()),
            },
            None => Self::Silence,
        }
    }

    /// Reads the file and compares its digest; `None` if they differ.
    pub(crate) fn check(&self, path: &Path, plan: Plan) -> io::Result<Option<Verified>> {
        let mut sum = self.sum(plan);
        if !matches!(sum, Sum::Silence) {
            read(path, |bytes| sum.feed(bytes))?;
        }
        Ok(sum.end())
    }

    /// Starts computing a digest.
    pub(crate) fn sum(&self, plan: Plan) -> Sum {
        match self {
            Self::Crc(algorithm, expected) => {
                Sum::Crc(*algorithm, crc_fast::Digest::new(*algorithm), expected.clone())
            }
            Self::Sha256(expected) => Sum::Sha256(Sha256::new(), expected.clone()),
            Self::Md5(expected) => Sum::Md5(Md5::new(), *expected),
            Self::Parts(expected) if is_of(expected, plan) => {
                Sum::Parts(Parts::of(plan), expected.clone())
            }
            Self::Parts(_) | Self::Silence => Sum::Silence,
        }
    }
}

/// An expected digest, and the state of its computation.
pub(crate) enum Sum {
    Crc(CrcAlgorithm, crc_fast::Digest, Vec<u8>),
    Sha256(Sha256, Vec<u8>),
    Md5(Md5, [u8; 16]),
    Parts(Parts, String),
    Silence,
}

impl Sum {
    /// Adds the next bytes.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc(_, crc, _) => crc.update(bytes),
            Self::Sha256(hash, _) => hash.update(bytes),
            Self::Md5(hash, _) => hash.update(bytes),
            Self::Parts(parts, _) => parts.feed(bytes),
            Self::Silence => {}
        }
    }

    /// Compares the digests; `None` if they differ. A different ETag of parts is not an error: the
    /// parts may have other sizes than in the plan.
    pub(crate) fn end(self) -> Option<Verified> {
        let holds = |holds: bool, by: Verified| holds.then_some(by);
        match self {
            Self::Crc(algorithm, crc, expected) => {
                let sum = crc.finalize().to_be_bytes();
                let same = sum.ends_with(&expected) && is_width(algorithm, &expected);
                holds(same, Verified::Checksum)
            }
            Self::Sha256(hash, expected) => {
                holds(hash.finalize()[..] == expected[..], Verified::Checksum)
            }
            Self::Md5(hash, expected) => holds(hash.finalize()[..] == expected[..], Verified::ETag),
            Self::Parts(parts, expected) => {
                let same = parts.etag() == expected;
                Some(if same { Verified::ETag } else { Verified::Length })
            }
            Self::Silence => Some(Verified::Length),
        }
    }
}

/// Computes the MD5s of consecutive parts.
pub(crate) struct Parts {
    size: u64,
    filled: u64,
    part: Md5,
    done: Vec<[u8; 16]>,
}

impl Parts {
    fn of(plan: Plan) -> Self {
        Self { size: plan.part_size, filled: 0, part: Md5::new(), done: Vec::new() }
    }

    fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = usize::try_from(self.size - self.filled).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.part.update(now);
            self.filled += now.len() as u64;
            if self.filled == self.size {
                self.close();
            }
            bytes = later;
        }
    }

    fn close(&mut self) {
        self.done.push(self.part.finalize_reset().into());
        self.filled = 0;
    }

    fn etag(mut self) -> String {
        if self.filled > 0 {
            self.close();
        }
        digest::etag_of_all(self.done.iter())
    }
}

fn is_width(algorithm: CrcAlgorithm, value: &[u8]) -> bool {
    value.len() == if algorithm == Crc64Nvme { 8 } else { 4 }
}

/// Whether an ETag has the number of parts of `plan`.
fn is_of(e_tag: &str, plan: Plan) -> bool {
    e_tag.rsplit_once('-').is_some_and(|(_, count)| count == plan.count().to_string())
}

fn read(path: &Path, mut feed: impl FnMut(&[u8])) -> io::Result<()> {
    let mut file = private::no_link().read(true).open(path)?;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            read => feed(&buffer[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_that_differs_in_anything_verifies_nothing() {
        let sent = Digest::of(b"hello");
        let (etag, crc) = (format!("\"{}\"", hex::encode(sent.md5)), sent.crc_text());
        let other = format!("\"{}\"", hex::encode(Digest::of(b"other").md5));
        let kms = ServerSideEncryption::AwsKms;
        for (e_tag, crc, encryption, expected) in [
            (Some(&etag), Some(&crc), None, Some(Verified::Checksum)),
            (Some(&etag), None, None, Some(Verified::ETag)),
            (Some(&other), None, None, None),
            (Some(&other), Some(&crc), None, Some(Verified::Checksum)),
            (Some(&etag), Some(&other), None, None),
            (Some(&other), Some(&crc), Some(&kms), Some(Verified::Checksum)),
            (Some(&other), None, Some(&kms), Some(Verified::Length)),
            (None, None, None, Some(Verified::Length)),
        ] {
            let told = Receipt {
                e_tag: e_tag.map(String::as_str),
                crc: crc.map(String::as_str),
                encryption,
            };
            assert_eq!(receipt(&told, &sent), expected, "{e_tag:?} {crc:?} {encryption:?}");
        }
    }

    #[test]
    fn a_file_is_held_against_what_s3_says_of_it() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), b"123456789").unwrap();
        let plan = Plan { length: 9, part_size: 5 };
        let parts = [b"12345".as_slice(), b"6789"].map(|part| Digest::of(part).md5);
        let etag = digest::etag_of_all(parts.iter());
        let crc32 = 0xcbf4_3926_u32.to_be_bytes().to_vec();
        let crc32c = 0xe306_9283_u32.to_be_bytes().to_vec();
        let crc64 = Digest::of(b"123456789").crc.to_be_bytes().to_vec();
        for (claim, expected) in [
            (ExpectedDigest::Crc(Crc32IsoHdlc, crc32.clone()), Some(Verified::Checksum)),
            (ExpectedDigest::Crc(Crc32Iscsi, crc32c), Some(Verified::Checksum)),
            (ExpectedDigest::Crc(Crc64Nvme, crc64), Some(Verified::Checksum)),
            (ExpectedDigest::Crc(Crc32Iscsi, crc32), None),
            (ExpectedDigest::Crc(Crc32Iscsi, Vec::new()), None),
            (
                ExpectedDigest::Sha256(Sha256::digest(b"123456789").to_vec()),
                Some(Verified::Checksum),
            ),
            (ExpectedDigest::Sha256(Sha256::digest(b"12345678").to_vec()), None),
            (ExpectedDigest::Md5(Digest::of(b"123456789").md5), Some(Verified::ETag)),
            (ExpectedDigest::Md5(Digest::of(b"12345678").md5), None),
            (ExpectedDigest::Parts(etag), Some(Verified::ETag)),
            (
                ExpectedDigest::Parts("00000000000000000000000000000000-2".into()),
                Some(Verified::Length),
            ),
            (
                ExpectedDigest::Parts("00000000000000000000000000000000-3".into()),
                Some(Verified::Length),
            ),
            (ExpectedDigest::Silence, Some(Verified::Length)),
        ] {
            assert_eq!(claim.check(file.path(), plan).unwrap(), expected, "{claim:?}");
        }
    }
}
