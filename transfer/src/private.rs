//! Files and directories of this machine: not opened through links, and their owner's alone where
//! they are ours to make.

use std::fs::OpenOptions;
#[cfg(feature = "storage")]
use std::{io, path::Path};

/// How a file is opened: not through a link of its name, as whoever may make links must not choose
/// which file is read or written over.
pub(crate) fn no_link() -> OpenOptions {
    opened(false)
}

/// The same of what may have become a pipe: it is not waited for.
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

/// The same of a file that is its owner's alone when it is created.
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

/// Makes a directory that only its owner may enter, unless it is there already, and those above it.
#[cfg(feature = "storage")]
pub(crate) fn directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// Whether opening a file failed because a link has its name.
#[cfg(feature = "storage")]
pub(crate) fn is_link(error: &io::Error) -> bool {
    #[cfg(unix)]
    return error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error());
    #[cfg(not(unix))]
    return false;
}
