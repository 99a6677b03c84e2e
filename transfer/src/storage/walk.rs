//! Lists a local directory.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use super::{Object, path};

/// The objects below `root` whose keys begin with `prefix`, in the order of their keys. Does not
/// follow links, and ignores files without the name of an object. An object that is deleted at the
/// same time may be missing.
///
/// # Errors
/// The path that cannot be read, and the reason.
pub(super) fn walk(root: &Path, prefix: &str) -> Result<Vec<Object>, (PathBuf, io::Error)> {
    let (mut objects, mut directories) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(directory) = directories.pop() {
        let at = root.join(&directory);
        let found = look(&directory, &at, prefix).map_err(|error| (at, error))?;
        objects.extend(found.objects);
        directories.extend(found.directories);
    }
    objects.sort_unstable_by(|one, other| one.key.cmp(&other.key));
    Ok(objects)
}

#[derive(Default)]
struct Found {
    objects: Vec<Object>,
    directories: Vec<PathBuf>,
}

/// Reads one directory. A missing directory has no content.
fn look(directory: &Path, at: &Path, prefix: &str) -> io::Result<Found> {
    let mut found = Found::default();
    let Some(entries) = unless_gone(fs::read_dir(at))? else { return Ok(found) };
    for entry in entries {
        let entry = entry?;
        let path = directory.join(entry.file_name());
        let Some(kind) = unless_gone(entry.file_type())? else { continue };
        if kind.is_dir() && may_hold(&path, prefix) {
            found.directories.push(path);
        } else if kind.is_file()
            && let Some(key) = path::key(&path)
            && key.starts_with(prefix)
        {
            found.objects.extend(object(key, &entry)?);
        }
    }
    Ok(found)
}

/// Whether a key that begins with `prefix` can have a path below `directory`.
fn may_hold(directory: &Path, prefix: &str) -> bool {
    path::beginning(directory)
        .is_some_and(|here| here.starts_with(prefix) || prefix.starts_with(&here))
}

fn object(key: String, entry: &DirEntry) -> io::Result<Option<Object>> {
    let Some(metadata) = unless_gone(entry.metadata())? else { return Ok(None) };
    Ok(Some(Object { key, size: metadata.len(), modified: metadata.modified().ok() }))
}

fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        result => result.map(Some),
    }
}
