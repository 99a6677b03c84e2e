//! The encoder: content in, a body in chunks out, without signatures and with a checksum behind it
//! (`STREAMING-UNSIGNED-PAYLOAD-TRAILER`).

use crate::s3::checksum::ChecksumAlgorithm;

/// Bytes of content in each chunk but the last. A length that can be known before: the body has a
/// `Content-Length`, whatever the pieces are that its content comes in.
const CHUNK: u64 = 64 * 1024;

/// Writes one body. The caller holds the last piece of content back until the checksum is known to be
/// that of the content: then [`Encoder::finish`] writes what makes the body whole.
#[derive(Debug)]
pub struct Encoder {
    /// Bytes of content that are to come.
    left: u64,
    /// Bytes of this chunk that are to come.
    chunk: u64,
    trailer: ChecksumAlgorithm,
}

impl Encoder {
    /// For `length` bytes of content with this checksum behind them.
    pub const fn new(length: u64, trailer: ChecksumAlgorithm) -> Self {
        Self { left: length, chunk: 0, trailer }
    }

    /// Bytes of the body in chunks.
    pub fn encoded_length(length: u64, trailer: ChecksumAlgorithm) -> u64 {
        let (whole, rest) = (length / CHUNK, length % CHUNK);
        let of_rest = if rest == 0 { 0 } else { framed(rest) };
        let end = "0\r\n:\r\n\r\n".len() + trailer.header().len() + trailer.value_length();
        whole.saturating_mul(framed(CHUNK)).saturating_add(of_rest).saturating_add(end as u64)
    }

    /// Writes the next piece of content behind `out`. What is more than was said is left out, so that
    /// the body is not whole.
    pub fn write(&mut self, mut content: &[u8], out: &mut Vec<u8>) {
        while !content.is_empty() && self.left > 0 {
            if self.chunk == 0 {
                self.chunk = self.left.min(CHUNK);
                out.extend(format!("{:x}\r\n", self.chunk).into_bytes());
            }
            let room = usize::try_from(self.chunk).unwrap_or(usize::MAX);
            let (taken, rest) = content.split_at(room.min(content.len()));
            out.extend(taken);
            self.chunk -= taken.len() as u64;
            self.left -= taken.len() as u64;
            if self.chunk == 0 {
                out.extend(b"\r\n");
            }
            content = rest;
        }
    }

    /// Writes the end: the chunk without content, and the checksum.
    pub fn finish(self, checksum: &str, out: &mut Vec<u8>) {
        out.extend(
            ["0\r\n", self.trailer.header(), ":", checksum, "\r\n\r\n"].concat().into_bytes(),
        );
    }
}

/// Bytes of a chunk with so much content.
fn framed(content: u64) -> u64 {
    let digits = u64::from(content.ilog2() / 4 + 1);
    content + digits + 4
}
