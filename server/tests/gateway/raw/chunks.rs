//! Uploads in every form of payload, right and wrong.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html> and
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html>

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};

use super::wire::{Signer, Wire, hash};

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// How the content of an upload is declared and framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Under its SHA-256.
    Hash,
    /// `UNSIGNED-PAYLOAD`, with `Content-MD5`.
    Md5,
    /// `UNSIGNED-PAYLOAD`, with `x-amz-checksum-crc32`.
    Checksum,
    /// A presigned URL, with `Content-MD5`.
    Presigned,
    /// Chunks with signatures.
    Signed,
    /// Chunks with signatures, and a trailer with one.
    SignedTrailer,
    /// Chunks and a trailer without signatures.
    UnsignedTrailer,
}

/// What is wrong with an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Defect {
    None,
    /// A byte of the chunk of this number is another one; of the content, where there are no chunks.
    Content(usize),
    /// The signature of the chunk of this number is another one.
    Signature(usize),
    /// The chunk of this number is missing.
    Missing(usize),
    /// The last bytes are missing, and the framing of HTTP says so.
    Truncated(usize),
    /// The client hangs up before the last bytes.
    HungUp(usize),
    /// More follows.
    Extra(&'static str),
    /// The checksum, or the declared hash, is another one.
    Value,
    /// The trailer has another name.
    TrailerName,
    TrailerMissing,
    TrailerSignature,
    TrailerSignatureMissing,
    /// The declared decoded length is longer or shorter by this.
    Length(i64),
}

impl Form {
    pub(crate) const ALL: [Self; 7] = [
        Self::Hash,
        Self::Md5,
        Self::Checksum,
        Self::Presigned,
        Self::Signed,
        Self::SignedTrailer,
        Self::UnsignedTrailer,
    ];

    pub(crate) fn is_chunked(self) -> bool {
        matches!(self, Self::Signed | Self::SignedTrailer | Self::UnsignedTrailer)
    }

    fn is_signed(self) -> bool {
        matches!(self, Self::Signed | Self::SignedTrailer)
    }

    fn declared(self) -> &'static str {
        match self {
            Self::Signed => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            Self::SignedTrailer => "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            Self::UnsignedTrailer => "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
            _ => "UNSIGNED-PAYLOAD",
        }
    }

    /// Each defect of this form, with the status and the code that it is refused with. `last` is the number
    /// of the last chunk with content.
    pub(crate) fn defects(self, last: usize) -> Vec<(Defect, u16, &'static str)> {
        let digest = if self == Self::Hash { "XAmzContentSHA256Mismatch" } else { "BadDigest" };
        let (digest, cut) = ((400, digest), (400, "IncompleteBody"));
        let signature = (403, "SignatureDoesNotMatch");
        let content = if self.is_signed() { signature } else { digest };
        let mut all = vec![
            (Defect::Content(0), content),
            (Defect::Content(last), content),
            (Defect::HungUp(1), cut),
            (Defect::HungUp(10), cut),
        ];
        if self.is_chunked() {
            let missing = if self.is_signed() { signature } else { cut };
            all.extend([
                (Defect::Missing(0), missing),
                (Defect::Missing(last), missing),
                (Defect::Missing(last + 1), missing),
                (Defect::Truncated(1), cut),
                (Defect::Truncated(7), cut),
                (Defect::Extra("\r\n"), cut),
                (Defect::Extra("5\r\nhello\r\n"), cut),
                (Defect::Length(1), cut),
                (Defect::Length(-1), cut),
            ]);
        } else {
            all.extend([(Defect::Value, digest), (Defect::Truncated(1), digest)]);
        }
        if self.is_signed() {
            all.extend([0, last, last + 1].map(|number| (Defect::Signature(number), signature)));
        }
        if matches!(self, Self::SignedTrailer | Self::UnsignedTrailer) {
            let odd = (400, "MalformedTrailerError");
            let missing = if self.is_signed() { signature } else { odd };
            all.extend([
                (Defect::Value, (400, "BadDigest")),
                (Defect::TrailerName, odd),
                (Defect::TrailerMissing, missing),
            ]);
        }
        if self == Self::SignedTrailer {
            all.extend([
                (Defect::TrailerSignature, signature),
                (Defect::TrailerSignatureMissing, signature),
            ]);
        }
        all.into_iter().map(|(defect, (status, code))| (defect, status, code)).collect()
    }
}

/// An upload of some pieces.
#[derive(Debug, Clone)]
pub(crate) struct Upload<'a> {
    pub(crate) pieces: &'a [Vec<u8>],
    pub(crate) form: Form,
    pub(crate) defect: Defect,
}

