//! The rules for the value of each query key (N6, N7), decoded. A key without a rule is refused.
//!
//! Values that a storage issues and gets back (ids, tokens, markers) are limited to what storages
//! are known to issue. Some storages use them as file names, so that no such value may contain a
//! segment that leads elsewhere.

use super::ambiguity::{Ambiguities, Ambiguous};
use super::query::Query;
use super::{Refusal, percent};
use crate::key_rules;
use crate::limits;

/// The rule for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// An id that the storage issued.
    Id,
    /// An id that the storage issued, or empty: a page that begins before all ids of a key.
    IdOrNothing,
    /// A prefix or a marker of keys.
    Beginning,
    Delimiter,
    Token,
    Count,
    PartNumber,
    Flag,
    /// `url`, the only encoding.
    Encoding,
    /// `2`, the only type.
    Two,
    /// The name of a configuration of which a bucket may have many.
    Name,
    Annotation,
    AnnotationBeginning,
    Region,
    Header,
}

/// Checks the value of the query key `name`; the value is empty if the key has none.
///
/// # Errors
/// [`Refusal`] if the key's rule does not allow the value, or the key has no rule.
pub(super) fn check(name: &'static str, value: &str) -> Result<(), Refusal> {
    match Rule::of(name) {
        None => Err(Refusal::QueryUnknown(name.to_owned())),
        Some(Rule::Beginning) => {
            key_rules::check_literal_beginning(value).map_err(|flaw| Refusal::key(flaw, name))
        }
        Some(Rule::PartNumber) if !is_part_number(value) => Err(Refusal::PartNumber),
        Some(rule) if rule.allows(value) => Ok(()),
        Some(rule) => Err(Refusal::QueryRule { name, rule: rule.sentence() }),
    }
}

/// Notes what the values of a query have that storages read in different ways: keys and beginnings of
/// keys, and tokens that lead elsewhere when they are decoded once more.
///
/// # Errors
/// [`Refusal`] where none of that is taken.
pub(super) fn note_ambiguous(query: &Query, ambiguous: &mut Ambiguous) -> Result<(), Refusal> {
    for name in ["prefix", "marker", "start-after", "key-marker"] {
        ambiguous.note_key(query.get(name).unwrap_or_default(), name)?;
    }
    let name = "continuation-token";
    let token = query.get(name).filter(|token| !leads_nowhere(token)).unwrap_or_default();
    let refusal = || Refusal::QueryRule { name, rule: Rule::Token.sentence() };
    ambiguous.note(Ambiguities::of_key(token), refusal)
}

/// The rule for the value of `name`, as a sentence; `None` if the key takes no value.
pub fn sentence(name: &str) -> Option<&'static str> {
    Rule::of(name).map(Rule::sentence)
}

/// Whether this is a decoded id of a version or of an upload that a storage may have issued. It
/// must not be a path, because some storages look for a file of that name.
pub(super) fn is_id(text: &str) -> bool {
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric()
            || matches!(byte, b'.' | b'_' | b'~' | b'-' | b'+' | b'/' | b'=')
    };
    (1..=limits::MAX_VERSION_ID).contains(&text.len())
        && text.bytes().all(plain)
        && !key_rules::has_dot_segment(text)
}

/// Whether this is an id as written in a URL, with `+`, `/` and `=` percent-encoded.
pub(super) fn is_encoded_id(raw: &str) -> bool {
    !raw.contains(UNENCODED_IN_ID) && percent::decode(raw, "id").is_ok_and(|id| is_id(&id))
}

/// The characters that must be encoded in the value of `name`.
pub(super) fn unencoded(name: &str) -> &'static [char] {
    match Rule::of(name) {
        Some(Rule::Id | Rule::IdOrNothing) => &UNENCODED_IN_ID,
        _ => &['+', ';'],
    }
}

const UNENCODED_IN_ID: [char; 4] = ['+', ';', '/', '='];

/// Whether the text matches `[1-9][0-9]{0,4}`.
pub(super) fn is_part_number(text: &str) -> bool {
    text.len() <= 5 && is_number(text) && text != "0"
}

