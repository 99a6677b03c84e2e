//! Parsers of names on the command line: a bucket also as `s3://bucket`, a place in one as
//! `s3://bucket/prefix/`.

use std::str::FromStr;

/// A bucket, or a prefix or key in one: `bucket`, `bucket/prefix/`, `bucket/key`; with or without
/// `s3://`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    pub(super) bucket: String,
    /// A prefix or a key; empty for the whole bucket.
    pub(super) rest: String,
}

impl FromStr for Spot {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = without_scheme(text);
        let (bucket, rest) = text.split_once('/').unwrap_or((text, ""));
        Ok(Self { bucket: name(bucket)?, rest: rest.to_owned() })
    }
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let slash = if self.rest.is_empty() { "" } else { "/" };
        write!(f, "{}{slash}{}", self.bucket, self.rest)
    }
}

/// Parses the name of a bucket.
pub(super) fn bucket(text: &str) -> Result<String, String> {
    let text = without_scheme(text);
    match text.split_once('/') {
        None | Some((_, "")) => name(text.trim_end_matches('/')),
        Some((bucket, _)) => Err(format!("a whole bucket is meant here, such as `{bucket}`")),
    }
}

/// Parses a name that becomes a segment of a request's path.
pub(super) fn name(text: &str) -> Result<String, String> {
    match text {
        "" => Err("it is empty".to_owned()),
        "." | ".." => Err("`.` and `..` are no names".to_owned()),
        _ => Ok(text.to_owned()),
    }
}

/// Parses a grant's subject. Refuses the form in which answers print one (`group:staff`), which
/// would be a user of that name.
pub(super) fn subject(text: &str) -> Result<String, String> {
    for (kind, flag) in [("user:", ""), ("group:", " --group"), ("token_group:", " --token-group")]
    {
        if let Some(rest) = text.strip_prefix(kind) {
            return Err(format!(
                "say `{rest}{flag}`; a user whose id does begin with `{kind}` is named over REST"
            ));
        }
    }
    name(text)
}

fn without_scheme(text: &str) -> &str {
    match text.split_at_checked(5) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("s3://") => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_not_read_as_answers_tell_of_it() {
        assert_eq!(subject("staff"), Ok("staff".to_owned()));
        assert_eq!(subject("auth0|ada"), Ok("auth0|ada".to_owned()));
        for (text, instead) in [
            ("user:ada", "`ada`"),
            ("group:staff", "`staff --group`"),
            ("token_group:/realm/staff", "`/realm/staff --token-group`"),
        ] {
            assert!(subject(text).unwrap_err().contains(instead), "{text}");
        }
    }

    #[test]
    fn a_bucket_is_read_with_and_without_s3() {
        for (text, expected) in [
            ("photos", Some("photos")),
            ("photos/", Some("photos")),
            ("s3://photos", Some("photos")),
            ("S3://photos/", Some("photos")),
            ("s3://photos/2026/", None),
            ("photos/2026", None),
            ("s3://", None),
            ("", None),
            ("..", None),
        ] {
            assert_eq!(bucket(text).ok().as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_place_is_read_with_and_without_s3() {
        for (text, expected) in [
            ("photos", Some(("photos", ""))),
            ("s3://photos", Some(("photos", ""))),
            ("photos/2026/", Some(("photos", "2026/"))),
            ("s3://photos/a b/ü.txt", Some(("photos", "a b/ü.txt"))),
            ("s3://photos//a", Some(("photos", "/a"))),
            ("s3:///a", None),
            ("/a", None),
            ("", None),
        ] {
            let spot = text.parse::<Spot>().ok();
            let read = spot.as_ref().map(|spot| (spot.bucket.as_str(), spot.rest.as_str()));
            assert_eq!(read, expected, "{text}");
        }
    }
}
