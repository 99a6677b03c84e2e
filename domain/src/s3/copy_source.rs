//! The source object of a copy or a rename (N12).

use super::{Refusal, query_value, target};
use crate::names::{BucketName, ObjectKey};

/// The object that an operation copies or renames, besides the one that its URL names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The bucket of the object.
    pub bucket: BucketName,
    /// The key of the object.
    pub key: ObjectKey,
}

impl Source {
    /// Reads `x-amz-copy-source`: `[/]bucket/key[?versionId=…]`; the slash may be `%2F`.
    ///
    /// # Errors
    /// [`Refusal`] for every form that a storage may read as another object (N12).
    pub(super) fn parse_copy(value: &str) -> Result<Self, Refusal> {
        let (path, query) = match value.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (value, None),
        };
        check_bytes(path)?;
        if let Some(query) = query {
            check_version(query)?;
        }
        let path = path.strip_prefix('/').unwrap_or(path);
        if path.starts_with('/') {
            return Err(Refusal::CopySourceSyntax);
        }
        let (bucket, key) = split_bucket(path).ok_or(Refusal::CopySourceBucket)?;
        let bucket = BucketName::parse(bucket).map_err(|_| Refusal::CopySourceBucket)?;
        Ok(Self { bucket, key: target::parse_key(key)? })
    }

    /// Reads `x-amz-rename-source`: a key in the same bucket; a leading slash is allowed.
    pub(super) fn parse_rename(bucket: &BucketName, value: &str) -> Result<Self, Refusal> {
        check_bytes(value)?;
        if value.contains('?') {
            return Err(Refusal::CopySourceQuery);
        }
        let key = value.strip_prefix('/').unwrap_or(value);
        if key.starts_with('/') {
            return Err(Refusal::CopySourceSyntax);
        }
        Ok(Self { bucket: bucket.clone(), key: target::parse_key(key)? })
    }
}

/// Refuses bytes that some storages interpret: as a fragment, a space, a second header line.
fn check_bytes(path: &str) -> Result<(), Refusal> {
    let is_odd = |byte: u8| {
        !(0x21..=0x7e).contains(&byte) || matches!(byte, b',' | b'#' | b'+' | b'\\' | b';')
    };
    if path.bytes().any(is_odd) || path.contains("://") || path.starts_with("arn:") {
        return Err(Refusal::CopySourceSyntax);
    }
    Ok(())
}

fn check_version(query: &str) -> Result<(), Refusal> {
    match query.strip_prefix("versionId=") {
        Some(version) if query_value::is_encoded_id(version) => Ok(()),
        _ => Err(Refusal::CopySourceQuery),
    }
}

/// Splits at `/` or `%2F`, whichever comes first.
fn split_bucket(path: &str) -> Option<(&str, &str)> {
    let literal = path.find('/').map(|at| (at, 1));
    let escaped = path.to_ascii_lowercase().find("%2f").map(|at| (at, 3));
    let (at, length) = literal.into_iter().chain(escaped).min()?;
    Some((&path[..at], &path[at + length..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_forms_clients_send() {
        for (value, bucket, key) in [
            ("photos/a.txt", "photos", "a.txt"),
            ("/photos/a.txt", "photos", "a.txt"),
            ("photos%2Fa.txt", "photos", "a.txt"),
            ("photos%2fa%2Fb.txt", "photos", "a/b.txt"),
            ("/photos/sp%20ace%2C1.txt?versionId=abc.DEF_1", "photos", "sp ace,1.txt"),
            ("photos/a.txt?versionId=3%2FL4kq%2BtJ%3D", "photos", "a.txt"),
            ("photos/a.txt?versionId=null", "photos", "a.txt"),
            ("photos/a//b", "photos", "a//b"),
        ] {
            let source = Source::parse_copy(value).unwrap();
            assert_eq!((source.bucket.as_str(), source.key.as_str()), (bucket, key), "{value}");
        }
    }

    #[test]
    fn refuses_what_could_name_another_object() {
        for (value, code) in [
            ("", "copy_source_bucket"),
            ("photos", "copy_source_bucket"),
            ("photos/", "key_length"),
            ("//photos/vault/secret", "copy_source_syntax"),
            ("photos/a,vault/b", "copy_source_syntax"),
            ("photos/a b", "copy_source_syntax"),
            ("photos/a+b", "copy_source_syntax"),
            ("photos/a#/../../vault/secret", "copy_source_syntax"),
            ("photos\\..\\vault/secret", "copy_source_syntax"),
            ("http://h/photos/a", "copy_source_syntax"),
            ("arn:aws:s3:::photos/a", "copy_source_syntax"),
            ("other:photos/a", "copy_source_bucket"),
            ("photos/../vault/secret", "dot_segment"),
            ("photos/%2e%2e/vault/secret", "dot_segment"),
            ("%70hotos/a", "copy_source_bucket"),
            ("photos/a?versionId=x&acl", "copy_source_query"),
            ("photos/a?acl", "copy_source_query"),
            ("photos/a?versionId=", "copy_source_query"),
            ("photos/a?versionId=3/L4", "copy_source_query"),
            ("photos/a?versionId=a+b", "copy_source_query"),
            ("photos/a?versionId=..", "copy_source_query"),
            ("photos/a?versionId=x%2F..%2F..%2Fvault%2Fsecret", "copy_source_query"),
            ("photos/a?versionId=%252e%252e", "copy_source_query"),
            ("photos/a?versionId=x%20y", "copy_source_query"),
            ("photos/a?versionId=%", "copy_source_query"),
        ] {
            assert_eq!(Source::parse_copy(value).unwrap_err().code(), code, "{value}");
        }
    }
}
