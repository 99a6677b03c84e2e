//! Files and directories that only their owner may read, never for a moment anybody else, and that
//! nobody can put a link in the place of.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// What those have who are neither the owner nor of the group: to read, and to write.
const OTHERS: u32 = 0o006;

/// How a file is opened: not through a link of its name; one that is created is its owner's alone.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600).custom_flags(OFlags::NOFOLLOW.bits().cast_signed());
    options
}

/// Makes a directory that only its owner may enter, unless it is there already, and those above it.
pub(crate) fn directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Says so in the log when everybody on this machine can read or change a file.
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
