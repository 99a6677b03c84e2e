//! Private files and directories. Only their owner may read them, from the moment they are created.
//! A symbolic link in their place is not followed.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// The permission bits of users who are neither the owner nor in the group: read and write.
const OTHERS: u32 = 0o006;

/// Open options that follow no symbolic link in the last part of the path, and create files with
/// mode 0600.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    options
}

/// Creates a directory with mode 0700, and its parents. It is no error if the directory exists.
pub(crate) fn directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Logs a warning if every user of this machine can read or change the file.
pub(crate) fn warn_if_open(what: &str, path: &Path) {
    let mode = path.metadata().map_or(0, |file| file.permissions().mode());
    if mode & OTHERS != 0 {
        let path = path.display();
        log::warn!("{what}: everybody on this machine can use {path}: chmod o-rw {path}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_is_made_is_its_owners_alone_and_stays_as_it_is() {
        let place = tempfile::tempdir().unwrap();
        let inner = place.path().join("a/b");
        directory(&inner).unwrap();
        assert_eq!((mode(&inner), mode(&place.path().join("a"))), (0o700, 0o700));
        let file = inner.join("file");
        options().write(true).create_new(true).open(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        std::fs::write(&file, "kept").unwrap();
        directory(&inner).unwrap();
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
            options().append(true).create(true).open(&link).unwrap_err();
            std::fs::remove_file(&link).unwrap();
        }
        assert!(!nowhere.exists());
        assert_eq!(std::fs::read_to_string(&there).unwrap(), "x");
    }
}
