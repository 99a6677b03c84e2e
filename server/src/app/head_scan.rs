//! Where the head of a request ends.

use memchr::memchr;

/// What came of a head so far.
#[derive(Debug, Default)]
pub(super) struct HeadScan {
    /// Whether a line came that is not empty. Empty lines before a request are not its own (RFC 9112, section 2.2).
    has_begun: bool,
    /// Whether the line that is not over yet holds more than a CR.
    line_has_text: bool,
}

impl HeadScan {
    /// Whether anything came but empty lines.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun || self.line_has_text
    }

    /// Whether the head ends in `bytes`, which follow those of the call before: with an empty line, whose line
    /// end may be a bare LF, as for actix.
    pub(super) fn ends_in(&mut self, mut bytes: &[u8]) -> bool {
        while let Some(end) = memchr(b'\n', bytes) {
            let is_empty = !self.line_has_text && is_blank(&bytes[..end]);
            if is_empty && self.has_begun {
                return true;
            }
            self.has_begun |= !is_empty;
            self.line_has_text = false;
            bytes = &bytes[end + 1..];
        }
        self.line_has_text |= !is_blank(bytes);
        false
    }
}

fn is_blank(line: &[u8]) -> bool {
    matches!(line, b"" | b"\r")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In which of the pieces a head ends.
    fn ends(pieces: &[&str]) -> Option<usize> {
        let mut scan = HeadScan::default();
        pieces.iter().position(|piece| scan.ends_in(piece.as_bytes()))
    }

    #[test]
    fn a_head_ends_with_an_empty_line_behind_one_that_is_not() {
        for (pieces, expected) in [
            (&["GET / HTTP/1.1\r\nhost: x\r\n\r\n"][..], Some(0)),
            (&["GET / HTTP/1.1\nhost: x\n\n"], Some(0)),
            (&["GET / HTTP/1.1\r\nhost: x\r\n\r\nGET / HTTP/1.1\r\n"], Some(0)),
            (&["GET / HTTP/1.1\r\nhost: x\r\n", "\r\n"], Some(1)),
            (&["GET / HTTP/1.1\r\nhost: x\r\n\r", "\n"], Some(1)),
            (&["GET / HTTP/1.1\r\nhost: x\r", "\n\r", "\n"], Some(2)),
            (&["G", "ET / HTTP/1.1\r\n", "\r\n"], Some(2)),
            (&["GET / HTTP/1.1\r\nhost: x\r\na", "\r\n"], None),
            (&["\r\n\r\n", "\n\n\r\n", "\r"], None),
            (&["\r\n\r\nGET / HTTP/1.1\r\n", "\r\n"], Some(1)),
            (&["GET / HTTP/1.1\r\n \r\n"], None),
        ] {
            assert_eq!(ends(pieces), expected, "{pieces:?}");
        }
    }

    #[test]
    fn empty_lines_begin_no_head() {
        for (bytes, expected) in [(&b"\r\n\n\r"[..], false), (b"\r\nG", true), (b"G\r\n", true)] {
            let mut scan = HeadScan::default();
            assert!(!scan.ends_in(bytes));
            assert_eq!(scan.has_begun(), expected, "{bytes:?}");
        }
    }
}
