//! Headers (N8 to N11, N15): which are allowed, which are signed, and which Cargo sets itself.

use std::borrow::Cow;

use super::ambiguity::{Ambiguity, Ambiguous};
use super::{Operation, RawHeaders, Refusal};
use crate::limits;

/// The caller's headers, with lower-case names and trimmed values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Headers<'r>(Vec<(Cow<'r, str>, &'r str)>);

/// Headers that Cargo sets itself, whatever the caller sent (N9).
const OWNED: &[&str] = &["authorization", "date", "x-amz-date", "x-amz-content-sha256"];

/// Headers that are refused on every operation (N10).
const DENIED: &[&str] = &[
    "forwarded",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-rewrite-url",
    "x-original-host",
    "x-host",
    "x-auth-token",
    "x-amz-security-token",
    "x-amz-mfa",
    "content-range",
    "x-amz-target",
];
const DENIED_PREFIXES: &[&str] = &[
    "x-forwarded-",
    "x-http-method",
    "x-minio-",
    "x-seaweedfs-",
    "seaweed-",
    "x-rgw-",
    "x-goog-",
    "x-oss-",
    "x-cos-",
    "x-obs-",
    "x-container-",
    "x-object-",
    "x-account-",
    "x-amz-meta-snowball-",
    "x-amz-meta-minio-snowball-",
    "x-amz-meta-x-minio-internal-",
];

/// Headers that are signed if present, in addition to `host` and every `x-amz-*` (N15).
const SIGNED: &[&str] = &[
    "content-type",
    "content-md5",
    "content-encoding",
    "content-language",
    "content-disposition",
    "content-length",
    "cache-control",
    "expires",
    "range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
];

/// Headers that every operation may have.
const ALWAYS: &[&str] = &["x-amz-user-agent", "x-amz-expected-bucket-owner"];

const CHECKSUMS: &[&str] = &[
    "x-amz-sdk-checksum-algorithm",
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
    "x-amz-checksum-sha512",
    "x-amz-checksum-md5",
    "x-amz-checksum-xxhash64",
    "x-amz-checksum-xxhash3",
    "x-amz-checksum-xxhash128",
];

/// Whether the header `name` carries a checksum.
pub(super) fn is_checksum(name: &str) -> bool {
    name != "x-amz-sdk-checksum-algorithm" && CHECKSUMS.contains(&name)
}

/// Whether a header of a request that came in goes on to the storage: what is signed when present
/// (N15), and `if-range`. `name` is in lower case.
pub(crate) fn goes_on(name: &str) -> bool {
    name.starts_with("x-amz-") || name == "if-range" || SIGNED.contains(&name)
}

impl<'r> Headers<'r> {
    /// Reads the caller's headers.
    ///
    /// # Errors
    /// [`Refusal`] if a name is not a token or, unless it is that of metadata, contains `_`; if it is repeated, or is on the list of
    /// denied headers; if a value has control characters, or an `x-amz-*` value is not ASCII; if
    /// there are too many.
    pub(super) fn parse(raw: RawHeaders<'r>) -> Result<Self, Refusal> {
        let bytes: usize = raw.iter().map(|(name, value)| name.len() + value.len()).sum();
        if raw.len() > limits::MAX_HEADERS || bytes > limits::MAX_HEADER_BYTES {
            return Err(Refusal::HeaderLimit);
        }
        let mut headers: Vec<(Cow<'r, str>, &'r str)> = Vec::with_capacity(raw.len());
        for (name, value) in raw.iter() {
            let name = lower_case(name);
            let is_named = |byte| is_token(byte) || (byte == b'_' && is_metadata(&name));
            if name.is_empty() || !name.bytes().all(is_named) {
                return Err(Refusal::HeaderName);
            }
            if headers.iter().any(|(seen, _)| *seen == name) {
                return Err(Refusal::HeaderDuplicate(name.into_owned()));
            }
            let value = value.trim_matches([' ', '\t']);
            let is_control = |byte: u8| (byte < 0x20 && byte != b'\t') || byte == 0x7f;
            let is_amz = name.starts_with("x-amz-");
            let is_bound = is_amz || SIGNED.contains(&&*name);
            if value.bytes().any(is_control) || (is_amz && !value.is_ascii()) {
                return Err(Refusal::HeaderControl(name.into_owned()));
            }
            if is_bound && value.contains('\t') {
                return Err(Refusal::HeaderControl(name.into_owned()));
            }
            if DENIED.contains(&&*name) || has_denied_prefix(&name) {
                return Err(Refusal::HeaderDenied(name.into_owned()));
            }
            headers.push((name, value));
        }
        Ok(Self(headers))
    }

