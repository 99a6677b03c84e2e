//! The decoder: one state, fed with bytes.

use std::ops::Range;

use sha2::{Digest as _, Sha256};

use super::super::inbound::{Framing, Seed, Stream};
use super::super::proof_error::ProofError;
use super::chain::Chain;
use super::trailer::Trailer;
use crate::limits;

/// Reads one body in chunks. It needs a [`Seed`]: no stream is read whose request was not proven.
///
/// The content of a chunk comes out before its signature is known, but for the last bytes of each
/// chunk: they come out when it is. The caller holds the last piece back until [`Decoder::finish`].
#[derive(Debug)]
pub struct Decoder {
    /// Bytes of content that are to come.
    left: u64,
    /// For the signed forms.
    chain: Option<Chain>,
    /// The content of this chunk, hashed.
    chunk: Sha256,
    /// The signature of this chunk, as it stood before it.
    signature: Vec<u8>,
    /// The line that is being read.
    line: Vec<u8>,
    /// Bytes of the trailer so far.
    trailer_bytes: usize,
    trailer: Trailer,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The line before a chunk.
    Head,
    /// So many bytes of the chunk are to come.
    Content(u64),
    /// The end of the line behind a chunk.
    Behind,
    /// What stands behind the last chunk.
    Trailer,
    /// The end.
    Done,
}

/// What came of some bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fed {
    /// So many of them were used: at least one where there was one. Feed the rest again.
    pub taken: usize,
    /// Which of them are content. May be empty.
    pub content: Range<usize>,
}

impl Decoder {
    /// Reads a body that was declared as `stream`, in a request whose signature was verified.
    pub fn new(stream: Stream, seed: Seed) -> Self {
        let is_signed = stream.framing.is_signed();
        Self {
            left: stream.decoded_length,
            chain: is_signed.then(|| Chain::new(seed)),
            chunk: Sha256::new(),
            signature: Vec::new(),
            line: Vec::new(),
            trailer_bytes: 0,
            trailer: Trailer::new(stream.trailer, stream.framing == Framing::SignedTrailer),
            state: State::Head,
        }
    }

    /// Takes the next bytes, up to the end of a piece of content or all of them.
    ///
    /// # Errors
    /// Bytes that are no chunks; more content than was said; a signature that is not that of the
    /// chunk or of the trailer; bytes behind the end.
    pub fn feed(&mut self, input: &[u8]) -> Result<Fed, ProofError> {
        let mut at = 0;
        while at < input.len() {
            if let State::Content(left) = self.state {
                let end = at + usize::try_from(left).unwrap_or(usize::MAX).min(input.len() - at);
                self.take_content(left, &input[at..end])?;
                return Ok(Fed { taken: end, content: at..end });
            }
            at += self.take_line(&input[at..])?;
        }
        Ok(Fed { taken: at, content: at..at })
    }

    /// Ends the body. Answers the value of the trailing checksum, where one was declared: it is
    /// not compared yet.
    ///
    /// # Errors
    /// A body that was cut.
    pub fn finish(self) -> Result<Option<String>, ProofError> {
        let is_done = self.state == State::Done
            || (self.state == State::Trailer && self.line.is_empty() && self.trailer.may_end());
        if is_done { Ok(self.trailer.into_value()) } else { Err(odd("its end is missing")) }
    }

    fn take_content(&mut self, left: u64, content: &[u8]) -> Result<(), ProofError> {
        let left = left - content.len() as u64;
        if let Some(chain) = &mut self.chain {
            self.chunk.update(content);
            if left == 0 {
                chain.verify_chunk(std::mem::take(&mut self.chunk), &self.signature)?;
            }
        }
        self.state = if left == 0 { State::Behind } else { State::Content(left) };
        Ok(())
    }

    /// Takes what belongs to the line, and reads it if that ends it.
    fn take_line(&mut self, input: &[u8]) -> Result<usize, ProofError> {
        let limit = match self.state {
            State::Done => return Err(odd("it goes on behind its end")),
            State::Behind => 2,
            State::Trailer => limits::MAX_TRAILER - self.trailer_bytes,
            State::Head | State::Content(_) => limits::MAX_CHUNK_LINE,
        };
        let end = input.iter().position(|byte| *byte == b'\n').map(|at| at + 1);
        let taken = end.unwrap_or(input.len());
        if self.line.len() + taken > limit {
            return Err(odd("a line is too long"));
        }
        self.line.extend(&input[..taken]);
        if end.is_some() {
            let line = std::mem::take(&mut self.line);
            self.state = self.read_line(&line)?;
        }
        Ok(taken)
    }

    fn read_line(&mut self, line: &[u8]) -> Result<State, ProofError> {
        match self.state {
            State::Trailer => {
                self.trailer_bytes += line.len();
                let is_last = self.trailer.take(line, self.chain.as_mut())?;
                Ok(if is_last { State::Done } else { State::Trailer })
            }
            State::Behind if line == b"\r\n" => Ok(State::Head),
            State::Head => self.read_head(line),
            _ => Err(odd("a chunk does not end where it should")),
        }
    }

    fn read_head(&mut self, line: &[u8]) -> Result<State, ProofError> {
        let line = line.strip_suffix(b"\r\n").ok_or_else(|| odd("a line ends oddly"))?;
        let size = if self.chain.is_some() { self.take_signature(line)? } else { line };
        let size = read_size(size).ok_or_else(|| odd("a chunk has no size"))?;
        self.left = self.left.checked_sub(size).ok_or_else(|| odd("it is longer than was said"))?;
        if size > 0 {
            return Ok(State::Content(size));
        }
        if let Some(chain) = &mut self.chain {
            chain.verify_chunk(Sha256::new(), &self.signature)?;
        }
        if self.left > 0 { Err(odd("it is shorter than was said")) } else { Ok(State::Trailer) }
    }

    /// Keeps the signature of the chunk. Answers what stands before it.
    fn take_signature<'l>(&mut self, line: &'l [u8]) -> Result<&'l [u8], ProofError> {
        let at = line.iter().position(|byte| *byte == b';').unwrap_or(line.len());
        let (size, extension) = line.split_at(at);
        let signature = extension.strip_prefix(b";chunk-signature=");
        self.signature = signature.ok_or(ProofError::ChunkSignature)?.to_vec();
        Ok(size)
    }
}

/// Up to 16 hex digits, in either case.
fn read_size(text: &[u8]) -> Option<u64> {
    let is_hex = matches!(text.len(), 1..=16) && text.iter().all(u8::is_ascii_hexdigit);
    let text = std::str::from_utf8(text).ok().filter(|_| is_hex)?;
    u64::from_str_radix(text, 16).ok()
}

fn odd(why: &'static str) -> ProofError {
    ProofError::Framing(why)
}
