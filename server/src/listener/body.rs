//! Where the body of a request ends, in the bytes that follow its head.

use super::head::Framing;

/// How far the body has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// It has ended.
    Over,
    /// So many bytes are to come.
    Length(u64),
    /// It comes in chunks (RFC 9112, section 7.1); the number is the size of the chunk.
    Chunked(Chunked, u64),
}

/// What comes next in a body of chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunked {
    /// A digit of the size, of which so many were read.
    Size(u8),
    /// White space behind the size.
    Space,
    /// What extends the size.
    Extension,
    /// The end of the line.
    SizeEnd,
    /// So much content.
    Content,
    /// The CR behind the content.
    ContentReturn,
    /// The LF behind the content.
    ContentEnd,
    /// A line of the trailer, or the empty one.
    Trailer,
    /// More of the line.
    TrailerLine,
    /// The end of that line.
    TrailerEnd,
    /// The last LF.
    End,
}

/// The chunks are not framed as they must be.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the framing of the chunks is broken")]
pub(super) struct Broken;

impl Body {
    /// That of a request whose head said `framing`.
    pub(super) fn of(framing: Framing) -> Self {
        match framing {
            Framing::Nothing => Self::Over,
            Framing::Length(length) => Self::Length(length),
            Framing::Chunked => Self::Chunked(Chunked::Size(0), 0),
        }
    }

    /// Follows the next bytes, and returns how many of them are the body's: all, unless it ends among
    /// them.
    pub(super) fn follow(&mut self, bytes: &[u8]) -> Result<usize, Broken> {
        let mut at = 0;
        while at < bytes.len() && *self != Self::Over {
            at += match self {
                Self::Length(left) | Self::Chunked(Chunked::Content, left) => {
                    let here = bytes.len() - at;
                    let taken = usize::try_from(*left).map_or(here, |left| left.min(here));
                    *left -= taken as u64;
                    taken
                }
                Self::Chunked(next, size) => {
                    match step(*next, size, bytes[at])? {
                        Some(then) => *next = then,
                        None => *self = Self::Over,
                    }
                    1
                }
                Self::Over => 0,
            };
            match self {
                Self::Length(0) => *self = Self::Over,
                Self::Chunked(next @ Chunked::Content, 0) => *next = Chunked::ContentReturn,
                _ => {}
            }
        }
        Ok(at)
    }
}

/// What comes after a byte; nothing after the last one.
fn step(next: Chunked, size: &mut u64, byte: u8) -> Result<Option<Chunked>, Broken> {
    use Chunked::{
        Content, ContentEnd, ContentReturn, End, Extension, Size, SizeEnd, Space, Trailer,
        TrailerEnd, TrailerLine,
    };
    Ok(Some(match (next, byte) {
        (Size(digits @ 0..15), byte) if byte.is_ascii_hexdigit() => {
            *size = *size << 4 | u64::from(char::from(byte).to_digit(16).unwrap_or_default());
            Size(digits + 1)
        }
        (Size(1..) | Space, b' ' | b'\t') => Space,
        (Size(1..) | Space | Extension, b'\r') => SizeEnd,
        (SizeEnd, b'\n') if *size == 0 => Trailer,
        (SizeEnd, b'\n') => Content,
        (ContentReturn, b'\r') => ContentEnd,
        (ContentEnd, b'\n') => Size(0),
        (Trailer, b'\r') => End,
        (TrailerLine, b'\r') => TrailerEnd,
        (TrailerEnd, b'\n') => Trailer,
        (End, b'\n') => return Ok(None),
        (Trailer, b' ' | b'\t') | (Extension | Trailer | TrailerLine, b'\n') => return Err(Broken),
        (Trailer | TrailerLine, _) => TrailerLine,
        (Size(1..) | Space, b';') | (Extension, _) => Extension,
        _ => return Err(Broken),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Follows `text` in pieces of `size`, and returns how many bytes were the body's.
    fn follow(framing: Framing, text: &[u8], size: usize) -> Result<(usize, Body), Broken> {
        let (mut body, mut taken) = (Body::of(framing), 0);
        for piece in text.chunks(size) {
            let here = body.follow(piece)?;
            taken += here;
            if here < piece.len() {
                break;
            }
        }
        Ok((taken, body))
    }

    #[test]
    fn a_body_ends_where_its_framing_says_however_it_is_cut() {
        let chunked = "5\r\nhello\r\n1A;a=\"b;c\" \r\nabcdefghijklmnopqrstuvwxyz\r\n000 \t\r\n\
                       x-amz-checksum: a\r\nb:\r\n\r\n";
        for (framing, body) in [
            (Framing::Nothing, ""),
            (Framing::Length(5), "hello"),
            (Framing::Chunked, "0\r\n\r\n"),
            (Framing::Chunked, chunked),
        ] {
            let text = format!("{body}GET / HTTP/1.1");
            for size in 1..text.len() {
                let followed = follow(framing, text.as_bytes(), size);
                assert_eq!(followed, Ok((body.len(), Body::Over)), "{body:?} by {size}");
            }
            for cut in 0..body.len() {
                let (taken, so_far) = follow(framing, &body.as_bytes()[..cut], 3).unwrap();
                assert!(taken == cut && so_far != Body::Over, "{body:?} cut at {cut}");
            }
        }
    }

    #[test]
    fn g17_chunks_that_two_readers_may_read_differently_are_broken() {
        for text in [
            "\r\n",
            "g\r\n",
            "-1\r\n",
            "0x5\r\nhello\r\n",
            " 5\r\nhello\r\n",
            ";a\r\n",
            "5\nhello\r\n",
            "5\rhello\r\n",
            "5;a\nhello\r\n",
            "5 5\r\nhello\r\n",
            "5\r\nhello\n0\r\n",
            "5\r\nhelloo\r\n",
            "1234567890abcdef\r\n",
            "0\r\n\n",
            "0\r\n folded\r\n\r\n",
            "0\r\na: b\n\r\n",
            "0\r\na: b\rc\r\n",
        ] {
            assert_eq!(follow(Framing::Chunked, text.as_bytes(), 4), Err(Broken), "{text:?}");
        }
    }
}
