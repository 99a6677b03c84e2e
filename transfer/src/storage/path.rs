//! Maps keys to file paths: each key has its own file, and no path is both a file and a directory.
//!
//! A key is percent-encoded, with `/` as `%2F`. A path separator follows each slash, so that the
//! directories are as expected: `reports/2026/cat.png` is `reports%2F/2026%2F/cat.png`. So `a` and
//! `a/b` are the file `a` and the directory `a%2F`. A name that is too long continues in a
//! directory whose name ends in a single `%`. A key that ends in `/` has a file named `%`. Neither
//! is an escape, nor is `%tmp`, the prefix of unfinished files.

use std::mem;
use std::path::{Path, PathBuf};

use super::key;
use crate::percent;

/// Prefix of the names of unfinished files.
pub(super) const UNFINISHED: &str = "%tmp-";

/// Maximum bytes of a name before its suffix. File systems allow 255.
const LONGEST: usize = 200;

/// The path of `key`, relative to the root directory.
pub(super) fn of(key: &str) -> PathBuf {
    let mut path = PathBuf::new();
    let mut name = String::new();
    let mut rest = key.chars().peekable();
    while let Some(character) = rest.next() {
        let next = rest.peek().copied();
        let escaped = encode(character, next);
        if name.len() + escaped.len() > LONGEST {
            name.push('%');
            path.push(mem::take(&mut name));
        }
        name.push_str(&escaped);
        if character == '/' && next != Some('/') {
            path.push(mem::take(&mut name));
        }
    }
    path.push(if name.is_empty() { "%" } else { &name });
    path
}

/// The key of a path; `None` for a file that is not an object.
pub(super) fn key(path: &Path) -> Option<String> {
    let key = beginning(path)?;
    (key::check(&key).is_ok() && of(&key) == path).then_some(key)
}

/// The common prefix of the keys below a path.
pub(super) fn beginning(path: &Path) -> Option<String> {
    let mut text = String::new();
    for part in path.components() {
        let name = part.as_os_str().to_str()?;
        text.push_str(name.strip_suffix('%').unwrap_or(name));
    }
    percent::unescape(&text)
}

/// Encodes one character of a key; `next` is the character after it. Names must not end in a dot or
/// a space, which some file systems drop.
fn encode(character: char, next: Option<char>) -> String {
    let kept = match character {
        '.' | ' ' => !matches!(next, None | Some('/')),
        '-' | '_' | '~' | '+' | '@' | '=' | ',' | '(' | ')' | '!' | '\'' => true,
        other => other.is_alphanumeric(),
    };
    let mut text = String::new();
    if kept {
        text.push(character);
    } else {
        percent::escape(character, &mut text);
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// All keys of up to four parts, and keys at the maximum length of a name.
    fn keys() -> BTreeSet<String> {
        let parts = ["a", "A", "/", ".", "..", " ", "%", ":", "ü", "e\u{301}", "😀", "%tmp-"];
        let mut all: Vec<String> = Vec::new();
        let mut last = vec![String::new()];
        for _ in 0..4 {
            last = last.iter().flat_map(|key| parts.map(|part| format!("{key}{part}"))).collect();
            all.extend(last.iter().cloned());
        }
        for part in ["a", ":", "ü", "/", "a/", ":/", "日", "😀"] {
            for length in [198, 199, 200, 201, 202, 399, 400, 401, 1000, 1023] {
                let long = part.repeat(length / part.len());
                all.extend([format!("{long}/"), format!("{long}a"), format!("{long}/a"), long]);
            }
        }
        all.into_iter().filter(|key| key::check(key).is_ok()).collect()
    }

    #[test]
    fn paths_are_those_one_expects() {
        let long = "a".repeat(200);
        for (key, path) in [
            ("reports/2026/cat.png", "reports%2F/2026%2F/cat.png"),
            ("a", "a"),
            ("a/b", "a%2F/b"),
            ("a/", "a%2F/%"),
            ("a//b", "a%2F%2F/b"),
            ("/a", "%2F/a"),
            ("...", "..%2E"),
            ("a./b /c. d", "a%2E%2F/b%20%2F/c. d"),
            ("C:\\x*?", "C%3A%5Cx%2A%3F"),
            ("100%", "100%25"),
            ("e\u{301}", "e%CC%81"),
            ("ü/日本 (1)!.txt", "ü%2F/日本 (1)!.txt"),
            (&long, &long),
            (&format!("{long}b/c"), &format!("{long}%/b%2F/c")),
            (&format!("{long}/c"), &format!("{long}%/%2F/c")),
        ] {
            assert_eq!(of(key), Path::new(path), "{key}");
        }
    }

    #[test]
    fn every_key_comes_back_from_its_path() {
        for each in keys() {
            assert_eq!(key(&of(&each)).as_ref(), Some(&each));
        }
    }

    #[test]
    fn no_file_has_to_be_a_directory_and_every_name_fits() {
        let (mut files, mut directories) = (BTreeSet::new(), BTreeSet::new());
        for key in keys() {
            let path = of(&key);
            assert!(path.as_os_str().len() < 3700, "{key}: room for the directory of all");
            assert!(path.iter().all(|name| name.len() <= 201), "{key}");
            assert!(path.iter().all(|name| name != "." && name != ".."), "{key}");
            directories.extend(path.ancestors().skip(1).map(Path::to_owned));
            assert!(files.insert(path), "{key}: two keys in one file");
        }
        assert!(files.is_disjoint(&directories));
    }

    #[test]
    fn files_that_are_no_objects_have_no_key() {
        let foreign = ["%", "%tmp-x", "a%", "a%2f/b", "a/b", "a%2F", "%61", "..%2F/x", "%2E", "a."];
        for path in foreign {
            assert_eq!(key(Path::new(path)), None, "{path}");
        }
    }
}
