//! The head of a request as it arrived, looked at before hyper reads it.
//!
//! hyper forgives what makes two readers of one connection disagree about where a request ends: a bare
//! line feed, `Content-Length` beside `Transfer-Encoding`, two `Host` lines (RFC 9112, sections 2.2, 3.2
//! and 6.3). Here such a head is refused.

use http::StatusCode;

/// How long a head may be, in bytes.
pub(super) const LONGEST: usize = 32 * 1024;

/// How the body of a request is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// There is none.
    Nothing,
    /// By `Content-Length`, in bytes.
    Length(u64),
    /// By `Transfer-Encoding: chunked`.
    Chunked,
}

/// Why a request is refused before anybody handles it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// A line ends with less or more than CR LF.
    LineEnd,
    /// The first line is not `METHOD TARGET HTTP/1.x`.
    RequestLine,
    /// It is not HTTP/1.1 or HTTP/1.0.
    Version,
    /// The target is a whole URL, or no path.
    Target,
    /// A header is not `name: value`.
    Header,
    /// A header goes on in the next line.
    Folded,
    /// `Host` is absent or repeated.
    Host,
    /// `Content-Length` is no number, or repeated.
    Length,
    /// `Content-Length` and `Transfer-Encoding` are both there.
    LengthAndCoding,
    /// `Transfer-Encoding` is something else than `chunked`.
    Coding,
    /// HTTP/1.0 with a body.
    OldUpload,
    /// The head is too long.
    TooLong,
    /// The head took too long.
    Late,
}

impl Refusal {
    /// The status it is answered with.
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Version => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::Coding => StatusCode::NOT_IMPLEMENTED,
            Self::TooLong => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Late => StatusCode::REQUEST_TIMEOUT,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    /// What is wrong, for the sender.
    pub(super) fn sentence(self) -> &'static str {
        match self {
            Self::LineEnd => "lines of the head must end with CR LF, and hold neither elsewhere",
            Self::RequestLine => "the first line must be METHOD TARGET HTTP/1.1",
            Self::Version => "only HTTP/1.1 and HTTP/1.0 are spoken here",
            Self::Target => {
                "the target must be a path that begins with /, without scheme, host and #"
            }
            Self::Header => "each header must be `name: value`, with no space before the colon",
            Self::Folded => "a header must not go on in the next line",
            Self::Host => "there must be exactly one Host header",
            Self::Length => "Content-Length must be one number of bytes, and be there once",
            Self::LengthAndCoding => "send Content-Length or Transfer-Encoding, not both",
            Self::Coding => "the only Transfer-Encoding taken is chunked, once",
            Self::OldUpload => {
                "a request with a body must be HTTP/1.1 (nginx: proxy_http_version 1.1)"
            }
            Self::TooLong => "the head of a request may have 32 KiB at most",
            Self::Late => "the head of the request took too long to come",
        }
    }
}

/// Where the head ends, of which `came` is the beginning: at the byte behind the empty line. What came
/// before `from` was looked at already. None while it has not ended.
pub(super) fn end(came: &[u8], from: usize) -> Result<Option<usize>, Refusal> {
    if came.first().is_some_and(|first| !is_token(*first)) {
        return Err(Refusal::RequestLine);
    }
    for at in from..came.len() {
        match (came[at], came.get(at + 1)) {
            (b'\r', Some(next)) if *next != b'\n' => return Err(Refusal::LineEnd),
            (b'\n', _) if at == 0 || came[at - 1] != b'\r' => return Err(Refusal::LineEnd),
            (b'\n', _) if came[..=at].ends_with(b"\r\n\r\n") => return Ok(Some(at + 1)),
            _ => {}
        }
    }
    if came.len() >= LONGEST { Err(Refusal::TooLong) } else { Ok(None) }
}

/// How the body behind a whole head is framed, unless the head is to be refused.
pub(super) fn framing(head: &[u8]) -> Result<Framing, Refusal> {
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let is_old = request_line(lines.next().unwrap_or_default())?;
    let mut said = Said::default();
    for line in lines.take_while(|line| !line.is_empty()) {
        said.note(line)?;
    }
    said.framing(is_old)
}

