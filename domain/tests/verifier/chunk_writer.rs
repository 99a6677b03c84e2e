//! Writes bodies in chunks, right and wrong.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sail_cargo_domain::s3::{EMPTY_SHA256, Operation};
use sail_cargo_domain::sigv4::inbound::{Framing, read, strip};
use sail_cargo_domain::sigv4::{BodyReader, ProofError};

use crate::raw_client::{SCOPE, STAMP, Wire, hash};

/// A stream of three pieces.
pub(crate) const PIECES: [&[u8]; 3] = [b"hello\r\n0\r\n", b"w", b"orld; chunk-signature=\n"];

pub(crate) fn content() -> Vec<u8> {
    PIECES.concat()
}

/// What is wrong with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    /// A byte of the content of the chunk of that number is another one.
    Content(usize),
    /// The signature of the chunk of that number is another one.
    Signature(usize),
    /// The chunk of that number is not there.
    Missing(usize),
    /// The last bytes are not there.
    Truncated(usize),
    /// More follows.
    Extra(&'static str),
    /// The checksum is another one.
    TrailerValue,
    /// The checksum has another name.
    TrailerName,
    /// No trailer.
    TrailerMissing,
    /// The trailer is signed by somebody else.
    TrailerSignature,
    /// The trailer's signature is not there.
    TrailerSignatureMissing,
}

/// How a trailer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Sdk,
    /// `\n\r\n` behind the trailer.
    Minio,
}

/// The head of an upload of [`content`].
pub(crate) fn upload(framing: Framing) -> Wire {
    let wire = Wire::new("PUT", "/photos/a")
        .with("x-amz-date", STAMP)
        .with("x-amz-content-sha256", framing.as_str())
        .with("content-encoding", "aws-chunked")
        .with("x-amz-decoded-content-length", &content().len().to_string());
    match framing {
        Framing::Signed => wire,
        _ => wire.with("x-amz-trailer", "x-amz-checksum-crc32"),
    }
}

/// The body of an upload whose head is `wire`, signed.
pub(crate) fn body(wire: &Wire, framing: Framing, style: Style, defect: Defect) -> Vec<u8> {
    let (mut out, mut latest) = (Vec::new(), wire.seed_signature());
    let chunks = PIECES.into_iter().chain([&b""[..]]);
    for (number, piece) in chunks.enumerate() {
        let size = format!("{:x}", piece.len());
        let lines = ["AWS4-HMAC-SHA256-PAYLOAD", STAMP, SCOPE, &latest, EMPTY_SHA256, &hash(piece)];
        latest = wire.hmac(&lines);
        if defect == Defect::Missing(number) {
            continue;
        }
        out.extend(size.as_bytes());
        if framing.is_signed() {
            let shown = if defect == Defect::Signature(number) {
                wire.hmac(&["x"])
            } else {
                latest.clone()
            };
            out.extend(format!(";chunk-signature={shown}").as_bytes());
        }
        out.extend(b"\r\n");
        let mut piece = piece.to_vec();
        if defect == Defect::Content(number) {
            piece[0] ^= 1;
        }
        out.extend(&piece);
        out.extend(if piece.is_empty() { &b""[..] } else { b"\r\n" });
    }
    if framing != Framing::Signed {
        out.extend(trailer(wire, &latest, framing, style, defect).as_bytes());
    }
    out.extend(b"\r\n");
    match defect {
        Defect::Truncated(bytes) => out.truncate(out.len() - bytes),
        Defect::Extra(more) => out.extend(more.as_bytes()),
        _ => {}
    }
    out
}

fn trailer(wire: &Wire, latest: &str, framing: Framing, style: Style, defect: Defect) -> String {
    let sum = crc32fast::hash(&content()) ^ u32::from(defect == Defect::TrailerValue);
    let name = match defect {
        Defect::TrailerName => "x-amz-checksum-crc32c",
        _ => "x-amz-checksum-crc32",
    };
    let line = format!("{name}:{}", STANDARD.encode(sum.to_be_bytes()));
    let end = if style == Style::Minio { "\n\r\n" } else { "\r\n" };
    let mut out = String::new();
    if defect != Defect::TrailerMissing {
        out.push_str(&line);
        out.push_str(end);
    }
    if framing == Framing::SignedTrailer && defect != Defect::TrailerSignatureMissing {
        let lines = [
            "AWS4-HMAC-SHA256-TRAILER",
            STAMP,
            SCOPE,
            latest,
            &hash(format!("{line}\n").as_bytes()),
        ];
        let by_other = defect == Defect::TrailerSignature;
        let signature = if by_other { wire.hmac(&["x"]) } else { wire.hmac(&lines) };
        write!(out, "x-amz-trailer-signature:{signature}\r\n").unwrap();
    }
    out
}

/// Reads `body` in pieces of those sizes, and the rest at once: the content, if all is right.
pub(crate) fn decode(wire: &Wire, body: &[u8], sizes: &[usize]) -> Result<Vec<u8>, ProofError> {
    let seed = wire.verify()?;
    let head = wire.head();
    let plain = strip(&head, &read(&head)?)?;
    let mut reader = BodyReader::new(&plain, Some(seed), Operation::PutObject)?;
    let (mut content, mut rest) = (Vec::new(), body);
    for size in sizes.iter().copied().chain([usize::MAX]) {
        let (mut piece, behind) = rest.split_at(size.min(rest.len()));
        rest = behind;
        while !piece.is_empty() {
            let fed = reader.feed(piece)?;
            assert!(fed.taken > 0, "it stands still");
            content.extend(&piece[fed.content]);
            piece = &piece[fed.taken..];
        }
    }
    reader.finish()?;
    Ok(content)
}
