//! Metadata that comes without a signature (G29). People and scripts send it as they write it; what goes to the
//! storage is ASCII, as S3 has it: everything else in encoded words (RFC 2047), which S3 gives back so.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::StatusCode;

use super::error::S3Error;
use crate::domain::limits::MAX_METADATA;

const METADATA: &str = "x-amz-meta-";
/// The bytes of text in one encoded word, which has 75 characters at most (RFC 2047 §2): 12 of them are not text,
/// and 45 bytes are 60 in base64.
const WORD: usize = 45;

/// Spells the metadata among `headers` as the storage takes it.
///
/// # Errors
/// 400 `InvalidArgument` for a value with control characters, 400 `MetadataTooLarge` for more than S3 keeps.
pub(super) fn spell(headers: &mut [(String, String)]) -> Result<(), S3Error> {
    let mut total = 0;
    for (name, value) in headers {
        let Some(own) = name.strip_prefix(METADATA) else { continue };
        if !value.is_ascii() {
            // What is ASCII is judged as it stands.
            if value.chars().any(char::is_control) {
                return Err(S3Error::argument(format!("{name} has control characters.")));
            }
            *value = encoded(value);
        }
        total += own.len() + value.len();
    }
    if total > MAX_METADATA {
        return Err(too_large());
    }
    Ok(())
}

/// S3's error for metadata that is longer than it keeps.
fn too_large() -> S3Error {
    S3Error::new(
        StatusCode::BAD_REQUEST,
        "MetadataTooLarge",
        "Your metadata headers exceed the maximum allowed metadata size.",
    )
    .with("MaxSizeAllowed", MAX_METADATA.to_string())
}

/// A text in encoded words. Readers leave the blanks between two of them out.
fn encoded(text: &str) -> String {
    let mut words = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (word, more) = rest.split_at(rest.floor_char_boundary(WORD));
        let blank = if words.is_empty() { "" } else { " " };
        write!(words, "{blank}=?UTF-8?B?{}?=", STANDARD.encode(word)).ok();
        rest = more;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What becomes of the value of a header.
    fn spelled(name: &str, value: &str) -> Result<String, S3Error> {
        let mut headers = [(name.to_owned(), value.to_owned())];
        spell(&mut headers)?;
        let [(_, value)] = headers;
        Ok(value)
    }

    #[test]
    fn g29_metadata_that_is_no_ascii_goes_out_in_encoded_words() {
        const NAME: &str = "x-amz-meta-description";
        let long = "ü".repeat(30);
        for (text, expected) in [
            ("the first draft", "the first draft".to_owned()),
            ("über", "=?UTF-8?B?w7xiZXI=?=".to_owned()),
            ("=?UTF-8?B?w7xiZXI=?=", "=?UTF-8?B?w7xiZXI=?=".to_owned()),
            (
                &long,
                format!(
                    "=?UTF-8?B?{}?= =?UTF-8?B?{}?=",
                    STANDARD.encode("ü".repeat(22)),
                    STANDARD.encode("ü".repeat(8))
                ),
            ),
        ] {
            let told = spelled(NAME, text).unwrap();
            assert_eq!(told, expected, "{text}");
            assert!(told.split(' ').all(|word| !word.starts_with("=?") || word.len() <= 75));
        }
        // Other headers are not metadata.
        assert_eq!(spelled("content-disposition", "ü").unwrap(), "ü");
        assert_eq!(spelled(NAME, "a\u{85}b").unwrap_err().code(), "InvalidArgument");
    }

    #[test]
    fn g29_metadata_is_as_long_as_s3_keeps() {
        let room = MAX_METADATA - "a".len();
        let of = |length: usize| spelled("x-amz-meta-a", &"x".repeat(length));
        assert_eq!(of(room).unwrap().len(), room);
        assert_eq!(of(room + 1).unwrap_err().code(), "MetadataTooLarge");
        // What counts is what is stored.
        let wide = spelled("x-amz-meta-a", &"ü".repeat(room / 2));
        assert_eq!(wide.unwrap_err().code(), "MetadataTooLarge");
    }
}
