//! Creates the database file so that only its owner can ever read it.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

/// Creates an empty file with mode 0600, unless the file exists.
///
/// # Errors
/// An I/O error. A symbolic link of this name is refused, because its creator could choose which
/// file is used.
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
    fn a_new_file_is_private_and_an_existing_one_is_kept() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("file");
        make(&file).unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&file, "kept").unwrap();
        make(&file).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "kept");
    }

    #[test]
    fn links_are_refused_even_dangling_ones() {
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