    /// Notes the names with `_`, which storages read in different ways.
    ///
    /// # Errors
    /// [`Refusal::HeaderName`] where none is taken.
    pub(super) fn note_ambiguous(&self, ambiguous: &mut Ambiguous) -> Result<(), Refusal> {
        let odd =
            self.0.iter().filter(|(name, _)| name.contains('_')).map(|_| Ambiguity::Underscore);
        ambiguous.note(odd.collect(), || Refusal::HeaderName)
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(have, _)| have == name).map(|(_, value)| *value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, *value))
    }

    /// Checks every `x-amz-*` header against the list of the operation (N11).
    pub(super) fn check_allowed(&self, operation: Operation) -> Result<(), Refusal> {
        for (name, value) in self.iter().filter(|(name, _)| name.starts_with("x-amz-")) {
            if !OWNED.contains(&name) && !is_allowed(operation, name, value) {
                return Err(Refusal::HeaderUnknown { name: name.to_owned(), operation });
            }
            check_value(name, value)?;
        }
        Ok(())
    }

    /// The caller's headers that Cargo replaces: `date` would contradict `x-amz-date`.
    pub(super) fn superseded(&self) -> Vec<String> {
        self.get("date").map(|_| "date".to_owned()).into_iter().collect()
    }

    /// The headers that enter the signature, without `host` and those that Cargo sets.
    pub(super) fn into_signed(self) -> Vec<(String, String)> {
        let is_signed = |name: &str| {
            !OWNED.contains(&name) && (name.starts_with("x-amz-") || SIGNED.contains(&name))
        };
        let signed = self.0.into_iter().filter(|(name, _)| is_signed(name));
        signed.map(|(name, value)| (name.into_owned(), value.to_owned())).collect()
    }
}

/// Whether this is the name of metadata.
fn is_metadata(name: &str) -> bool {
    name.strip_prefix("x-amz-meta-").is_some_and(|rest| !rest.is_empty())
}

/// Whether the name begins like one that is denied, also to a storage that reads `_` as `-`.
fn has_denied_prefix(name: &str) -> bool {
    let has = |name: &str| DENIED_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    has(name) || (name.contains('_') && has(&name.replace('_', "-")))
}

/// The name in lower case. Borrows it in the usual case that it is in lower case already.
fn lower_case(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// Whether the byte is a token character (RFC 9110 §5.6.2) other than `_`: CGI maps `_` and `-` to
/// the same variable.
const fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'
                | b'$'
                | b'%'
                | b'&'
                | b'\''
                | b'*'
                | b'+'
                | b'-'
                | b'.'
                | b'^'
                | b'`'
                | b'|'
                | b'~'
        )
}

fn is_allowed(operation: Operation, name: &str, value: &str) -> bool {
    let row = operation.row();
    let listed = |entry: &&str| match entry.strip_suffix('-') {
        Some(_) => name.starts_with(*entry) && name.len() > entry.len(),
        None => name == *entry,
    };
    let streams = matches!(operation, Operation::PutObject | Operation::UploadPart);
    ALWAYS.contains(&name)
        || row.headers.iter().any(listed)
        || (row.checksums && CHECKSUMS.contains(&name))
        || (streams && matches!(name, "x-amz-trailer" | "x-amz-decoded-content-length"))
        // The AWS C++ SDK sends the version of the S3 API on most operations.
        || (name == "x-amz-api-version" && value == "2006-03-01")
        || (operation == Operation::GetObject && name == "x-amz-te" && value == "append-md5")
}

/// Refuses values that S3 does not define.
fn check_value(name: &str, value: &str) -> Result<(), Refusal> {
    let directives = [
        "x-amz-metadata-directive",
        "x-amz-tagging-directive",
        "x-amz-object-annotation-directive",
    ];
    match directives.into_iter().find(|directive| *directive == name) {
        Some(name) if !matches!(value, "COPY" | "REPLACE") => {
            Err(Refusal::HeaderValue { name, value: value.to_owned(), allowed: "COPY and REPLACE" })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, value: &str) -> Result<(), &'static str> {
        let raw = [(name.to_owned(), value.to_owned())];
        Headers::parse(raw[..].into()).map(drop).map_err(|refusal| refusal.code())
    }

    #[test]
    fn header_syntax_and_the_denied_list() {
        for (name, value, code) in [
            ("x_amz_copy_source", "vault/secret", "header_name"),
            ("x-amz-meta_a", "b", "header_name"),
            ("x-amz-meta-_\u{e9}", "b", "header_name"),
            ("x-amz-meta-snowball_auto_extract", "true", "header_denied"),
            ("x-amz-meta-x_minio_internal_a", "b", "header_denied"),
            ("", "x", "header_name"),
            ("x-amz-meta-a", "b\0", "header_control"),
            ("x-amz-meta-a", "b\r\nx-amz-acl: public-read", "header_control"),
            ("x-amz-meta-a", "é", "header_control"),
            ("X-Forwarded-Prefix", "/photos", "header_denied"),
            ("x-amz-security-token", "x", "header_denied"),
            ("X-Amz-Meta-Snowball-Auto-Extract", "true", "header_denied"),
            ("x-http-method-override", "DELETE", "header_denied"),
        ] {
            assert_eq!(parse(name, value), Err(code), "{name}: {value}");
        }
        let twice = [("X-Amz-Acl", "private"), ("x-amz-acl", "private")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(Headers::parse(twice[..].into()).unwrap_err().code(), "header_duplicate");
    }

    #[test]
    fn a_flood_of_headers_is_refused_before_it_is_looked_at() {
        let many: Vec<_> = (0..129).map(|n| (format!("a{n}"), String::new())).collect();
        assert_eq!(Headers::parse((&many).into()).unwrap_err().code(), "header_limit");
        let long = [("a".to_owned(), "x".repeat(33 * 1024))];
        assert_eq!(Headers::parse(long[..].into()).unwrap_err().code(), "header_limit");
    }

    #[test]
    fn only_bound_headers_are_signed() {
        let raw = ["host", "user-agent", "x-amz-date", "range", "x-amz-meta-a", "traceparent"]
            .map(|name| (name.to_owned(), "v".to_owned()));
        let signed = Headers::parse(raw[..].into()).unwrap().into_signed();
        let names: Vec<_> = signed.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["range", "x-amz-meta-a"]);
    }
}
