//! Replaces files, and keeps their mode, owner, extended attributes and other hard links.

use std::fs::{File, Metadata};
use std::io;
use std::path::Path;

use crate::private;
use crate::refused::refused;

/// Checks early that the file at `path` can be replaced later.
///
/// # Errors
/// An [`io::Error`] if the file would have to be written to, but is not writable.
pub(crate) fn demand(path: &Path, there: &Metadata) -> io::Result<()> {
    if has_other_names(there) || is_somebody_elses(there) {
        to_write(path)?;
    }
    Ok(())
}

/// Opens the file at `path` for overwriting. Does not truncate it yet.
///
/// # Errors
/// An [`io::Error`] if the file is not writable, or is not a regular file any more.
pub(crate) fn to_write(path: &Path) -> io::Result<File> {
    let file = private::at_once().write(true).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(refused("is not a regular file any more"))
    }
}

/// Atomically replaces `path` by `new`, with the mode, owner and attributes of the old file.
/// Returns false if `new` cannot get one of these: then the old file must be overwritten instead.
pub(crate) fn replace(new: &Path, path: &Path) -> io::Result<bool> {
    let there = match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return std::fs::rename(new, path).map(|()| true);
        }
        there => there?,
    };
    if !there.is_file() {
        return Err(refused("is not a regular file any more"));
    }
    if has_other_names(&there) || !dress(new, path, &there)? {
        return Ok(false);
    }
    match std::fs::rename(new, path) {
        // For example, the file is a mount point.
        Err(error) if error.kind() == io::ErrorKind::ResourceBusy => Ok(false),
        renamed => renamed.map(|()| true),
    }
}

/// Overwrites `to` with the content of `new`, and deletes `new`.
pub(crate) fn write_over(new: &Path, mut to: File) -> io::Result<()> {
    let mut from = private::no_link().read(true).open(new)?;
    to.set_len(0)?;
    io::copy(&mut from, &mut to)?;
    to.sync_all()?;
    std::fs::remove_file(new)
}

/// Gives `new` the mode, owner and attributes of the file at `path`. Returns false if it cannot
/// have one of them.
#[cfg(unix)]
fn dress(new: &Path, path: &Path, there: &Metadata) -> io::Result<bool> {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt, fchown};
    let file = private::no_link().write(true).open(new)?;
    let now = file.metadata()?;
    let (uid, gid) = (there.uid(), there.gid());
    if (now.uid(), now.gid()) != (uid, gid) && fchown(&file, Some(uid), Some(gid)).is_err() {
        return Ok(false);
    }
    let old = match private::at_once().read(true).open(path) {
        // Attributes that cannot be read cannot be copied, such as an access control list.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(false),
        old => old?,
    };
    // Copy the attributes before the mode: in a file with an access control list, the group bits
    // are the list's mask.
    if attributes::copy(&old, &file).is_err() {
        return Ok(false);
    }
    // As for any write by another user, new content loses the set-user-ID and set-group-ID bits.
    file.set_permissions(PermissionsExt::from_mode(there.mode() & 0o1777)).map(|()| true)
}

#[cfg(not(unix))]
fn dress(new: &Path, _: &Path, there: &Metadata) -> io::Result<bool> {
    std::fs::set_permissions(new, there.permissions()).map(|()| true)
}