/// Looks at the first line, and tells whether it is HTTP/1.0.
fn request_line(line: &[u8]) -> Result<bool, Refusal> {
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    let [method, target, version] = words[..] else { return Err(Refusal::RequestLine) };
    if method.is_empty() || !method.iter().copied().all(is_token) {
        return Err(Refusal::RequestLine);
    }
    let is_path = target.starts_with(b"/") && !target.contains(&b'#');
    if !is_path && (method, target) != (&b"OPTIONS"[..], &b"*"[..]) {
        return Err(Refusal::Target);
    }
    match version {
        b"HTTP/1.1" => Ok(false),
        b"HTTP/1.0" => Ok(true),
        _ => Err(Refusal::Version),
    }
}

/// What the headers say of the host and the body.
#[derive(Default)]
struct Said {
    hosts: usize,
    length: Option<u64>,
    is_chunked: bool,
}

impl Said {
    fn note(&mut self, line: &[u8]) -> Result<(), Refusal> {
        if matches!(line.first(), Some(b' ' | b'\t')) {
            return Err(Refusal::Folded);
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(Refusal::Header)?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.is_empty() || !name.iter().copied().all(is_token) {
            return Err(Refusal::Header);
        }
        if name.eq_ignore_ascii_case(b"host") {
            self.hosts += 1;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            let length = number(value).ok_or(Refusal::Length)?;
            self.length.replace(length).map_or(Ok(()), |_| Err(Refusal::Length))?;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if self.is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Refusal::Coding);
            }
            self.is_chunked = true;
        }
        Ok(())
    }

    fn framing(&self, is_old: bool) -> Result<Framing, Refusal> {
        if self.hosts != 1 {
            return Err(Refusal::Host);
        }
        match (self.length, self.is_chunked) {
            (Some(_), true) => Err(Refusal::LengthAndCoding),
            (Some(_), _) | (_, true) if is_old => Err(Refusal::OldUpload),
            (Some(0) | None, false) => Ok(Framing::Nothing),
            (Some(length), false) => Ok(Framing::Length(length)),
            (None, true) => Ok(Framing::Chunked),
        }
    }
}

