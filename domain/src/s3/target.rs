//! The target of a path (N4, N5): the account, a bucket, or one key in it.

use super::{Level, Refusal, endpoint::Located, percent};
use crate::names::{BucketName, ObjectKey};

/// The target of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The storage account.
    Account,
    /// A bucket.
    Bucket(BucketName),
    /// A key in a bucket.
    Object(BucketName, ObjectKey),
}

impl Target {
    /// The target's level in the operation table.
    pub fn level(&self) -> Level {
        match self {
            Self::Account => Level::Account,
            Self::Bucket(_) => Level::Bucket,
            Self::Object(..) => Level::Object,
        }
    }

    /// The bucket, unless the target is the account.
    pub fn bucket(&self) -> Option<&BucketName> {
        match self {
            Self::Account => None,
            Self::Bucket(bucket) | Self::Object(bucket, _) => Some(bucket),
        }
    }

    /// The key, if the target is an object.
    pub fn key(&self) -> Option<&ObjectKey> {
        match self {
            Self::Object(_, key) => Some(key),
            Self::Account | Self::Bucket(_) => None,
        }
    }
}

/// Reads the path, and returns the target and the path to sign. In a literal path, `+` and `;` stand
/// for themselves.
///
/// # Errors
/// [`Refusal`] if the bucket is not written literally, or storages may read the key differently.
pub(super) fn parse(
    located: Located,
    path: &str,
    is_literal: bool,
) -> Result<(Target, String), Refusal> {
    if path.contains(';') && !is_literal {
        return Err(Refusal::SemicolonInPath);
    }
    if path.contains('+') && !is_literal {
        return Err(Refusal::PlusInPath);
    }
    let rest = path.strip_prefix('/').unwrap_or(path);
    match located {
        Located::Bare if rest.is_empty() => Ok((Target::Account, "/".to_owned())),
        Located::Bare => {
            let (name, key) = match rest.split_once('/') {
                Some((name, key)) => (name, Some(key)),
                None => (rest, None),
            };
            let bucket = BucketName::parse(name).map_err(|_| Refusal::Bucket)?;
            let bucket_path = format!("/{bucket}");
            match key {
                None => Ok((Target::Bucket(bucket), bucket_path)),
                Some("") => Ok((Target::Bucket(bucket), bucket_path + "/")),
                Some(key) => with_key(bucket, key, bucket_path),
            }
        }
        Located::Bucket(bucket) if rest.is_empty() => Ok((Target::Bucket(bucket), "/".to_owned())),
        Located::Bucket(bucket) => with_key(bucket, rest, String::new()),
    }
}

fn with_key(bucket: BucketName, raw: &str, mut path: String) -> Result<(Target, String), Refusal> {
    let key = parse_key(raw)?;
    path.push('/');
    percent::encode_path_into(&mut path, key.as_str());
    Ok((Target::Object(bucket, key), path))
}

/// Decodes a key once and checks it.
pub(super) fn parse_key(raw: &str) -> Result<ObjectKey, Refusal> {
    check_decoded(&percent::decode(raw, "key")?)
}

/// Checks a decoded key. Escapes may stand in it as text.
pub(super) fn check_decoded(key: &str) -> Result<ObjectKey, Refusal> {
    ObjectKey::check_literal(key).map_err(|flaw| Refusal::key(flaw, "key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signed_path_is_the_decoded_key_encoded_again() {
        for (raw, signed) in [
            ("/photos", "/photos"),
            ("/photos/", "/photos/"),
            ("/photos/a(1)'!*~_-.txt", "/photos/a%281%29%27%21%2A~_-.txt"),
            ("/photos/a%2Fb", "/photos/a/b"),
            ("/photos/a//b/", "/photos/a//b/"),
            ("/photos/%c3%a9%2B", "/photos/%C3%A9%2B"),
            ("/photos/100%25", "/photos/100%25"),
        ] {
            assert_eq!(parse(Located::Bare, raw, false).unwrap().1, signed, "{raw}");
        }
    }

    #[test]
    fn g29_a_literal_path_holds_plus_and_semicolon() {
        let (target, path) = parse(Located::Bare, "/photos/a+b;c%2B", true).unwrap();
        assert_eq!(target.key().unwrap().as_str(), "a+b;c+");
        assert_eq!(path, "/photos/a%2Bb%3Bc%2B");
        assert!(parse(Located::Bare, "/photos/a+b", false).is_err());
        assert!(parse(Located::Bare, "/photos/a;b", false).is_err());
    }

    #[test]
    fn a_bucket_host_leaves_the_whole_path_to_the_key() {
        let photos = BucketName::parse("photos").unwrap();
        let located = || Located::Bucket(photos.clone());
        assert_eq!(
            parse(located(), "", false).unwrap(),
            (Target::Bucket(photos.clone()), "/".into())
        );
        let (target, path) = parse(located(), "/vault/secret", false).unwrap();
        assert_eq!(target.key().unwrap().as_str(), "vault/secret");
        assert_eq!(path, "/vault/secret");
    }
}
