//! Which characters and segments an object key may not contain (N5), for whole keys and parts.
//!
//! Listings name parts of keys: prefixes, markers, delimiters. The rules for keys apply to parts as
//! well, except that a part may be empty, may consist of slashes only, and may end within a
//! segment.

use crate::limits;

/// What is wrong with a key, or with a part of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyFlaw {
    Empty,
    Length,
    ControlChar,
    DotSegment,
    SlashOnly,
    DoubleEncoded,
}

impl KeyFlaw {
    pub(super) const fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "it is empty",
            Self::Length => "at most 1024 bytes",
            Self::ControlChar => "no control characters",
            Self::DotSegment => "no `.` or `..` segments",
            Self::SlashOnly => "not slashes only",
            Self::DoubleEncoded => "no encoded dot, slash, backslash or NUL",
        }
    }
}

/// Checks a decoded key.
pub(super) fn check_key(key: &str) -> Result<(), KeyFlaw> {
    check_literal_key(key)?;
    check_escapes(key)
}

/// Checks a decoded key in which escapes are text, and nothing else.
pub(super) fn check_literal_key(key: &str) -> Result<(), KeyFlaw> {
    if key.is_empty() {
        return Err(KeyFlaw::Empty);
    }
    check_length_and_controls(key)?;
    if has_dot_segment(key) {
        return Err(KeyFlaw::DotSegment);
    }
    if key.bytes().all(is_slash) {
        return Err(KeyFlaw::SlashOnly);
    }
    Ok(())
}

/// Checks a prefix or a marker of keys. A final `.` may start a name such as `.profile`. A final
/// `..` is refused, because some storages resolve it.
pub(super) fn check_beginning(text: &str) -> Result<(), KeyFlaw> {
    check_literal_beginning(text)?;
    check_escapes(text)
}

/// Checks a prefix or a marker of keys in which escapes are text, and nothing else.
pub(super) fn check_literal_beginning(text: &str) -> Result<(), KeyFlaw> {
    check_part(text, without_begun_name(text))
}

/// Checks a text that may occur anywhere within a key, such as a delimiter.
pub(super) fn check_middle(text: &str) -> Result<(), KeyFlaw> {
    let open = without_begun_name(text);
    check_part(text, without_ended_name(open))?;
    check_escapes(text)
}

/// Checks a part of a key. `whole` is the section of `text` that consists of complete segments.
fn check_part(text: &str, whole: &str) -> Result<(), KeyFlaw> {
    check_length_and_controls(text)?;
    if has_dot_segment(whole) {
        return Err(KeyFlaw::DotSegment);
    }
    Ok(())
}

fn without_begun_name(text: &str) -> &str {
    text.strip_suffix('.')
        .filter(|rest| rest.bytes().next_back().is_none_or(is_slash))
        .unwrap_or(text)
}

fn without_ended_name(text: &str) -> &str {
    text.strip_prefix('.').filter(|rest| rest.bytes().next().is_none_or(is_slash)).unwrap_or(text)
}

/// Whether a segment, between slashes or backslashes, is `.` or `..`.
pub(super) fn has_dot_segment(text: &str) -> bool {
    text.split(['/', '\\']).any(|segment| matches!(segment, "." | ".."))
}

const fn is_slash(byte: u8) -> bool {
    matches!(byte, b'/' | b'\\')
}

fn check_length_and_controls(text: &str) -> Result<(), KeyFlaw> {
    if text.len() > limits::MAX_KEY {
        return Err(KeyFlaw::Length);
    }
    if text.bytes().any(|byte| byte < 0x20 || byte == 0x7f) {
        return Err(KeyFlaw::ControlChar);
    }
    Ok(())
}

/// Refuses escapes that a second decoding would turn into a separator, a dot or NUL.
fn check_escapes(text: &str) -> Result<(), KeyFlaw> {
    if !text.contains('%') {
        return Ok(());
    }
    let lower = text.to_ascii_lowercase();
    if ["%2e", "%2f", "%5c", "%00"].iter().any(|escape| lower.contains(escape)) {
        return Err(KeyFlaw::DoubleEncoded);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_key_that_may_end_within_a_segment() {
        let longest = "a".repeat(limits::MAX_KEY);
        for text in
            ["", "a", "a/", "a/b", ".", "a/.", "a\\.", "...", ".a", "/", "//", "a//", "ü", "100%"]
        {
            assert_eq!(check_beginning(text), Ok(()), "{text}");
        }
        assert_eq!(check_beginning(&longest), Ok(()));
        for (text, flaw) in [
            ("..", KeyFlaw::DotSegment),
            ("a/..", KeyFlaw::DotSegment),
            ("a\\..", KeyFlaw::DotSegment),
            ("../", KeyFlaw::DotSegment),
            ("a/../b", KeyFlaw::DotSegment),
            ("./", KeyFlaw::DotSegment),
            ("./.", KeyFlaw::DotSegment),
            ("a/./b", KeyFlaw::DotSegment),
            ("a/%2E", KeyFlaw::DoubleEncoded),
            ("a%2fb", KeyFlaw::DoubleEncoded),
            ("a%5c", KeyFlaw::DoubleEncoded),
            ("a%00", KeyFlaw::DoubleEncoded),
            ("a\n", KeyFlaw::ControlChar),
            ("a\u{7f}", KeyFlaw::ControlChar),
            ((longest + "a").as_str(), KeyFlaw::Length),
        ] {
            assert_eq!(check_beginning(text), Err(flaw), "{text}");
        }
    }

    #[test]
    fn a_delimiter_may_begin_and_end_within_a_segment() {
        for text in ["", "/", "//", ".", "./", "/.", "-", "ü", "a/b", "\\", "..."] {
            assert_eq!(check_middle(text), Ok(()), "{text}");
        }
        for text in ["..", "../", "/..", "/../", "/./", "\\.\\", "%2f", "%2E"] {
            assert!(check_middle(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_key_and_each_of_its_prefixes_is_a_valid_prefix() {
        for key in ["a/b c/ü+&=~.x", ".profile", "a/.b", "/lead", "a//b/", "x..y/..."] {
            assert_eq!(check_key(key), Ok(()));
            for (end, _) in key.char_indices() {
                let begun = &key[..end];
                let refused = begun.split(['/', '\\']).next_back() == Some("..");
                assert_eq!(check_beginning(begun).is_err(), refused, "{begun}");
            }
        }
    }
}
