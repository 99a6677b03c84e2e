//! Opens files without following links, and creates files and directories that are private to their
//! owner.

use std::fs::OpenOptions;
#[cfg(feature = "storage")]
use std::{io, path::Path};

/// Options to open a file without following a link at its name. Otherwise, a user who can create
/// links could choose which file is read or overwritten.
pub(crate) fn no_link() -> OpenOptions {
    opened(false)
}

/// Like [`no_link`], and opening a pipe does not block. For a path that may have become a pipe.
pub(crate) fn at_once() -> OpenOptions {
    opened(true)
}

#[cfg(unix)]
fn opened(at_once: bool) -> OpenOptions {
    use rustix::fs::OFlags;
    let wait = if at_once { OFlags::NONBLOCK } else { OFlags::empty() };
    let mut options = OpenOptions::new();
    let flags = (OFlags::NOFOLLOW | wait).bits().cast_signed();
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    options
}

#[cfg(not(unix))]
fn opened(_: bool) -> OpenOptions {
    OpenOptions::new()
}

/// Like [`no_link`], and a new file is private to its owner.
pub(crate) fn options() -> OpenOptions {
    #[cfg_attr(not(unix), expect(unused_mut, reason = "there is nothing to set"))]
    let mut options = no_link();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
}

/// Creates a directory that is private to its owner, and its parents, unless they exist.
#[cfg(feature = "storage")]
pub(crate) fn directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Whether a file could not be opened because its name is a link.
#[cfg(feature = "storage")]
pub(crate) fn is_link(error: &io::Error) -> bool {
    #[cfg(unix)]
    return error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    #[cfg(not(unix))]
    return false;
}
