//! The target of a download.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use crate::keep;
use crate::refused::refused;

/// Maximum number of consecutive links: Linux's limit.
const MOST_LINKS: u32 = 40;

/// How a download is written to its path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A new file, or a regular file to replace. A link stays, and its target is replaced, as `cp`
    /// and `curl -o` do.
    File { path: PathBuf, is_there: bool },
    /// A pipe or a device, which is written directly.
    Node(PathBuf),
}

impl Target {
    /// Examines `path`.
    ///
    /// # Errors
    /// An [`io::Error`] if `path` can neither be replaced nor written to.
    pub(crate) fn of(path: &Path) -> io::Result<Self> {
        let there = match path.metadata() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return nothing_at(path),
            there => there?,
        };
        if there.is_dir() {
            return Err(refused("is a directory"));
        }
        if is_socket(&there) {
            return Err(refused("is a socket"));
        }
        if !there.is_file() {
            return Ok(Self::Node(path.to_owned()));
        }
        let path = behind_links(path)?;
        let found = path.symlink_metadata()?;
        if !keep::is_same(&there, &found) {
            return Err(refused("leads to another file than before"));
        }
        keep::demand(&path, &found)?;
        Ok(Self::File { path, is_there: true })
    }
}

fn nothing_at(path: &Path) -> io::Result<Target> {
    match path.symlink_metadata() {
        Ok(_) => Err(refused("is a dangling link")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(Target::File { path: path.to_owned(), is_there: false })
        }
        Err(error) => Err(error),
    }
}

/// The file at the end of links. Refuses the open files of processes: a process would not see the
/// file that replaces the one it has open.
fn behind_links(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let directory = directory_of(&path).canonicalize()?;
        if directory.starts_with("/proc") || directory.starts_with("/dev/fd") {
            return Err(refused("is a file that a process has open: name the file itself"));
        }
        if !path.symlink_metadata()?.is_symlink() {
            return Ok(path);
        }
        path = directory.join(path.read_link()?);
    }
    Err(refused("leads through too many links"))
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Checks that `path` does not exist, or is a regular file.
///
/// # Errors
/// An [`io::Error`] if `path` is anything else.
pub(crate) fn refuse_special(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(there) if there.is_symlink() => Err(refused("is a link, which is not followed")),
        Ok(there) if !there.is_file() => Err(refused("is not a regular file")),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(unix)]
pub(crate) fn is_socket(there: &Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_socket(&there.file_type())
}

#[cfg(not(unix))]
pub(crate) fn is_socket(_: &Metadata) -> bool {
    false
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn only_nothing_and_regular_files_are_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().canonicalize().unwrap();
        let at = |name: &str| directory.join(name);
        std::fs::write(at("file"), "x").unwrap();
        std::fs::create_dir(at("dir")).unwrap();
        let _socket = UnixListener::bind(at("socket")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            at("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RWXU,
            0,
        )
        .unwrap();
        for (link, to) in [
            ("dir/link", "../file"),
            ("again", "dir/link"),
            ("to-pipe", "pipe"),
            ("broken", "gone"),
            ("circle", "circle"),
        ] {
            symlink(to, at(link)).unwrap();
        }
        let file = |path, is_there| Some(Target::File { path, is_there });
        for (name, expected) in [
            ("new", file(at("new"), false)),
            ("file", file(at("file"), true)),
            ("dir/link", file(at("dir/../file"), true)),
            ("again", file(at("dir/../file"), true)),
            ("pipe", Some(Target::Node(at("pipe")))),
            ("to-pipe", Some(Target::Node(at("to-pipe")))),
            ("broken", None),
            ("circle", None),
            ("dir", None),
            ("socket", None),
            ("file/below", None),
        ] {
            assert_eq!(Target::of(&at(name)).ok(), expected, "{name}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_a_process_has_open_is_not_replaced() {
        use std::os::fd::AsRawFd as _;
        let file = tempfile::NamedTempFile::new().unwrap();
        for directory in ["/dev/fd", "/proc/self/fd"] {
            let path = format!("{directory}/{}", file.as_file().as_raw_fd());
            let error = Target::of(Path::new(&path)).unwrap_err();
            assert!(error.to_string().contains("name the file itself"), "{error}");
        }
    }
}