impl Upload<'_> {
    pub(crate) fn content(&self) -> Vec<u8> {
        self.pieces.concat()
    }

    /// The signed request.
    pub(crate) fn request(&self, by: &Signer, target: &str) -> Wire {
        if self.form.is_chunked() { self.chunked(by, target) } else { self.plain(by, target) }
    }

    fn plain(&self, by: &Signer, target: &str) -> Wire {
        let mut body = self.content();
        let mut declared = body.clone();
        if self.defect == Defect::Value {
            declared[0] ^= 1;
        }
        let md5 = STANDARD.encode(Md5::digest(&declared));
        let wire = by.ask("PUT", target).changed("x-amz-content-sha256", self.form.declared());
        let wire = match self.form {
            Form::Hash => wire.changed("x-amz-content-sha256", &hash(&declared)).signed(),
            Form::Checksum => wire.with("x-amz-checksum-crc32", &crc32(&declared)).signed(),
            Form::Presigned => by.bare("PUT", target).presigned("300").with("content-md5", &md5),
            _ => wire.with("content-md5", &md5).signed(),
        };
        match self.defect {
            Defect::Content(0) => body[0] ^= 1,
            Defect::Content(_) => *body.last_mut().unwrap() ^= 1,
            Defect::Truncated(bytes) => body.truncate(body.len() - bytes),
            _ => {}
        }
        self.carrying(wire, &body)
    }

    fn chunked(&self, by: &Signer, target: &str) -> Wire {
        let length = i64::try_from(self.content().len()).unwrap();
        let said = if let Defect::Length(more) = self.defect { length + more } else { length };
        let wire = by
            .ask("PUT", target)
            .changed("x-amz-content-sha256", self.form.declared())
            .with("content-encoding", "aws-chunked")
            .with("x-amz-decoded-content-length", &said.to_string());
        let wire = match self.form {
            Form::Signed => wire,
            _ => wire.with("x-amz-trailer", "x-amz-checksum-crc32"),
        };
        let wire = wire.signed();
        let body = self.chunks(&wire);
        self.carrying(wire, &body)
    }

    fn carrying(&self, wire: Wire, body: &[u8]) -> Wire {
        let wire = wire.carrying(body);
        match self.defect {
            Defect::HungUp(bytes) => Wire { body: body[..body.len() - bytes].to_vec(), ..wire },
            _ => wire,
        }
    }

    fn chunks(&self, wire: &Wire) -> Vec<u8> {
        let (mut out, mut latest) = (Vec::new(), wire.seed_signature());
        let end = Vec::new();
        for (number, piece) in self.pieces.iter().chain([&end]).enumerate() {
            let lines = ["AWS4-HMAC-SHA256-PAYLOAD", &wire.stamp, &wire.scope, &latest, EMPTY];
            latest = wire.hmac(&[&lines[..], &[&hash(piece)]].concat());
            if self.defect == Defect::Missing(number) {
                continue;
            }
            out.extend(format!("{:x}", piece.len()).as_bytes());
            if self.form.is_signed() {
                let is_wrong = self.defect == Defect::Signature(number);
                let shown = if is_wrong { wire.hmac(&["x"]) } else { latest.clone() };
                out.extend(format!(";chunk-signature={shown}").as_bytes());
            }
            out.extend(b"\r\n");
            let at = out.len();
            out.extend(piece);
            if self.defect == Defect::Content(number) {
                out[at] ^= 1;
            }
            out.extend(if piece.is_empty() { &b""[..] } else { b"\r\n" });
        }
        if self.form != Form::Signed {
            out.extend(self.trailer(wire, &latest).as_bytes());
        }
        out.extend(b"\r\n");
        match self.defect {
            Defect::Truncated(bytes) => out.truncate(out.len() - bytes),
            Defect::Extra(more) => out.extend(more.as_bytes()),
            _ => {}
        }
        out
    }

    fn trailer(&self, wire: &Wire, latest: &str) -> String {
        let mut summed = self.content();
        summed[0] ^= u8::from(self.defect == Defect::Value);
        let name = match self.defect {
            Defect::TrailerName => "x-amz-checksum-crc32c",
            _ => "x-amz-checksum-crc32",
        };
        let line = format!("{name}:{}", crc32(&summed));
        let mut out = String::new();
        if self.defect != Defect::TrailerMissing {
            out = format!("{line}\r\n");
        }
        if self.form == Form::SignedTrailer && self.defect != Defect::TrailerSignatureMissing {
            let hashed = hash(format!("{line}\n").as_bytes());
            let lines = ["AWS4-HMAC-SHA256-TRAILER", &wire.stamp, &wire.scope, latest, &hashed];
            let is_wrong = self.defect == Defect::TrailerSignature;
            let signature = wire.hmac(if is_wrong { &["x"] } else { &lines });
            out.extend(["x-amz-trailer-signature:", &signature, "\r\n"]);
        }
        out
    }
}

/// `x-amz-checksum-crc32` of some content.
pub(crate) fn crc32(content: &[u8]) -> String {
    STANDARD.encode(crc32fast::hash(content).to_be_bytes())
}
