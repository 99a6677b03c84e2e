//! Refuses names that servers read in different ways: those with dot segments, empty segments or
//! control characters.
//!
//! The storage keeps objects as files, so `/photos/../vault/secret` would reach another bucket.

use std::borrow::Cow;

use http::StatusCode;

use crate::domain::s3::percent;
use crate::gateway::S3Error;

/// Checks the path of a URL, percent-encoded as sent.
pub(super) fn check_path(raw: &str) -> Result<(), S3Error> {
    if !raw.starts_with('/') {
        return Err(invalid("the request target must be a path"));
    }
    check_decoded(&decode(raw)?)
}

/// Checks the value of `x-amz-copy-source` or `x-amz-rename-source`, as sent.
pub(super) fn check_source(raw: &str) -> Result<(), S3Error> {
    let decoded = decode(raw)?;
    if decoded.trim_start_matches('/').is_empty() {
        return Err(invalid("the source names no object"));
    }
    check_decoded(&decoded)
}

/// Checks a key that is not part of a URL, such as those in the body of DeleteObjects.
///
/// # Errors
/// `InvalidURI` if the key has a dot segment, an empty segment or a control
/// character.
pub(in super::super) fn check_key(key: &str) -> Result<(), S3Error> {
    if key.starts_with('/') {
        return Err(invalid("an empty path segment is not supported"));
    }
    check_decoded(key)
}

fn check_decoded(name: &str) -> Result<(), S3Error> {
    if name.chars().any(char::is_control) {
        return Err(invalid("control characters are not supported in a name"));
    }
    if name.contains("//") {
        return Err(invalid("an empty path segment is not supported"));
    }
    // In a copy source, `?` ends the key.
    if name.split(['/', '\\', '?']).any(|segment| matches!(segment, "." | "..")) {
        return Err(invalid("dot segments are not supported"));
    }
    Ok(())
}

/// Decodes percent-encoding once. The result must be UTF-8.
fn decode(raw: &str) -> Result<Cow<'_, str>, S3Error> {
    if !raw.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid("only visible ASCII may appear unescaped"));
    }
    percent::unescape(raw).map_err(|flaw| invalid(&flaw.to_string()))
}

fn invalid(message: &str) -> S3Error {
    S3Error::new(StatusCode::BAD_REQUEST, "InvalidURI", message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{check_key, check_path, check_source};

    #[test]
    fn ordinary_paths_pass() {
        for path in [
            "/",
            "/photos",
            "/photos/",
            "/photos/2026/cat.png",
            "/photos/folder/",
            "/photos/a%20b%2Bc%25d",
            "/photos/%E2%82%AC/..hidden/file..",
            "/photos/a%2Fb",
            "/photos/.../x",
            "/photos/%252e%252e/x",
        ] {
            assert_eq!(check_path(path), Ok(()), "{path}");
        }
    }

    #[test]
    fn paths_that_read_differently_elsewhere_are_refused() {
        for path in [
            "photos/x",
            "*",
            "//photos/x",
            "/photos//x",
            "/photos/%2Ftmp/x",
            "/photos/a/%2f/x",
            "/photos/../vault/secret",
            "/photos/./x",
            "/photos/%2e%2e/vault/secret",
            "/photos/.%2E/vault/secret",
            "/photos/..%2fvault/secret",
            "/photos/%2e%2e%2fvault%2fsecret",
            "/photos/..%5cvault/secret",
            "/photos/..\\vault/secret",
            "/photos/a/..",
            "/photos/%2e",
            "/photos/%00",
            "/photos/a%0d%0ab",
            "/photos/%7f",
            "/photos/%c0%ae%c0%ae/x",
            "/photos/%zz",
            "/photos/%2",
            "/photos/\u{e9}",
            "/photos/a b",
        ] {
            assert!(check_path(path).is_err(), "{path}");
        }
    }

    #[test]
    fn a_source_names_an_object_and_nothing_above_it() {
        for source in ["photos/cat.png", "/photos/cat.png", "photos%2Fcat.png?versionId=1"] {
            assert_eq!(check_source(source), Ok(()), "{source}");
        }
        for source in [
            "",
            "/",
            "//photos/vault/secret",
            "photos/../vault/secret",
            "photos/%2e%2e/vault/secret",
            "photos%2f..%2fvault%2fsecret",
            "photos/..%5Cvault%5Csecret",
            "photos/..?versionId=1",
            "photos/a\u{0}",
            "photos/a b",
        ] {
            assert!(check_source(source).is_err(), "{source}");
        }
    }

    #[test]
    fn a_key_in_a_body_is_held_to_the_same_rules() {
        for key in ["cat.png", "2026/cat.png", "folder/", "a b", "%2e%2e/x", "\u{20ac}"] {
            assert_eq!(check_key(key), Ok(()), "{key}");
        }
        for key in ["../vault/secret", "a/../b", "/etc/passwd", "a//b", "a\\..\\b", "a\u{7}"] {
            assert!(check_key(key).is_err(), "{key}");
        }
    }
}
