//! Files that only their owner may read, from the moment they are created.

use std::io::{self, Read as _, Write as _};
use std::path::Path;

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::private;

/// The text of the file; None if there is no file.
pub(super) fn read(path: &Path) -> io::Result<Option<Zeroizing<String>>> {
    let mut file = match private::options().read(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut text = Zeroizing::new(String::new());
    file.read_to_string(&mut text)?;
    Ok(Some(text))
}

/// Writes a text to a new file, whole or not at all, and returns the file's text. If the file
/// exists by now, it stays, and its text is returned.
pub(super) fn keep(path: &Path, text: &str) -> io::Result<Zeroizing<String>> {
    if let Some(parent) = path.parent() {
        private::directory(parent)?;
    }
    let draft = path.with_extension(Uuid::new_v4().to_string());
    let written = write_private(&draft, text).and_then(|()| publish(&draft, path));
    std::fs::remove_file(&draft).ok(); // already gone if it was renamed
    written?;
    read(path)?.ok_or_else(|| io::ErrorKind::NotFound.into())
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = private::options().write(true).create_new(true).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Gives the draft its final name. Does not replace an existing file, unless the file system has no
/// hard links.
fn publish(draft: &Path, path: &Path) -> io::Result<()> {
    match std::fs::hard_link(draft, path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(_) => std::fs::rename(draft, path),
        Ok(()) => Ok(()),
    }
}

/// Writes a text to a file, whole or not at all, in the place of what was there.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension(Uuid::new_v4().to_string());
    let written = write_private(&draft, text).and_then(|()| std::fs::rename(&draft, path));
    if written.is_err() {
        std::fs::remove_file(&draft).ok(); // it may not be there
    }
    written
}