/// Makes a file accessible to its owner only, until it gets the mode of the file that it replaces.
#[cfg(unix)]
pub(crate) fn shelter(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it can fail")]
pub(crate) fn shelter(_: &File) -> io::Result<()> {
    Ok(())
}

/// Whether this user owns the file and it has one hard link, so that nobody else can write to it.
pub(crate) fn is_ours(there: &Metadata) -> bool {
    there.is_file() && !has_other_names(there) && !is_somebody_elses(there)
}

#[cfg(unix)]
fn has_other_names(there: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(there) > 1
}

#[cfg(unix)]
fn is_somebody_elses(there: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(there) != rustix::process::geteuid().as_raw()
}

/// Whether both are the same file.
#[cfg(unix)]
pub(crate) fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn has_other_names(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
fn is_somebody_elses(_: &Metadata) -> bool {
    false
}

#[cfg(not(unix))]
pub(crate) fn is_same(_: &Metadata, other: &Metadata) -> bool {
    other.is_file()
}

/// Extended attributes: access control lists, labels, and attributes of users.
#[cfg(target_os = "linux")]
mod attributes {
    use std::collections::BTreeMap;
    use std::fs::File;

    use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr};
    use rustix::io::{Errno, Result};

    /// Maximum bytes of all names together, and of one value (xattr(7)).
    const MOST: usize = 64 * 1024;

    /// Makes the attributes of `to` equal to those of `from`.
    pub(crate) fn copy(from: &File, to: &File) -> Result<()> {
        let (wanted, there) = (read(from)?, read(to)?);
        for name in there.keys().filter(|name| !wanted.contains_key(*name)) {
            fremovexattr(to, name.as_slice())?;
        }
        for (name, value) in wanted.iter().filter(|(name, value)| there.get(*name) != Some(value)) {
            fsetxattr(to, name.as_slice(), value, XattrFlags::empty())?;
        }
        Ok(())
    }

    fn read(file: &File) -> Result<BTreeMap<Vec<u8>, Vec<u8>>> {
        let mut buffer = vec![0; MOST];
        let length = match flistxattr(file, buffer.as_mut_slice()) {
            Err(Errno::NOTSUP | Errno::NOSYS) => return Ok(BTreeMap::new()),
            length => length?,
        };
        let names: Vec<_> = buffer[..length].split(|byte| *byte == 0).map(<[u8]>::to_vec).collect();
        let mut all = BTreeMap::new();
        for name in names.into_iter().filter(|name| is_owners(name)) {
            let length = fgetxattr(file, name.as_slice(), buffer.as_mut_slice())?;
            all.insert(name, buffer[..length].to_vec());
        }
        Ok(all)
    }

    /// Whether an attribute belongs to the file. Capabilities and signatures belong to the content.
    fn is_owners(name: &[u8]) -> bool {
        name.starts_with(b"user.")
            || matches!(name, b"system.posix_acl_access" | b"security.selinux")
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
mod attributes {
    use std::fs::File;
    use std::io;

    pub(crate) fn copy(_: &File, _: &File) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt};

    use super::*;

    fn pair() -> (tempfile::TempDir, std::path::PathBuf, std::path::PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let (new, path) = (directory.path().join("new"), directory.path().join("old"));
        std::fs::write(&new, "new").unwrap();
        std::fs::write(&path, "old").unwrap();
        (directory, new, path)
    }

    #[test]
    fn a_file_keeps_its_mode_but_not_what_makes_it_run_as_its_owner() {
        for (mode, expected) in [(0o600, 0o600), (0o444, 0o444), (0o4755, 0o755), (0o2711, 0o711)] {
            let (_directory, new, path) = pair();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            assert!(replace(&new, &path).unwrap());
            assert_eq!(path.metadata().unwrap().mode() & 0o7777, expected);
            assert_eq!(std::fs::read(&path).unwrap(), b"new");
        }
    }

    #[test]
    fn a_file_with_two_names_keeps_both() {
        let (directory, new, path) = pair();
        let other = directory.path().join("other");
        std::fs::hard_link(&path, &other).unwrap();
        assert!(!replace(&new, &path).unwrap(), "it has to be written to");
        write_over(&new, to_write(&path).unwrap()).unwrap();
        assert_eq!(std::fs::read(&other).unwrap(), b"new");
        assert!(!new.exists());
    }

    /// Only root may change a file's owner.
    #[test]
    fn a_file_keeps_its_owner() {
        let (_directory, new, path) = pair();
        if !rustix::process::geteuid().is_root() {
            return;
        }
        std::os::unix::fs::chown(&path, Some(12_345), Some(54_321)).unwrap();
        assert!(replace(&new, &path).unwrap());
        let there = path.metadata().unwrap();
        assert_eq!((there.uid(), there.gid()), (12_345, 54_321));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_keeps_its_attributes() {
        use rustix::fs::{XattrFlags, getxattr, setxattr};
        let (_directory, new, path) = pair();
        if setxattr(&path, "user.of", b"mine", XattrFlags::empty()).is_err() {
            return; // This file system has none.
        }
        setxattr(&new, "user.else", b"x", XattrFlags::empty()).unwrap();
        assert!(replace(&new, &path).unwrap());
        let mut value = [0; 8];
        assert_eq!(getxattr(&path, "user.of", &mut value).unwrap(), 4);
        assert!(getxattr(&path, "user.else", &mut value).is_err());
    }

    /// If there is an access control list, the group bits are its mask.
    #[cfg(target_os = "linux")]
    #[test]
    fn an_access_control_list_is_copied_before_the_mode() {
        use rustix::fs::{XattrFlags, getxattr, setxattr};
        let (_directory, new, path) = pair();
        // Version 2: owner rw, the user 1 rw, group -, mask rw, others - (acl(5)).
        let entry = |tag: u16, may: u16, id: u32| {
            [&tag.to_le_bytes()[..], &may.to_le_bytes(), &id.to_le_bytes()].concat()
        };
        let none = u32::MAX;
        let list: Vec<u8> = [
            2_u32.to_le_bytes().to_vec(),
            entry(0x01, 6, none),
            entry(0x02, 6, 1),
            entry(0x04, 0, none),
            entry(0x10, 6, none),
            entry(0x20, 0, none),
        ]
        .concat();
        if setxattr(&path, "system.posix_acl_access", &list, XattrFlags::empty()).is_err() {
            return; // This file system has none.
        }
        assert!(replace(&new, &path).unwrap());
        let mut value = vec![0; 256];
        let length = getxattr(&path, "system.posix_acl_access", &mut value[..]).unwrap();
        assert_eq!(value[..length], list);
    }

    #[test]
    fn what_became_something_else_is_left_alone() {
        let (directory, new, _) = pair();
        assert!(replace(&new, directory.path()).is_err());
        assert!(new.exists());
    }
}
