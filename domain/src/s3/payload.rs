//! How a signature binds the body (N13).

use std::fmt;

use super::{BodyRule, Operation, Refusal, header};

/// SHA-256 of the empty body.
pub const EMPTY_SHA256: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
const STREAMING: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// The value of `x-amz-content-sha256`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// 64 lower-case hex digits: the hash binds the body.
    Sha256(Box<str>),
    /// The body is not bound.
    Unsigned,
    /// The body comes in unsigned chunks, followed by a checksum.
    StreamingTrailer,
}

impl Payload {
    /// Reads a declared payload.
    ///
    /// # Errors
    /// [`Refusal`] for anything but the three kinds; upper-case hex, base64 and signed chunks are
    /// refused.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
        match text {
            UNSIGNED => Ok(Self::Unsigned),
            STREAMING => Ok(Self::StreamingTrailer),
            _ if text.len() == 64 && text.bytes().all(is_hex) => Ok(Self::Sha256(text.into())),
            _ => Err(Refusal::PayloadHash),
        }
    }

    /// The value for the header and the canonical request.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Sha256(hex) => hex,
            Self::Unsigned => UNSIGNED,
            Self::StreamingTrailer => STREAMING,
        }
    }

    /// Checks the declaration against the body rule of the operation.
    pub(super) fn check(
        &self,
        operation: Operation,
        headers: &header::Headers<'_>,
    ) -> Result<(), Refusal> {
        self.check_stream(operation, headers)?;
        match (operation.row().body, self) {
            (BodyRule::Stream, _)
            | (BodyRule::Hashed, Self::Sha256(_))
            | (BodyRule::None, Self::Unsigned) => Ok(()),
            (BodyRule::Content, Self::Sha256(hex)) if &**hex != EMPTY_SHA256 => Ok(()),
            (BodyRule::None, Self::Sha256(hex)) if &**hex == EMPTY_SHA256 => Ok(()),
            (BodyRule::None, _) => Err(Refusal::BodyNotAllowed(operation)),
            (BodyRule::Hashed | BodyRule::Content, _) => Err(Refusal::BodyMustBeHashed(operation)),
        }
    }

    /// Checks that streaming headers come with a streamed payload, and only with one.
    fn check_stream(
        &self,
        operation: Operation,
        headers: &header::Headers<'_>,
    ) -> Result<(), Refusal> {
        let chunked = headers
            .get("content-encoding")
            .is_some_and(|value| value.split(',').any(|coding| is_chunked(coding.trim())));
        let length = headers.get("x-amz-decoded-content-length");
        let trailer = headers.get("x-amz-trailer");
        if *self != Self::StreamingTrailer {
            let none = !chunked && length.is_none() && trailer.is_none();
            return if none { Ok(()) } else { Err(Refusal::StreamTrailer) };
        }
        if operation.row().body != BodyRule::Stream {
            return Err(Refusal::StreamOn(operation));
        }
        let is_integer =
            |text: &str| matches!(text.len(), 1..=19) && text.bytes().all(|b| b.is_ascii_digit());
        if chunked && length.is_some_and(is_integer) && trailer.is_some_and(header::is_checksum) {
            Ok(())
        } else {
            Err(Refusal::StreamTrailer)
        }
    }
}

fn is_chunked(coding: &str) -> bool {
    coding.eq_ignore_ascii_case("aws-chunked")
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_three_kinds_are_known() {
        let upper = EMPTY_SHA256.to_ascii_uppercase();
        for text in [
            "",
            "unsigned-payload",
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
            "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD",
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            upper.as_str(),
        ] {
            assert_eq!(Payload::parse(text), Err(Refusal::PayloadHash), "{text}");
        }
        for text in [EMPTY_SHA256, UNSIGNED, STREAMING] {
            assert_eq!(Payload::parse(text).unwrap().as_str(), text);
        }
    }
}
