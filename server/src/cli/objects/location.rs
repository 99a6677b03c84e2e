//! The ends of a copy: a place in S3, a file, or a pipe.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sail_cargo_transfer::is_partial;

use crate::cli::visible::visible;

/// `s3://bucket/key`; the key may be a prefix, or empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct S3Location {
    pub(super) bucket: String,
    pub(super) key: String,
}

impl S3Location {
    /// Whether the key is empty or ends in `/`.
    pub(super) fn is_folder(&self) -> bool {
        self.key.is_empty() || self.key.ends_with('/')
    }

    /// The prefix of every key in the folder.
    pub(super) fn folder(&self) -> String {
        if self.is_folder() { self.key.clone() } else { format!("{}/", self.key) }
    }

    /// In a folder, the object with that name; else this object itself.
    pub(super) fn object(&self, name: &str) -> Self {
        let key = if self.is_folder() { format!("{}{name}", self.key) } else { self.key.clone() };
        Self { bucket: self.bucket.clone(), key }
    }
}

impl std::fmt::Display for S3Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "s3://{}", visible(&format!("{}/{}", self.bucket, self.key)))
    }
}

impl FromStr for S3Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("s3://").ok_or("a place in S3 reads `s3://bucket/key`")?;
        let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err("a place in S3 names a bucket: `s3://bucket/key`".to_owned());
        }
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned() })
    }
}

/// One end of a copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Location {
    S3(S3Location),
    File(PathBuf),
    /// Standard input or output.
    Pipe,
}

impl Location {
    /// Whether the error text `words` already names this location.
    pub(super) fn is_named_in(&self, words: &str) -> bool {
        match self {
            Self::S3(place) => words.contains(place.to_string().trim_start_matches("s3://")),
            Self::File(_) => words.starts_with(&format!("{self}:")),
            Self::Pipe => false,
        }
    }

    /// Standard input, if the path is one of its names. To open such a path again would read a file
    /// from its beginning, and fails for a socket.
    pub(super) fn or_input(self) -> Self {
        self.or_pipe(&["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"])
    }

    /// Standard output, if the path is one of its names.
    pub(super) fn or_output(self) -> Self {
        self.or_pipe(&["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"])
    }

    fn or_pipe(self, names: &[&str]) -> Self {
        match &self {
            Self::File(path) if cfg!(unix) && names.iter().any(|name| path == Path::new(name)) => {
                Self::Pipe
            }
            _ => self,
        }
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::S3(place) => place.fmt(f),
            Self::File(path) => f.write_str(&visible(&path.to_string_lossy())),
            Self::Pipe => f.write_str("-"),
        }
    }
}

impl FromStr for Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "-" => Self::Pipe,
            "" => return Err("an empty path".to_owned()),
            _ if text.starts_with("s3://") => Self::S3(text.parse()?),
            _ => Self::File(text.into()),
        })
    }
}

/// Whether the path is a directory, or names one by its trailing `/`.
pub(super) fn is_directory(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// The relative path of the file for `key`, whose prefix has been cut off.
///
/// # Errors
/// The reason, if the path would leave its directory, is no valid file path, or is that of an
/// unfinished download.
pub(super) fn relative(key: &str) -> Result<PathBuf, String> {
    let odd: &[char] = if cfg!(windows) { &['\\', ':', '\0'] } else { &['\0'] };
    let is_name = |segment: &str| {
        !matches!(segment, "" | "." | "..") && !segment.contains(odd) && !is_partial(segment)
    };
    if key.split('/').all(is_name) {
        return Ok(key.split('/').collect());
    }
    Err(format!("`{key}` cannot be a file here"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written() {
        let s3 = |bucket: &str, key: &str| {
            Location::S3(S3Location { bucket: bucket.to_owned(), key: key.to_owned() })
        };
        for (text, expected) in [
            ("-", Some(Location::Pipe)),
            ("a/b", Some(Location::File("a/b".into()))),
            ("./-", Some(Location::File("./-".into()))),
            ("s3://photos", Some(s3("photos", ""))),
            ("s3://photos/", Some(s3("photos", ""))),
            ("s3://photos/a b/ü+%20/", Some(s3("photos", "a b/ü+%20/"))),
            ("s3://photos//a", Some(s3("photos", "/a"))),
            ("s3://", None),
            ("s3:///a", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<Location>().ok(), expected, "{text}");
        }
    }

    #[test]
    fn no_key_leaves_its_directory() {
        for (key, expected) in [
            ("a/b.txt", Some("a/b.txt")),
            ("...", Some("...")),
            ("../a", None),
            ("a/../../b", None),
            ("/etc/passwd", None),
            ("a//b", None),
            ("a/", None),
            ("", None),
            #[cfg(unix)]
            ("2026-01-01T10:00:00.log", Some("2026-01-01T10:00:00.log")),
            ("a.sail-part", None),
            ("b/a.sail-part.journal", None),
        ] {
            assert_eq!(relative(key).ok(), expected.map(PathBuf::from), "{key}");
        }
    }
}
