//! Files and directories that only their owner may read, never for a moment anybody else.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use uuid::Uuid;
use zeroize::Zeroizing;

/// Makes a directory that only its owner may enter, unless it is there already.
pub(super) fn directory(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

/// What the file holds; `None` when there is none.
pub(super) fn read(path: &Path) -> io::Result<Option<Zeroizing<String>>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Puts a text in place whole or not at all, and returns what is there now. Whoever comes first
/// wins: a file that has appeared meanwhile stays.
pub(super) fn keep(path: &Path, text: &str) -> io::Result<Zeroizing<String>> {
    if let Some(parent) = path.parent() {
        directory(parent)?;
    }
    let draft = path.with_extension(Uuid::new_v4().to_string());
    let written = write_private(&draft, text).and_then(|()| publish(&draft, path));
    std::fs::remove_file(&draft).ok(); // gone already where it was renamed
    written?;
    std::fs::read_to_string(path).map(Zeroizing::new)
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = create_private(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Gives the draft its name without replacing a file of that name. Where the file system has no
/// hard links, it may replace one.
fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    match std::fs::hard_link(draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(_) => std::fs::rename(draft, path),
        Ok(()) => Ok(()),
    }
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}
