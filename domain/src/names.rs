//! Validated names: parsed once at the boundary, then passed around as types.

use std::fmt;
use std::sync::Arc;

use super::invalid_name::InvalidName;
use super::key_rules::{KeyFlaw, check_key, check_literal_key};
use super::limits;
use super::lookalike::demand_plain;

/// Declares a newtype over a checked string. Clones share the text, because names are cloned far
/// more often than parsed.
macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Checks `text` and keeps it byte for byte.
            ///
            /// # Errors
            /// [`InvalidName`], with the rule that the text breaks.
            pub fn parse(text: &str) -> Result<Self, InvalidName> {
                let check: fn(&str) -> Result<(), InvalidName> = $check;
                check(text)?;
                Ok(Self(text.into()))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

name!(
    /// A project's UUID, in its usual lower-case form.
    ProjectId,
    |text| match uuid::Uuid::try_parse(text) {
        Ok(id) if id.hyphenated().to_string() == text => Ok(()),
        _ => Err(InvalidName::new("a project id is a lower-case UUID")),
    }
);

name!(
    /// The name of a project or store: `[a-z0-9-]`, 2 to 63 characters, starting with a letter.
    Slug,
    |text| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        let like_an_id = uuid::Uuid::try_parse(text).is_ok();
        if starts && !like_an_id && (2..=limits::MAX_SLUG).contains(&text.len()) && text.bytes().all(plain) {
            Ok(())
        } else {
            Err(InvalidName::new("2 to 63 of a-z, 0-9 and -, starting with a letter"))
        }
    }
);

name!(
    /// A user id or group name: 1 to 256 bytes, no control characters, compared byte for byte.
    SubjectId,
    |text| {
        let plain = !text.is_empty() && text.len() <= limits::MAX_SUBJECT && !text.chars().any(char::is_control);
        if plain { Ok(()) } else { Err(InvalidName::new("1 to 256 bytes without control characters")) }
    }
);

impl SubjectId {
    /// Reads a name for something new: a grant, a member, a token. Also refuses names that may be
    /// confused with others: invisible characters, characters that change how others look, and
    /// texts that are not in NFC. [`SubjectId::parse`] accepts names from before these rules, so
    /// that they can be listed and removed.
    ///
    /// # Errors
    /// [`InvalidName`], with the rule that the text breaks.
    pub fn parse_new(text: &str) -> Result<Self, InvalidName> {
        let id = Self::parse(text)?;
        id.demand_plain()?;
        Ok(id)
    }

    /// Checks that the name is valid for something new, by the rules of [`SubjectId::parse_new`].
    ///
    /// # Errors
    /// [`InvalidName`], with the rule that the name breaks.
    pub fn demand_plain(&self) -> Result<(), InvalidName> {
        demand_plain(&self.0)
    }

    /// The id of a placeholder user without grants of their own.
    pub(super) fn nobody() -> Self {
        Self("".into())
    }

    /// Whether it is the id of nobody.
    pub(super) fn is_nobody(&self) -> bool {
        self.0.is_empty()
    }
}

name!(
    /// The public part of an API key: 12 letters and digits.
    KeyId,
    |text| {
        let plain = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if plain { Ok(()) } else { Err(InvalidName::new("12 letters and digits")) }
    }
);

name!(
    /// The name of an operator key: 1 to 64 letters, digits, `.`, `_`, `-` and `@`, starting with a
    /// letter or digit.
    OperatorName,
    |text| {
        let plain =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'@');
        let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        if starts && text.len() <= limits::MAX_OPERATOR && text.bytes().all(plain) {
            Ok(())
        } else {
            Err(InvalidName::new(
                "1 to 64 letters, digits, `.`, `_`, `-` and `@`, starting with a letter or digit",
            ))
        }
    }
);

impl OperatorName {
    /// The name of the operator key that has no name of its own.
    pub const UNNAMED: &'static str = "operator";
    const COMMAND_LINE: &'static str = "cli";
    const SERVER: &'static str = "server";

    /// The operator at the server's own command line, who can open the database.
    pub fn command_line() -> Self {
        Self(Self::COMMAND_LINE.into())
    }

    /// The server itself, when it acts without a request.
    pub fn server() -> Self {
        Self(Self::SERVER.into())
    }

    /// Whether this is the operator key without a name of its own.
    pub fn is_unnamed(&self) -> bool {
        &*self.0 == Self::UNNAMED
    }

    /// Whether the name is reserved, so that no key can have it.
    pub fn is_reserved(&self) -> bool {
        matches!(&*self.0, Self::COMMAND_LINE | Self::SERVER)
    }
}

name!(
    /// The name of a bucket that may exist. Includes names from before S3's rules for new ones,
    /// with upper case, `_` and up to 255 bytes (AWS "Bucket naming rules", buckets of us-east-1
    /// before March 2018).
    BucketName,
    check_bucket
);

name!(
    /// A decoded object key (N5): UTF-8, 1 to 1024 bytes, no control characters, no dot segments,
    /// not only slashes. What is parsed has no escape that a second decoding would turn into a
    /// separator; a request to the gateway may have one.
    ObjectKey,
    |text| check_key(text).map_err(|flaw| InvalidName::new(flaw.sentence()))
);

name!(
    /// The part of a bucket that a grant covers: empty for the whole bucket, otherwise literal
    /// bytes that end in `/`. No wildcards.
    Prefix,
    |text| {
        if text.is_empty() {
            return Ok(());
        }
        if !text.ends_with('/') {
            return Err(InvalidName::new("a prefix is empty or ends in `/`"));
        }
        check_key(text).map_err(|flaw| InvalidName::new(flaw.sentence()))
    }
);

