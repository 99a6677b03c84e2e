//! The database's own file: its owner's alone from the first moment on.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

/// Makes an empty file, unless there is one.
///
/// # Errors
/// A link has its name: whoever may make links must not choose which file is used.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.mode(0o600).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    match options.write(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        made => return made.map(drop),
    }
    if path.symlink_metadata()?.is_symlink() {
        let advice = "is a symbolic link, which is not followed: name the file that it points to";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, advice));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_made_is_its_owners_alone_and_stays_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        make(&file).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&file, "kept").unwrap();
        make(&file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "kept");
    }

    #[test]
    fn no_link_is_followed_not_even_to_nowhere() {
        let place = tempfile::tempdir().unwrap();
        let (there, nowhere) = (place.path().join("there"), place.path().join("nowhere"));
        std::fs::write(&there, "x").unwrap();
        for target in [&there, &nowhere] {
            let link = place.path().join("link");
            std::os::unix::fs::symlink(target, &link).unwrap();
            assert!(make(&link).unwrap_err().to_string().contains("symbolic link"));
            std::fs::remove_file(&link).unwrap();
        }
        assert!(!nowhere.exists());
        assert_eq!(std::fs::read_to_string(&there).unwrap(), "x");
    }
}
