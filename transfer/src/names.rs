//! Names of the temporary files beside a target.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// Suffix of the file with the content of an unfinished download.
pub(crate) const PARTIAL: &str = ".sail-part";
/// Suffix of the journal of an unfinished download.
pub(crate) const JOURNAL: &str = ".sail-part.journal";

/// Maximum bytes of a name. The file systems of Linux, macOS and Windows allow at least 255 bytes.
const LONGEST: usize = 255;
/// Number of hexadecimal digits that distinguish names which were cut.
const DIGITS: usize = 16;

/// The path of `target` with `suffix` appended to its name.
pub(crate) fn beside(target: &Path, suffix: &str) -> PathBuf {
    let name = target.file_name().unwrap_or_default();
    target.with_file_name(with_suffix(name, suffix))
}

/// Appends `suffix` to `name`. If there is not enough room, cuts the name and appends a hash of the
/// whole name.
fn with_suffix(name: &OsStr, suffix: &str) -> OsString {
    let mut whole = name.to_owned();
    if name.len() + JOURNAL.len() > LONGEST {
        let hash = hex::encode(Sha256::digest(name.as_encoded_bytes()));
        let text = name.to_string_lossy();
        let room = LONGEST - JOURNAL.len() - DIGITS - 1;
        let head = &text[..text.floor_char_boundary(room)];
        whole = format!("{head}~{}", &hash[..DIGITS]).into();
    }
    whole.push(suffix);
    whole
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_temporary_name_fits_whatever_the_target_is_called() {
        let most = LONGEST - JOURNAL.len();
        let long = "a".repeat(254);
        let mut targets = BTreeSet::from([format!("{long}b"), format!("{long}c")]);
        for letter in ["a", "ü", "日", "😀"] {
            let lengths = [4, most - 4, most, most + 1, 254, 255];
            targets.extend(lengths.map(|length| letter.repeat(length / letter.len())));
        }
        let mut all = BTreeSet::new();
        for target in &targets {
            for suffix in [PARTIAL, JOURNAL] {
                let path = beside(&Path::new("d").join(target), suffix);
                let name = path.file_name().unwrap().to_str().unwrap();
                assert!(name.len() <= LONGEST && name.ends_with(suffix), "{name}");
                assert_eq!(path.parent(), Some(Path::new("d")));
                assert_eq!(name == format!("{target}{suffix}"), target.len() <= most);
                all.insert(path);
            }
        }
        assert_eq!(all.len(), 2 * targets.len(), "no two have one name");
    }
}