/// Decimal digits, 18 at most, so that no sum of lengths overflows.
fn number(text: &[u8]) -> Option<u64> {
    let is_short = (1..=18).contains(&text.len());
    let digits = is_short && text.iter().all(u8::is_ascii_digit);
    digits.then(|| text.iter().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
}

/// `tchar` (RFC 9110, section 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(head: &str) -> Result<Framing, Refusal> {
        let ends = end(head.as_bytes(), 0)?.expect("a whole head");
        assert_eq!(ends, head.len());
        framing(head.as_bytes())
    }

    fn with(lines: &str) -> Result<Framing, Refusal> {
        read(&format!("PUT /b/k?x=%20 HTTP/1.1\r\nHost: h\r\n{lines}\r\n"))
    }

    #[test]
    fn g17_the_framing_is_what_exactly_one_header_says() {
        for (lines, framing) in [
            ("", Ok(Framing::Nothing)),
            ("Content-Length: 0\r\n", Ok(Framing::Nothing)),
            ("content-length:\t12 \r\n", Ok(Framing::Length(12))),
            ("TRANSFER-ENCODING: Chunked\r\n", Ok(Framing::Chunked)),
            ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", Err(Refusal::LengthAndCoding)),
            ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Err(Refusal::LengthAndCoding)),
            ("Content-Length: 5\r\nContent-Length: 6\r\n", Err(Refusal::Length)),
            ("Content-Length: 5\r\nContent-Length: 5\r\n", Err(Refusal::Length)),
            ("Content-Length: 5, 5\r\n", Err(Refusal::Length)),
            ("Content-Length: +5\r\n", Err(Refusal::Length)),
            ("Content-Length: -1\r\n", Err(Refusal::Length)),
            ("Content-Length:\r\n", Err(Refusal::Length)),
            ("Content-Length: 1234567890123456789\r\n", Err(Refusal::Length)),
            ("Transfer-Encoding: gzip, chunked\r\n", Err(Refusal::Coding)),
            ("Transfer-Encoding: identity\r\n", Err(Refusal::Coding)),
            ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Err(Refusal::Coding)),
            ("Transfer-Encoding: \u{b}chunked\r\n", Err(Refusal::Coding)),
            ("Content-Length : 5\r\n", Err(Refusal::Header)),
            ("nonsense\r\n", Err(Refusal::Header)),
            (": x\r\n", Err(Refusal::Header)),
            ("X-A: b\r\n c\r\n", Err(Refusal::Folded)),
            ("X-A: b\r\n\tc\r\n", Err(Refusal::Folded)),
            ("Host: h\r\n", Err(Refusal::Host)),
            ("X-A: b\nX-C: d\r\n", Err(Refusal::LineEnd)),
            ("X-A: b\rX-C: d\r\n", Err(Refusal::LineEnd)),
        ] {
            assert_eq!(with(lines), framing, "{lines:?}");
        }
    }

    #[test]
    fn g17_the_first_line_is_a_method_a_path_and_a_version() {
        for (line, verdict) in [
            ("GET / HTTP/1.1", Ok(Framing::Nothing)),
            ("GET //x HTTP/1.0", Ok(Framing::Nothing)),
            ("OPTIONS * HTTP/1.1", Ok(Framing::Nothing)),
            ("GET * HTTP/1.1", Err(Refusal::Target)),
            ("GET http://h/b/k HTTP/1.1", Err(Refusal::Target)),
            ("CONNECT h:443 HTTP/1.1", Err(Refusal::Target)),
            ("GET /k#part HTTP/1.1", Err(Refusal::Target)),
            ("GET  / HTTP/1.1", Err(Refusal::RequestLine)),
            ("GET /a b HTTP/1.1", Err(Refusal::RequestLine)),
            ("GET /", Err(Refusal::RequestLine)),
            ("G(T / HTTP/1.1", Err(Refusal::RequestLine)),
            (" GET / HTTP/1.1", Err(Refusal::RequestLine)),
            ("\u{16}\u{3}\u{1}", Err(Refusal::RequestLine)),
            ("PRI * HTTP/2.0", Err(Refusal::Target)),
            ("GET / HTTP/1.2", Err(Refusal::Version)),
            ("GET / http/1.1", Err(Refusal::Version)),
        ] {
            assert_eq!(read(&format!("{line}\r\nHost: h\r\n\r\n")), verdict, "{line:?}");
        }
        assert_eq!(read("GET / HTTP/1.1\r\n\r\n"), Err(Refusal::Host));
        let old = |header: &str| read(&format!("PUT / HTTP/1.0\r\nHost: h\r\n{header}\r\n"));
        assert_eq!(old("Content-Length: 1\r\n"), Err(Refusal::OldUpload));
        assert_eq!(old("Transfer-Encoding: chunked\r\n"), Err(Refusal::OldUpload));
        assert_eq!(old(""), Ok(Framing::Nothing));
    }

    #[test]
    fn a_head_ends_at_its_empty_line_wherever_it_is_cut() {
        let head = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
        let mut behind = head.to_vec();
        behind.extend_from_slice(b"POST /\n");
        assert_eq!(end(&behind, 0), Ok(Some(head.len())));
        let mut from = 0;
        for came in 1..head.len() {
            assert_eq!(end(&head[..came], from), Ok(None), "{came}");
            from = came - 1;
        }
        assert_eq!(end(head, from), Ok(Some(head.len())));
        assert_eq!(end(&vec![b'a'; LONGEST], 0), Err(Refusal::TooLong));
        assert_eq!(end(b"GET / HTTP/1.1\n", 0), Err(Refusal::LineEnd));
    }
}