impl Prefix {
    /// The prefix of the whole bucket.
    pub fn whole_bucket() -> Self {
        Self("".into())
    }

    /// Checks a new grant's prefix for empty segments and backslashes: some storages read `/team/`,
    /// `team//` and `team\\` as `team/`, so that a grant on one would reach the other.
    ///
    /// # Errors
    /// [`InvalidName`], with the rule that the prefix breaks.
    pub fn demand_plain(&self) -> Result<(), InvalidName> {
        if !self.0.starts_with('/') && !self.0.contains("//") && !self.0.contains('\\') {
            return Ok(());
        }
        Err(InvalidName::new(
            "no empty segments and no `\\`: some storages read them as another prefix",
        ))
    }

    /// Whether the prefix covers every key that starts with `text`.
    pub fn covers(&self, text: &str) -> bool {
        text.as_bytes().starts_with(self.0.as_bytes())
    }

    /// Whether the prefix covers the whole bucket.
    pub fn is_whole_bucket(&self) -> bool {
        self.0.is_empty()
    }
}

impl ObjectKey {
    /// Checks a decoded key, and names its flaw. Escapes may stand in it as text: who reads a request
    /// notes them ([`Ambiguities`](super::s3::Ambiguities)).
    pub(super) fn check_literal(key: &str) -> Result<Self, KeyFlaw> {
        check_literal_key(key).map(|()| Self(key.into()))
    }
}

impl BucketName {
    /// Reads the name of a new bucket, or one that must be a host label (N4; AWS "General purpose
    /// bucket naming rules").
    ///
    /// # Errors
    /// [`InvalidName`] if S3 would not allow the name for a new bucket.
    pub fn parse_new(text: &str) -> Result<Self, InvalidName> {
        Self::parse(text).ok().filter(Self::is_new_style).ok_or(InvalidName::new(NEW_BUCKET_RULE))
    }

    /// Reads the name of a registered bucket. S3 may have reserved the name since: then the bucket
    /// can still be read and forgotten, but no request can name it.
    ///
    /// # Errors
    /// [`InvalidName`] if the text has never been a valid bucket name.
    pub fn stored(text: &str) -> Result<Self, InvalidName> {
        if is_well_formed(text) { Ok(Self(text.into())) } else { Err(BUCKET_RULE) }
    }

    /// Whether S3 would allow the name for a new bucket.
    pub fn is_new_style(&self) -> bool {
        let plain = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'.' | b'-')
        };
        let (name, edge) = (self.as_str(), |byte: Option<u8>| byte.is_some_and(|b| b != b'-'));
        name.len() <= limits::MAX_NEW_BUCKET
            && name.bytes().all(plain)
            && edge(name.bytes().last())
            && !["..", ".-", "-."].iter().any(|pair| name.contains(pair))
    }

    /// Whether the names differ, but only in upper and lower case: some storages confuse them.
    pub fn is_twin_of(&self, other: &Self) -> bool {
        self != other && self.0.eq_ignore_ascii_case(&other.0)
    }
}

fn check_bucket(name: &str) -> Result<(), InvalidName> {
    if is_well_formed(name) && !is_taken_by_s3(name) { Ok(()) } else { Err(BUCKET_RULE) }
}

const BUCKET_RULE: InvalidName = InvalidName::new(
    "3 to 255 of A-Z, a-z, 0-9, `.`, `-` and `_`, starting with a letter or digit and not ending in \
     `.`, not an IPv4 address and none of S3's reserved prefixes and suffixes",
);

/// The rule for the name of a new bucket, as a sentence.
pub(super) const NEW_BUCKET_RULE: &str = "3 to 63 of a-z, 0-9, `.` and `-`, starting and ending with a letter or digit, no two dots and \
     no dot beside a `-`, not an IPv4 address and none of S3's reserved prefixes and suffixes";

fn is_well_formed(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    (3..=limits::MAX_BUCKET).contains(&name.len())
        && name.bytes().all(plain)
        && name.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric())
        && !name.ends_with('.')
        && !is_dotted_quad(name)
}

/// Names that S3 reserves for other things than buckets: mostly for aliases of access points, which
/// do not reveal their bucket (AWS "General purpose bucket naming rules", "Access point aliases";
/// `--op-s3` is only in the endpoint rules of the SDKs). `-an` is not reserved: it ends the names
/// of buckets in an account's regional namespace.
fn is_taken_by_s3(name: &str) -> bool {
    const PREFIXES: &[&str] = &["xn--", "sthree-", "amzn-s3-demo-"];
    const SUFFIXES: &[&str] = &[
        "-s3alias",   // an access point, also one of a file system (`-ext-s3alias`)
        "--ol-s3",    // an Object Lambda access point
        "--op-s3",    // an access point on Outposts
        "--xa-s3",    // an access point of a directory bucket
        ".mrap",      // a Multi-Region Access Point
        "--x-s3",     // a directory bucket
        "--table-s3", // the bucket behind a table
    ];
    let lower = name.to_ascii_lowercase();
    PREFIXES.iter().any(|prefix| lower.starts_with(prefix))
        || SUFFIXES.iter().any(|suffix| lower.ends_with(suffix))
}

/// Four groups of digits: some parsers read them as an address even when a group is above 255.
fn is_dotted_quad(name: &str) -> bool {
    name.split('.').count() == 4
        && name.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
