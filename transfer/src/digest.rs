//! Digests of content.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use crc_fast::CrcAlgorithm::Crc64Nvme;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};

/// The digests of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Digest {
    pub(crate) length: u64,
    /// CRC-64/NVME.
    pub(crate) crc: u64,
    pub(crate) md5: [u8; 16],
}

impl Digest {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            length: bytes.len() as u64,
            crc: crc_fast::checksum(Crc64Nvme, bytes),
            md5: Md5::digest(bytes).into(),
        }
    }

    /// The CRC in S3's format: base64 of the big-endian bytes.
    pub(crate) fn crc_text(&self) -> String {
        crc_text(self.crc)
    }
}

/// The CRC-64/NVME of consecutive parts, in S3's format.
pub(crate) fn crc_of_all<'a>(parts: impl Iterator<Item = &'a Digest>) -> String {
    let all = parts.fold(None, |all, part| match all {
        None => Some(part.crc),
        Some(all) => Some(crc_fast::checksum_combine(Crc64Nvme, all, part.crc, part.length)),
    });
    crc_text(all.unwrap_or_default())
}

/// The ETag of an object in parts: the MD5 of the parts' MD5s, and the number of parts.
pub(crate) fn etag_of_all<'a>(parts: impl Iterator<Item = &'a [u8; 16]>) -> String {
    let (mut md5, mut count) = (Md5::new(), 0);
    for part in parts {
        md5.update(part);
        count += 1;
    }
    format!("{}-{count}", hex::encode(md5.finalize()))
}

fn crc_text(crc: u64) -> String {
    BASE64_STANDARD.encode(crc.to_be_bytes())
}

/// An ETag without its quotes.
pub(crate) fn bare(e_tag: &str) -> &str {
    e_tag.trim_matches('"')
}

/// The MD5 in an ETag, if it looks like one.
pub(crate) fn md5_in(e_tag: &str) -> Option<[u8; 16]> {
    let mut md5 = [0; 16];
    hex::decode_to_slice(bare(e_tag), &mut md5).ok()?;
    Some(md5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_is_the_sum_of_its_parts() {
        let bytes: Vec<u8> = (0..=255).cycle().take(100_000).collect();
        let parts: Vec<_> = bytes.chunks(33_333).map(Digest::of).collect();
        assert_eq!(crc_of_all(parts.iter()), Digest::of(&bytes).crc_text());
        // The check value of CRC-64/NVME from the catalogue of CRCs; there is no RFC.
        assert_eq!(Digest::of(b"123456789").crc, 0xae8b_1486_0a79_9888);
    }

    #[test]
    fn an_etag_of_parts_has_their_number() {
        let parts = [Digest::of(b"a"), Digest::of(b"b")];
        let all = etag_of_all(parts.iter().map(|part| &part.md5));
        let joined = [parts[0].md5, parts[1].md5].concat();
        assert_eq!(all, format!("{}-2", hex::encode(Md5::digest(joined))));
        assert_eq!(md5_in(&all), None);
        let quoted = format!("\"{}\"", hex::encode(parts[0].md5));
        assert_eq!(md5_in(&quoted), Some(parts[0].md5));
    }
}