impl Rule {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "versionId" | "uploadId" => Self::Id,
            "version-id-marker" | "upload-id-marker" => Self::IdOrNothing,
            "prefix" | "marker" | "start-after" | "key-marker" => Self::Beginning,
            "delimiter" => Self::Delimiter,
            "continuation-token" => Self::Token,
            "max-keys"
            | "max-uploads"
            | "max-parts"
            | "max-buckets"
            | "max-annotation-results"
            | "part-number-marker" => Self::Count,
            "partNumber" => Self::PartNumber,
            "fetch-owner" => Self::Flag,
            "encoding-type" => Self::Encoding,
            "list-type" | "select-type" => Self::Two,
            "id" => Self::Name,
            "annotationName" => Self::Annotation,
            "annotation-prefix" => Self::AnnotationBeginning,
            "bucket-region" => Self::Region,
            "response-cache-control"
            | "response-content-disposition"
            | "response-content-encoding"
            | "response-content-language"
            | "response-content-type"
            | "response-expires" => Self::Header,
            _ => return None,
        })
    }

    fn allows(self, value: &str) -> bool {
        let length = value.len();
        match self {
            Self::Id => is_id(value),
            Self::IdOrNothing => value.is_empty() || is_id(value),
            Self::Beginning => key_rules::check_literal_beginning(value).is_ok(),
            Self::Delimiter => {
                length <= limits::MAX_DELIMITER && key_rules::check_middle(value).is_ok()
            }
            Self::Token => {
                length <= limits::MAX_LISTING_TOKEN && !key_rules::has_dot_segment(value)
            }
            Self::Count => is_number(value) && value.parse::<i32>().is_ok(),
            Self::PartNumber => is_part_number(value),
            Self::Flag => matches!(value, "true" | "false"),
            Self::Encoding => value == "url",
            Self::Two => value == "2",
            Self::Name => (1..=64).contains(&length) && value.bytes().all(is_plain),
            Self::Annotation => {
                length <= limits::MAX_ANNOTATION_NAME && key_rules::check_key(value).is_ok()
            }
            Self::AnnotationBeginning => {
                length <= limits::MAX_ANNOTATION_NAME && key_rules::check_beginning(value).is_ok()
            }
            Self::Region => {
                (1..=64).contains(&length)
                    && value.bytes().all(|byte| is_plain(byte) && !byte.is_ascii_uppercase())
            }
            Self::Header => {
                (1..=limits::MAX_RESPONSE_HEADER).contains(&length) && value == value.trim()
            }
        }
    }

    const fn sentence(self) -> &'static str {
        match self {
            Self::Id => {
                "an id that the storage gave: 1 to 1024 of A-Z, a-z, 0-9, `.`, `_`, `~`, `-`, and \
                 encoded `+`, `/`, `=`; no `.` or `..` segment"
            }
            Self::IdOrNothing => "an id as for `versionId` and `uploadId`, or empty",
            Self::Beginning => {
                "the start of a key, in the rules of keys; it may also be empty, only slashes, or \
                 end in `.`, but not in `..`"
            }
            Self::Delimiter => "up to 64 bytes in the rules of keys",
            Self::Token => {
                "up to 4096 bytes without control characters, and no `.` or `..` segment, also \
                 after another decoding"
            }
            Self::Count => "0 to 2147483647",
            Self::PartNumber => "1 to 99999",
            Self::Flag => "`true` or `false`",
            Self::Encoding => "`url`",
            Self::Two => "`2`",
            Self::Name => "1 to 64 of A-Z, a-z, 0-9, `.`, `_`, `-`",
            Self::Annotation => "1 to 512 bytes in the rules of keys",
            Self::AnnotationBeginning => "the start of an annotation's name: up to 512 bytes",
            Self::Region => "1 to 64 of a-z, 0-9, `.`, `_`, `-`",
            Self::Header => {
                "a header's value: 1 to 1024 bytes without control characters, no space at its ends"
            }
        }
    }
}

/// Whether `text` has no dot segment, even after another decoding: some storages issue the next key
/// as a token, and clients that asked for encoded keys send it back as issued. Other escapes, valid
/// or not, do not matter.
fn leads_nowhere(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let decoded = lower.replace("%2e", ".").replace("%2f", "/").replace("%5c", "\\");
    !key_rules::has_dot_segment(&decoded)
}

/// Whether the text is a decimal number without leading zeros.
fn is_number(text: &str) -> bool {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits && (text == "0" || !text.starts_with('0'))
}

const fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

#[cfg(test)]
mod tests;
